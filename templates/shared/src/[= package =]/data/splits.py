"""What a data set is to the rest of the project: images with labels, in three parts."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .codec import InputSpec
from .images import ImageShape, read_image

SplitName = Literal["train", "validation", "test"]
SPLIT_NAMES: tuple[SplitName, ...] = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True)
class ImageFiles:
    """Images that are too many for memory: decoded whenever they are indexed, like an array on disk."""

    files: tuple[Path, ...]
    image_shape: ImageShape
    workers: int  # threads that decode at the same time

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Samples, height, width and channels, as of an array."""
        return len(self.files), *self.image_shape

    def __getitem__(self, indices: NDArray[np.int64] | slice) -> NDArray[np.uint8]:
        """Return the chosen images as uint8 (chosen, height, width, channels), in the order of `indices`."""
        chosen = np.arange(len(self.files))[indices]
        images = np.empty((len(chosen), *self.image_shape), dtype=np.uint8)

        def decode(position: int) -> None:
            images[position] = read_image(self.files[chosen[position]], self.image_shape)

        # Pillow decodes without Python's lock: threads are enough, and share the array.
        with ThreadPoolExecutor(self.workers) as pool:
            list(pool.map(decode, range(len(chosen))))
        return images

    def taken(self, indices: NDArray[np.int64]) -> "ImageFiles":
        """Return the images at `indices`, in that order, without decoding any."""
        return replace(self, files=tuple(self.files[index] for index in indices))


@dataclass(frozen=True, kw_only=True)
class Split:
    """Images: uint8 (samples, height, width, channels), 0 to 255; labels: int64 (samples,).

    The images are an array or files; either way `images[indices]` is an array. `files` says where each
    sample comes from, array or not; None where no file is behind it.
    """

    images: NDArray[np.uint8] | ImageFiles
    labels: NDArray[np.int64]
    files: tuple[Path, ...] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def taken(self, indices: NDArray[np.int64]) -> "Split":
        """Return the samples at `indices`, in that order, without decoding any file."""
        images = self.images
        if isinstance(images, ImageFiles):
            chosen: NDArray[np.uint8] | ImageFiles = images.taken(indices)
        else:
            chosen = images[indices]
        files = self.files and tuple(self.files[index] for index in indices)
        return Split(images=chosen, labels=self.labels[indices], files=files)


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A file, or a folder, that belongs to no split, and why."""

    file: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Splits:
    """Three splits that share no sample, and what the labels mean: label 0 is `class_names[0]`."""

    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]
    skipped: Sequence[Skipped] = ()

    @property
    def input_spec(self) -> InputSpec:
        """What every sample is."""
        return InputSpec(shape=self.train.images.shape[1:])

    def named(self, name: SplitName) -> Split:
        """Return the split that is called `name`."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]

    def num_samples(self) -> dict[str, int]:
        """Return how many samples each split has, by its name."""
        return {name: len(self.named(name)) for name in SPLIT_NAMES}
