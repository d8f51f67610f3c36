"""What the data consists of, and what is wrong with it, before a training is spent on it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..config.settings import Config
from ..errors import ProjectError
from ..files import save_figure
from .classes import class_counts, imbalance
from .codec import read_file
from .images import image_size
from .load import load_splits
from .splits import SPLIT_NAMES, SampleFiles, Skipped, SplitName, Splits

SHEET_COLUMNS = 8  # images of each class
SHEET_CLASSES = 60  # more would be too tall to look at
_CELL = 64  # pixels, largest height and width of an image on the sheet

Size = tuple[int, int]  # width and height in pixels


@dataclass(frozen=True, kw_only=True)
class Member:
    """A sample: its file, or its place in the split where no file is behind it."""

    name: str
    split: SplitName
    class_name: str


@dataclass(frozen=True, kw_only=True)
class DataReport:
    """What `check-data` found.

    `conflicts` are groups of equal images with different classes. Of the other groups of equal images,
    `leaks` are in more than one split and `duplicates` within one. Images are equal if they have the same
    pixels at the size that the model sees. `skipped` files are in no split.
    """

    source: str
    counts: dict[SplitName, dict[str, int]]
    smallest: Size
    median: Size
    largest: Size
    skipped: tuple[Skipped, ...]
    conflicts: tuple[tuple[Member, ...], ...]
    leaks: tuple[tuple[Member, ...], ...]
    duplicates: tuple[tuple[Member, ...], ...]
    imbalance: str | None


@dataclass(frozen=True, kw_only=True)
class _Sample:
    member: Member
    size: Size
    digest: bytes  # of the pixels


def check_data(config: Config, sheet: Path) -> DataReport:
    """Return what is in the data that `train` would use, and draw a few images of each class into `sheet`.

    Every image is decoded once, a few at a time: memory is bounded as in training.

    Raises:
        ProjectError: the data cannot be used at all, or the sheet cannot be written.
    """
    splits = load_splits(config.data, config.seed)
    samples = list(_samples(splits, config.data.workers))
    groups = _equal(samples)
    agreeing = [group for group in groups if not _is_conflict(group)]
    counts = {name: class_counts(splits.named(name), splits.class_names) for name in SPLIT_NAMES}
    sizes = sorted((sample.size for sample in samples), key=lambda size: size[0] * size[1])
    _draw(splits, sheet)
    return DataReport(
        source=config.data.source,
        counts=counts,
        smallest=sizes[0],
        median=sizes[len(sizes) // 2],
        largest=sizes[-1],
        skipped=tuple(splits.skipped),
        conflicts=tuple(group for group in groups if _is_conflict(group)),
        leaks=tuple(group for group in agreeing if _is_leak(group)),
        duplicates=tuple(group for group in agreeing if not _is_leak(group)),
        imbalance=imbalance(counts["train"]),
    )


def _samples(splits: Splits, workers: int) -> Iterator[_Sample]:
    """Yield what is to be known of every sample; of its pixels nothing but a digest is kept."""
    with ThreadPoolExecutor(workers) as pool:
        for name in SPLIT_NAMES:
            numbers = range(len(splits.named(name)))
            yield from pool.map(lambda index, name=name: _sample(splits, name, index), numbers)


def _sample(splits: Splits, name: SplitName, index: int) -> _Sample:
    split, (height, width, _) = splits.named(name), splits.input_spec.shape
    file = split.files[index] if split.files else None
    member = Member(
        name=str(file) if file else f"{name}[{index}]",
        split=name,
        class_name=splits.class_names[split.labels[index]],
    )
    if isinstance(split.inputs, SampleFiles):
        pixels = read_file(split.inputs.files[index], splits.input_spec)
    else:
        pixels = split.inputs[index]
    size = image_size(file) if file else (width, height)
    digest = hashlib.blake2b(pixels.tobytes(), digest_size=16).digest()
    return _Sample(member=member, size=size, digest=digest)


def _equal(samples: Sequence[_Sample]) -> list[tuple[Member, ...]]:
    """Return the groups of two or more samples with the same pixels."""
    groups: dict[bytes, list[Member]] = {}
    for sample in samples:
        groups.setdefault(sample.digest, []).append(sample.member)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _is_conflict(group: Sequence[Member]) -> bool:
    return len({member.class_name for member in group}) > 1


def _is_leak(group: Sequence[Member]) -> bool:
    return len({member.split for member in group}) > 1


def _draw(splits: Splits, sheet: Path) -> None:
    """Draw the first training images of each class."""
    rows = {
        name: splits.train.inputs[np.flatnonzero(splits.train.labels == label)[:SHEET_COLUMNS]]
        for label, name in enumerate(splits.class_names[:SHEET_CLASSES])
    }
    advice = "Make room on the disk, or choose another place: --output PATH."
    try:
        sheet.parent.mkdir(parents=True, exist_ok=True)
        plot_sample_sheet(rows, sheet)
    except OSError as error:
        raise ProjectError(f"{sheet} cannot be written ({error.strerror}).", fix=advice) from error
    except ProjectError as error:  # its advice is for what a run saves
        raise ProjectError(error.problem, fix=advice) from error


def plot_sample_sheet(rows: Mapping[str, NDArray[np.uint8]], path: Path) -> None:
    """Draw a row for each class: its name, and up to eight images (images, height, width, channels)."""
    figure = Figure(figsize=(1.5 + 0.6 * SHEET_COLUMNS, 0.4 + 0.6 * len(rows)), layout="constrained")
    axes = figure.subplots()
    lines = [_line(images) for images in rows.values()]
    height = lines[0].shape[0]
    axes.imshow(np.concatenate(lines), cmap="gray", vmin=0, vmax=255)
    axes.set_xticks([])
    axes.set_yticks([height * (row + 0.5) - 0.5 for row in range(len(rows))], list(rows))
    save_figure(figure, path)


def _line(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the images side by side with white around them, made smaller by leaving out pixels."""
    step = -(-max(images.shape[1:3]) // _CELL)
    framed = np.pad(images[:, ::step, ::step], ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=255)
    missing = np.full((SHEET_COLUMNS - len(framed), *framed.shape[1:]), 255, np.uint8)
    return np.concatenate([*framed, *missing], axis=1)
