"""Pictures of runs, as PNG files. No window is opened and no global state is changed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..files import save_figure
from .run import EpochMetrics


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
    """Draw the confusion matrix: a row for each true class, shaded by shares, with the counts."""
    size = 2.5 + 0.4 * len(class_names)
    figure = Figure(figsize=(size, size), layout="constrained")
    axes = figure.subplots()
    counts = np.array(confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            color = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=color)
    positions = range(len(class_names))
    rotation = 90 if max(map(len, class_names)) > 2 else 0
    axes.set_xticks(positions, class_names, rotation=rotation, parse_math=False)
    axes.set_yticks(positions, class_names, parse_math=False)
    axes.set(xlabel="predicted", ylabel="true")
    save_figure(figure, path)


def plot_sweep(columns: Mapping[str, Sequence[object]], losses: Sequence[float], path: Path) -> None:
    """Draw the values of each setting against the validation losses, best first; the best is marked."""
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
    save_figure(figure, path)
