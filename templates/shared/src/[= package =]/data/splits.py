"""What a data set is to the rest of the project: samples with labels, in three parts."""

from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..processes import World
from .codec import SAMPLES, InputSpec, read_file
from .images import Interpolation, Resize

SplitName = Literal["train", "validation", "test"]
SPLIT_NAMES: tuple[SplitName, ...] = ("train", "validation", "test")
WORDS: Mapping[SplitName, tuple[str, ...]] = {  # what folders and tables call them, in lower or upper case
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val"),
    "test": ("test", "testing"),
}
LARGEST_RATIO = 3  # a rule of thumb: with two classes, three quarters to one quarter


@cache
def _pool(workers: int) -> ThreadPoolExecutor:
    """Return the threads that decode, which stay for the next batch."""
    return ThreadPoolExecutor(workers, thread_name_prefix="decode")


@dataclass(frozen=True, kw_only=True)
class SampleFiles:
    """Samples that are too many for memory: decoded whenever they are indexed, like an array on disk."""

    files: tuple[Path, ...]
    input_spec: InputSpec
    workers: int  # threads that decode at the same time

    @property
    def shape(self) -> tuple[int, ...]:
        """Samples, height, width and channels, as of an array."""
        return len(self.files), *self.input_spec.shape

    def __getitem__(self, indices: NDArray[np.int64] | slice) -> NDArray[np.uint8]:
        """Return the chosen samples as uint8 (chosen, height, width, channels), in the order of `indices`."""
        chosen = np.arange(len(self.files))[indices]
        inputs = np.empty((len(chosen), *self.input_spec.shape), dtype=np.uint8)

        def decode(position: int) -> None:
            inputs[position] = read_file(self.files[chosen[position]], self.input_spec)

        # Pillow decodes without Python's lock: threads are enough, and share the array. One worker decodes
        # right here: a process that was forked has none of its parent's threads.
        run = map if self.workers == 1 else _pool(self.workers).map
        deque(run(decode, range(len(chosen))), maxlen=0)
        return inputs

    def taken(self, indices: NDArray[np.int64]) -> "SampleFiles":
        """Return the samples at `indices`, in that order, without decoding any."""
        return replace(self, files=tuple(self.files[index] for index in indices))


@dataclass(frozen=True, kw_only=True)
class StoredSamples:
    """Samples that are decoded already, in a file on the disk: only those that are indexed are read."""

    stored: NDArray[np.uint8]  # all samples of the file, mapped: they stay if the file is removed meanwhile
    indices: NDArray[np.int64]  # of those that are meant

    @property
    def shape(self) -> tuple[int, ...]:
        """Samples, height, width and channels, as of an array."""
        return len(self.indices), *self.stored.shape[1:]

    def __getitem__(self, indices: NDArray[np.int64] | slice) -> NDArray[np.uint8]:
        """Return the chosen samples as uint8 (chosen, height, width, channels), in the order of `indices`."""
        return np.asarray(self.stored[self.indices[indices]])

    def taken(self, indices: NDArray[np.int64]) -> "StoredSamples":
        """Return the samples at `indices`, in that order, without reading any."""
        return replace(self, indices=self.indices[indices])

    def __reduce__(self) -> str | tuple[object, ...]:
        """Have another process map the same file: pickle would copy all that it holds."""
        stored = self.stored
        if isinstance(stored, np.memmap):
            return _opened, (str(stored.filename), stored.shape, self.indices)
        return super().__reduce__()


def _opened(file: str, shape: tuple[int, ...], indices: NDArray[np.int64]) -> StoredSamples:
    return StoredSamples(stored=np.memmap(file, dtype=np.uint8, mode="r", shape=shape), indices=indices)


@dataclass(frozen=True, kw_only=True)
class Split:
    """Inputs: uint8 (samples, height, width, channels), 0 to 255; labels: int64 (samples,).

    The inputs are an array, or on the disk; either way `inputs[indices]` is an array. `files` says where each
    sample comes from, array or not; None if the samples are not from files. Samples of the same one of the
    `groups`, such as a patient, are never divided between splits; None if each sample is on its own.
    """

    inputs: NDArray[np.uint8] | SampleFiles | StoredSamples
    labels: NDArray[np.int64]
    files: tuple[Path, ...] | None = None
    groups: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def taken(self, indices: NDArray[np.int64]) -> "Split":
        """Return the samples at `indices`, in that order, without decoding any file."""
        inputs = self.inputs
        return Split(
            inputs=inputs[indices] if isinstance(inputs, np.ndarray) else inputs.taken(indices),
            labels=self.labels[indices],
            files=self.files and tuple(self.files[index] for index in indices),
            groups=self.groups and tuple(self.groups[index] for index in indices),
        )

    def share(self, world: World) -> "Split":
        """Return the part of one of W processes: its samples are number rank, rank + W, rank + 2W and so on.

        All shares are of the same size: to those with one sample too few, the first of all is added.
        """
        if world.size == 1:
            return self
        size = -(-len(self) // world.size)
        indices = world.rank + world.size * np.arange(size)
        return self.taken(np.where(indices < len(self), indices, 0))


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A file or folder that is in no split, and why."""

    file: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """What data there is, with the same classes in each part: `all`, or `train` and at least one other."""

    parts: Mapping[str, Split]
    class_names: tuple[str, ...]
    bits: int = InputSpec.bits
    skipped: Sequence[Skipped] = ()
    storage: str = "in memory"  # where the decoded samples are, and why


@dataclass(frozen=True, kw_only=True)
class Splits:
    """Three splits that share no sample, and what the labels mean: label 0 is `class_names[0]`.

    `notes` are sentences about how the data was divided that nobody would expect.
    """

    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]
    bits: int = InputSpec.bits
    resize: Resize = InputSpec.resize
    interpolation: Interpolation = InputSpec.interpolation
    skipped: Sequence[Skipped] = ()
    storage: str = "in memory"
    notes: Sequence[str] = ()

    @property
    def input_spec(self) -> InputSpec:
        """What every sample is."""
        return InputSpec(
            shape=self.train.inputs.shape[1:],
            bits=self.bits,
            resize=self.resize,
            interpolation=self.interpolation,
        )

    def named(self, name: SplitName) -> Split:
        """Return the split that is called `name`."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]

    def num_samples(self) -> dict[str, int]:
        """Return how many samples each split has, by its name."""
        return {name: len(self.named(name)) for name in SPLIT_NAMES}


def split_called(word: str) -> SplitName | None:
    """Return the split that a folder or a cell of a table means, None if it means none."""
    return next((name for name, words in WORDS.items() if word.lower() in words), None)


def class_counts(split: Split, class_names: tuple[str, ...]) -> dict[str, int]:
    """Return how many samples of each class the split has, in the order of the classes."""
    counts = np.bincount(split.labels, minlength=len(class_names))
    return dict(zip(class_names, counts.tolist(), strict=True))


def imbalance(counts: Mapping[str, int]) -> str | None:
    """Return in words which class has more than three times as many samples as which; None if none has."""
    most, fewest = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    if counts[most] <= LARGEST_RATIO * counts[fewest]:
        return None
    return f"{most} has {counts[most]} training {SAMPLES}, {fewest} only {counts[fewest]}"
