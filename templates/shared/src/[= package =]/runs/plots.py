"""Pictures of runs, as PNG files. No window is opened and no global state is changed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from ..files import save_figure, shortened
from .metrics import EpochMetrics

MATRIX_CLASSES = 30  # that a confusion matrix can show on a screen
WORST_CONFUSIONS = 30  # that are shown instead if there are more
SWEEP_COLUMNS = 4  # settings side by side


def plot_learning_curve(epochs: list[EpochMetrics], path: Path) -> None:
    """Draw the loss and the accuracy of each epoch, on the training and on the validation split."""
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
    save_figure(figure, path)


def plot_confusion(confusion: Sequence[Sequence[int]], class_names: tuple[str, ...], path: Path) -> None:
    """Draw the confusion matrix or, with more classes than can be read in one, the most frequent mistakes."""
    figure = _matrix if len(class_names) <= MATRIX_CLASSES else _worst_confusions
    save_figure(figure(np.array(confusion), [shortened(name) for name in class_names]), path)


def _matrix(counts: NDArray[np.int64], names: list[str]) -> Figure:
    """Return a row for each true class, shaded by shares, with the counts."""
    size = 2.5 + 0.4 * len(names)
    figure = Figure(figsize=(size, size), layout="constrained")
    axes = figure.subplots()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            color = "white" if shares[row, column] > 0.5 else "black"
            fitting = min(10, 40 / len(str(count)))  # points: the digits stay inside their cell
            axes.text(column, row, str(count), ha="center", va="center", color=color, fontsize=fitting)
    rotation = 90 if max(map(len, names)) > 2 else 0
    axes.set_xticks(range(len(names)), names, rotation=rotation, parse_math=False)
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.set(xlabel="predicted", ylabel="true")
    return figure


def _worst_confusions(counts: NDArray[np.int64], names: list[str]) -> Figure:
    """Return a bar for each of the most frequent pairs of a true class and another one predicted for it."""
    wrong = counts * (1 - np.eye(len(names), dtype=np.int64))
    pairs = np.argwhere(wrong)  # (pairs, 2)
    found = wrong[tuple(pairs.T)]
    shown = np.argsort(-found, kind="stable")[:WORST_CONFUSIONS]
    figure = Figure(figsize=(9, 1.5 + 0.25 * len(shown)), layout="constrained")
    axes = figure.subplots()
    bars = axes.barh(range(len(shown)), found[shown])
    axes.bar_label(bars, [f"{found[each]} of {counts[pairs[each, 0]].sum()}" for each in shown], padding=3)
    labels = [f"{names[row]} → {names[column]}" for row, column in pairs[shown]]
    axes.set_yticks(range(len(shown)), labels, parse_math=False)
    axes.invert_yaxis()
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set(xlabel="samples", ylabel="true → predicted", xlim=(0, 1.15 * max(found, default=1)))
    figure.suptitle(
        f"The {len(shown)} most frequent of {len(found):,} confusions of {len(names):,} classes"
        f"\n(all are in evaluation.json; {found.sum():,} of {counts.sum():,} samples are labeled wrongly)"
    )
    return figure


def plot_sweep(columns: Mapping[str, Sequence[object]], losses: Sequence[float], path: Path) -> None:
    """Draw the values of each setting against the validation losses, best first; the best is marked."""
    width, height = min(len(columns), SWEEP_COLUMNS), -(-len(columns) // SWEEP_COLUMNS)
    figure = Figure(figsize=(3.5 * width, 3.5 * height), layout="constrained")
    for number, (name, values) in enumerate(columns.items(), start=1):
        axes = figure.add_subplot(height, width, number)
        numbers = [
            value for value in values if isinstance(value, int | float) and not isinstance(value, bool)
        ]
        places = numbers if len(numbers) == len(values) else [str(value) for value in values]
        axes.scatter(places, losses)
        axes.scatter(places[:1], losses[:1], marker="*", s=150)
        if places is numbers and max(numbers) > 10 * min(numbers) > 0:
            axes.set_xscale("log")
            ticks = (1,) if max(numbers) > 100 * min(numbers) else (1, 2, 5)
            axes.xaxis.set_major_locator(LogLocator(subs=ticks))
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set(xlabel=name, ylabel="validation loss")
        axes.grid(alpha=0.3)
    save_figure(figure, path)
