"""The images: where they come from and how they are split for training, validation and test."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from .config import DataConfig
from .errors import ProjectError

SplitName = Literal["train", "validation", "test"]


@dataclass(frozen=True, kw_only=True)
class Split:
    """Images: uint8 (samples, height, width, channels), 0 to 255; labels: int64 (samples,)."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, kw_only=True)
class Splits:
    """Three splits that share no sample, and what the labels mean: label 0 is `class_names[0]`."""

    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of every image."""
        height, width, channels = self.train.images.shape[1:]
        return height, width, channels

    def named(self, name: SplitName) -> Split:
        """Return the split that is called `name`."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]


def load_splits(config: DataConfig, seed: int) -> Splits:
    """Return the images of `config.source`, split with every class in its share (stratified) by `seed`.

    Raises:
        ProjectError: a split would have fewer samples than there are classes.
    """
    everything, class_names = _read_digits()
    rest, test = _divide(everything, config.test_fraction, seed)
    fraction_of_rest = config.validation_fraction / (1 - config.test_fraction)
    train, validation = _divide(rest, fraction_of_rest, seed)
    return Splits(train=train, validation=validation, test=test, class_names=class_names)


def _read_digits() -> tuple[Split, tuple[str, ...]]:
    """Return the 1,797 digits of 8x8 pixels that scikit-learn carries: bright ink on black.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998. Their 17
    grey levels, 0 to 16, become 0 to 255, as in any image file.
    """
    digits = load_digits()
    images = np.rint(digits.images * (255 / 16)).astype(np.uint8)[..., np.newaxis]
    class_names = tuple(str(name) for name in digits.target_names)
    return Split(images=images, labels=digits.target.astype(np.int64)), class_names


def _divide(split: Split, fraction: float, seed: int) -> tuple[Split, Split]:
    """Return what is left of `split` after taking `fraction` of it away, and what was taken."""
    try:
        kept, taken = train_test_split(
            np.arange(len(split)), test_size=fraction, stratify=split.labels, random_state=seed
        )
    except ValueError as error:
        raise ProjectError(
            f"[data] {len(split)} samples cannot be divided with {fraction:.3g} of them set aside: {error}",
            fix="Change validation_fraction or test_fraction, or add samples.",
        ) from error
    return _taken(split, kept), _taken(split, taken)


def _taken(split: Split, indices: NDArray[np.int64]) -> Split:
    return Split(images=split.images[indices], labels=split.labels[indices])
