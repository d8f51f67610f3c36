"""The splits share nothing, keep the classes' shares and depend on the seed alone."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

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
    """Ten classes do not fit into a test split of two samples; the smallest of many classes are named."""
    with pytest.raises(ProjectError) as caught:
        load_splits(DataConfig(test_fraction=0.001), seed=0)

    assert "1797 images (174 of 8, 177 of 2, " in caught.value.problem
    assert "as many or more of the others) cannot be divided" in caught.value.problem
    assert "Have at least 901 images of each class" in caught.value.fix


@pytest.mark.parametrize(("number", "fits"), [(3, False), (4, True)])
def test_classes_too_small_to_divide_are_counted(tmp_path: Path, number: int, fits: bool) -> None:
    """The error says how many images each class has and how many are enough; as many are."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for index in range(number):
            Image.new("L", (8, 8), index).save(tmp_path / name / f"{index}.png")
    config = DataConfig(source=str(tmp_path), image_size=8)

    if fits:
        assert {"train": 4, "validation": 2, "test": 2} == load_splits(config, seed=0).num_samples()
        return
    with pytest.raises(ProjectError) as caught:
        load_splits(config, seed=0)
    assert "6 images (3 of a, 3 of b) cannot be divided" in caught.value.problem
    assert "Have at least 4 images of each class" in caught.value.fix


def test_share_that_no_number_of_images_allows_is_refused() -> None:
    """With hardly any share of the data nobody is told to add millions of images."""
    with pytest.raises(ProjectError) as caught:
        load_splits(DataConfig(test_fraction=1e-9), seed=0)

    assert "Change validation_fraction or test_fraction." == caught.value.fix


def test_source_that_is_almost_digits_is_a_slip(tmp_path: Path) -> None:
    """The embedded digits are suggested where their name was misspelled, and nowhere else."""
    with pytest.raises(ProjectError) as caught:
        load_splits(DataConfig(source="digit"), seed=0)
    assert caught.value.fix.startswith('Did you mean "digits"? ')

    with pytest.raises(ProjectError) as caught:
        load_splits(DataConfig(source=str(tmp_path / "cats")), seed=0)
    assert "Did you mean" not in caught.value.fix
