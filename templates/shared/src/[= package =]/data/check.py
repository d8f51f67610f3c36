"""What the data consists of and what is wrong with it, before time is spent on training."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..config.settings import Config
from ..errors import ProjectError
from ..files import save_figure, shortened
from .batches import batches_in_order
from .images import image_size
from .load import load_splits
from .splits import SPLIT_NAMES, Skipped, SplitName, Splits, class_counts, imbalance

SHEET_COLUMNS = 8  # images of each class
SHEET_CLASSES = 60  # more would be too tall to look at
_CELL = 64  # pixels: largest height and width of an image on the sheet
_VARIED_BYTES = 64_000_000  # of images that are varied at once; computed with, they take many times as much

Size = tuple[int, int]  # width and height in pixels
# As `vary` of training/augment.py: inputs, labels, settings and the number of classes to varied inputs.
Vary = Callable[[NDArray[np.uint8], NDArray[np.int64], Config, int], NDArray[np.uint8]]


@dataclass(frozen=True, kw_only=True)
class Member:
    """A sample: its file, or its place in the split if it is not from a file."""

    name: str
    split: SplitName
    class_name: str


@dataclass(frozen=True, kw_only=True)
class DataReport:
    """What `check-data` found.

    `digest` stands for all samples, as the model sees them, with their splits and classes.

    `conflicts` are groups of equal images with different classes. Of the other groups of equal images,
    `leaks` are in more than one split and `duplicates` within one. Images are equal if they have the same
    pixels at the size that the model sees. `skipped` files are in no split. `notes` are those of the splits.
    """

    source: str
    digest: str  # SHA-256, whatever files and folders are called
    counts: dict[SplitName, dict[str, int]]
    bits: int  # of a value that are in use; 8 if no file stores more
    smallest: Size
    median: Size
    largest: Size
    skipped: tuple[Skipped, ...]
    conflicts: tuple[tuple[Member, ...], ...]
    leaks: tuple[tuple[Member, ...], ...]
    duplicates: tuple[tuple[Member, ...], ...]
    imbalance: str | None
    notes: tuple[str, ...] = ()


def check_data(config: Config, sheet: Path, augmented: tuple[Path, Vary] | None = None) -> DataReport:
    """Return what is in the data that `train` would use, and draw a few images of each class into `sheet`.

    `augmented`: a second sheet, as training varies them, and what does. Memory is bounded as in training.

    Raises:
        ProjectError: the data cannot be used at all, or a sheet cannot be written.
    """
    splits = load_splits(config.data, config.seed)
    equal: defaultdict[bytes, list[Member]] = defaultdict(list)  # by a digest of the pixels
    sizes: list[Size] = []
    for name in SPLIT_NAMES:
        split = splits.named(name)
        pixels = (each for batch in batches_in_order(split, 64) for each in batch.inputs)
        for index, (each, label) in enumerate(zip(pixels, split.labels, strict=True)):
            file = split.files[index] if split.files else None
            place = str(file or f"{name}[{index}]")
            member = Member(name=place, split=name, class_name=splits.class_names[label])
            equal[hashlib.blake2b(each.tobytes(), digest_size=16).digest()].append(member)
            sizes.append(image_size(file) if file else (each.shape[1], each.shape[0]))
    groups = _groups(equal)
    counts = {name: class_counts(splits.named(name), splits.class_names) for name in SPLIT_NAMES}
    sizes.sort(key=math.prod)
    _draw_sheets(splits, config, sheet, augmented)
    return DataReport(
        source=config.data.source,
        digest=_digest(equal),
        counts=counts,
        bits=splits.bits,
        smallest=sizes[0],
        median=sizes[len(sizes) // 2],
        largest=sizes[-1],
        skipped=tuple(splits.skipped),
        conflicts=tuple(groups["conflict"]),
        leaks=tuple(groups["leak"]),
        duplicates=tuple(groups["duplicate"]),
        imbalance=imbalance(counts["train"]),
        notes=tuple(splits.notes),
    )


def _digest(equal: Mapping[bytes, Sequence[Member]]) -> str:
    lines = sorted(
        repr((pixels.hex(), member.split, member.class_name))
        for pixels, group in equal.items()
        for member in group
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _groups(equal: Mapping[bytes, Sequence[Member]]) -> Mapping[str, list[tuple[Member, ...]]]:
    groups: defaultdict[str, list[tuple[Member, ...]]] = defaultdict(list)
    for group in equal.values():
        groups[_kind(group)].append(tuple(group))
    return groups


def _kind(equal: Sequence[Member]) -> str:
    if len(equal) == 1:
        return "single"
    if len({member.class_name for member in equal}) > 1:
        return "conflict"
    return "leak" if len({member.split for member in equal}) > 1 else "duplicate"


def _draw_sheets(splits: Splits, config: Config, sheet: Path, augmented: tuple[Path, Vary] | None) -> None:
    _draw(_first_images(splits), splits.class_names, sheet)
    if augmented:
        path, vary = augmented
        _draw(_varied_images(splits, config, vary), splits.class_names, path)


def _first_images(splits: Splits) -> list[NDArray[np.uint8]]:
    """Return the first training images of each class."""
    classes = range(min(SHEET_CLASSES, len(splits.class_names)))
    chosen = (np.flatnonzero(splits.train.labels == label)[:SHEET_COLUMNS] for label in classes)
    return [splits.train.inputs[indices] for indices in chosen]


def _varied_images(splits: Splits, config: Config, vary: Vary) -> list[NDArray[np.uint8]]:
    """Return of each class its first training image, and that and the next ones varied, all in one batch."""
    num_varied = SHEET_COLUMNS - 1
    most = max(1, _VARIED_BYTES // (num_varied * math.prod(splits.input_spec.shape)))
    classes = range(min(SHEET_CLASSES, len(splits.class_names), most))
    found = [np.flatnonzero(splits.train.labels == label)[:num_varied] for label in classes]
    indices = np.concatenate([np.resize(each, num_varied) for each in found])  # the few of a class repeated
    inputs = splits.train.inputs[indices]
    varied = vary(inputs, splits.train.labels[indices], config, len(splits.class_names))
    rows = zip(*(np.split(images, len(found)) for images in (inputs, varied)), strict=True)
    return [np.concatenate([as_it_is[:1], changed]) for as_it_is, changed in rows]


def _draw(images: Sequence[NDArray[np.uint8]], class_names: Sequence[str], sheet: Path) -> None:
    """Draw a row for each class: its name and its images."""
    rows = [_row(each) for each in images]
    figure = Figure(figsize=(1.5 + 0.6 * SHEET_COLUMNS, 0.4 + 0.6 * len(rows)), layout="constrained")
    axes = figure.subplots()
    axes.imshow(np.concatenate(rows), cmap="gray", vmin=0, vmax=255)
    axes.set_xticks([])
    places = [len(rows[0]) * (row + 0.5) - 0.5 for row in range(len(rows))]
    axes.set_yticks(places, [shortened(name) for name in class_names[: len(rows)]], parse_math=False)
    try:
        sheet.parent.mkdir(parents=True, exist_ok=True)
        save_figure(figure, sheet)
    except (OSError, ProjectError) as error:  # save_figure's advice is for what a run saves
        reason = getattr(error.__cause__ or error, "strerror", None) or error
        raise ProjectError(
            f"{sheet} cannot be written ({reason}).",
            fix="Make room on the disk, or choose another place: --output or --augmented PATH.",
        ) from error


def _row(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the images side by side with white around them, made smaller by leaving out pixels."""
    step = -(-max(images.shape[1:3]) // _CELL)
    framed = np.pad(images[:, ::step, ::step], ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=255)
    missing = np.full((SHEET_COLUMNS - len(framed), *framed.shape[1:]), 255, np.uint8)
    return np.concatenate([*framed, *missing], axis=1)
