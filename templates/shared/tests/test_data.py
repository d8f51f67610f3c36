"""The splits share nothing, keep the classes' shares and depend on the seed alone."""

import numpy as np
import pytest

from [= package =].config import DataConfig
from [= package =].data import load_splits
from [= package =].errors import ProjectError
from [= package =].splits import Splits


def test_splits_have_their_shares(splits: Splits) -> None:
    """Of 1,797 samples 60 % train, 20 % validate and 20 % test."""
    assert (1077, 360, 360) == (len(splits.train), len(splits.validation), len(splits.test))


def test_every_sample_is_in_one_split(splits: Splits) -> None:
    """Together the splits hold the whole data set: sums over all pixels and labels agree."""
    other = load_splits(DataConfig(validation_fraction=0.1, test_fraction=0.5), seed=9)

    def totals(chosen: Splits) -> tuple[int, int]:
        parts = (chosen.train, chosen.validation, chosen.test)
        return (
            sum(int(part.images[:].sum(dtype=np.int64)) for part in parts),
            sum(int(part.labels.sum()) for part in parts),
        )

    assert totals(other) == totals(splits)


def test_every_class_keeps_its_share(splits: Splits) -> None:
    """Stratified: in each split every digit makes up a tenth, give or take half a percent."""
    for split in (splits.train, splits.validation, splits.test):
        shares = np.bincount(split.labels, minlength=10) / len(split)

        assert np.abs(shares - 0.1).max() < 0.005


def test_seed_decides_the_split(splits: Splits) -> None:
    """The same seed gives the same split, another seed another one."""
    again, other = load_splits(DataConfig(), seed=0), load_splits(DataConfig(), seed=1)

    assert np.array_equal(splits.test.images[:], again.test.images[:])
    assert not np.array_equal(splits.test.images[:], other.test.images[:])


def test_images_are_bytes_from_0_to_255(splits: Splits) -> None:
    """Digits look as an image file would hold them: one byte a pixel, the full range used."""
    images = splits.train.images[:]

    assert np.dtype("uint8") == images.dtype
    assert (0, 255) == (images.min(), images.max())
    assert (8, 8, 1) == splits.image_shape


def test_split_too_small_for_the_classes_is_refused() -> None:
    """Ten classes do not fit into a test split of two samples."""
    with pytest.raises(ProjectError, match="cannot be divided"):
        load_splits(DataConfig(test_fraction=0.001), seed=0)
