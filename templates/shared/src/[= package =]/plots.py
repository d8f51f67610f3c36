"""Pictures of runs and data, as PNG files. No window is opened and no global state is touched."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from .files import replacing
from .runs import EpochMetrics

SHEET_COLUMNS = 8  # images of each class
SHEET_CLASSES = 60  # more would be too tall to look at
_CELL = 64  # pixels, largest height and width of an image on the sheet


def plot_learning_curve(epochs: list[EpochMetrics], path: Path) -> None:
    """Draw loss and accuracy on the training and the validation split over the epochs."""
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    numbers = [epoch.epoch for epoch in epochs]
    for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        for split in ("train", "validation"):
            values = [getattr(epoch, f"{split}_{name}") for epoch in epochs]
            axes.plot(numbers, values, label=split, marker="." if len(numbers) < 3 else "")
        axes.set(xlabel="epoch", ylabel=name)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
    _save(figure, path)


def plot_confusion(confusion: NDArray[np.int64], class_names: tuple[str, ...], path: Path) -> None:
    """Draw the confusion matrix: a row for each true class, shaded by its share, with the counts."""
    size = 2.5 + 0.4 * len(class_names)
    figure = Figure(figsize=(size, size), layout="constrained")
    axes = figure.subplots()
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(confusion):
        if count:
            color = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=color)
    positions = range(len(class_names))
    axes.set_xticks(positions, class_names, rotation=90 if max(map(len, class_names)) > 2 else 0)
    axes.set_yticks(positions, class_names)
    axes.set(xlabel="predicted", ylabel="true")
    _save(figure, path)


def plot_sweep(columns: Mapping[str, Sequence[object]], losses: Sequence[float], path: Path) -> None:
    """Draw, for each setting, its values against the validation losses, best first: that one is marked."""
    figure = Figure(figsize=(3.5 * len(columns), 3.5), layout="constrained")
    all_axes = figure.subplots(1, len(columns), squeeze=False)[0]
    for axes, (name, values) in zip(all_axes, columns.items(), strict=True):
        numbers = [
            value for value in values if isinstance(value, int | float) and not isinstance(value, bool)
        ]
        places = numbers if len(numbers) == len(values) else [str(value) for value in values]
        axes.scatter(places, losses)
        axes.scatter(places[:1], losses[:1], marker="*", s=150)
        if places is numbers and max(numbers) > 10 * min(numbers) > 0:
            axes.set_xscale("log")
        axes.set(xlabel=name, ylabel="validation loss")
        axes.grid(alpha=0.3)
    _save(figure, path)


def plot_sample_sheet(rows: Mapping[str, NDArray[np.uint8]], path: Path) -> None:
    """Draw a row for each class: its name, and up to eight images (images, height, width, channels)."""
    figure = Figure(figsize=(1.5 + 0.6 * SHEET_COLUMNS, 0.4 + 0.6 * len(rows)), layout="constrained")
    axes = figure.subplots()
    lines = [_line(images) for images in rows.values()]
    height = lines[0].shape[0]
    axes.imshow(np.concatenate(lines), cmap="gray", vmin=0, vmax=255)
    axes.set_xticks([])
    axes.set_yticks([height * (row + 0.5) - 0.5 for row in range(len(rows))], list(rows))
    _save(figure, path)


def _line(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the images side by side with white around them, made smaller by leaving out pixels."""
    step = -(-max(images.shape[1:3]) // _CELL)
    framed = np.pad(images[:, ::step, ::step], ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=255)
    missing = np.full((SHEET_COLUMNS - len(framed), *framed.shape[1:]), 255, np.uint8)
    return np.concatenate([*framed, *missing], axis=1)


def _save(figure: Figure, path: Path) -> None:
    with replacing(path) as temporary, warnings.catch_warnings():
        # A class name in a script that the font lacks is drawn as boxes: no reason to alarm anyone.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        FigureCanvasAgg(figure).print_png(temporary)
