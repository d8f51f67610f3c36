"""Whether the classes have similar numbers of training images."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..config.settings import TrainConfig
from .splits import Split, Splits

# A rule of thumb: three quarters against one quarter, where two classes are told apart.
LARGEST_RATIO = 3


def class_counts(split: Split, class_names: tuple[str, ...]) -> dict[str, int]:
    """Return how many images of each class the split has, in the order of the classes."""
    counts = np.bincount(split.labels, minlength=len(class_names))
    return dict(zip(class_names, counts.tolist(), strict=True))


def imbalance(counts: Mapping[str, int]) -> str | None:
    """Return in words which class has more than three times the images of which, None if none has."""
    most, fewest = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    if counts[most] <= LARGEST_RATIO * counts[fewest]:
        return None
    return f"{most} has {counts[most]} training images, {fewest} only {counts[fewest]}"


def class_weights(splits: Splits, config: TrainConfig) -> NDArray[np.float32]:
    """Return weights (classes,) by which every class counts the same; all 1 if that is not asked for."""
    num_classes = len(splits.class_names)
    if not config.class_weights:
        return np.ones(num_classes, np.float32)
    counts = np.bincount(splits.train.labels, minlength=num_classes)
    return (len(splits.train) / (num_classes * counts)).astype(np.float32)


def warn_of_imbalance(splits: Splits, config: TrainConfig) -> None:
    """Print one line where frequent classes would outvote rare ones and nothing is set against it."""
    found = imbalance(class_counts(splits.train, splits.class_names))
    if found and not config.class_weights:
        print(f"warning: {found}; with [train] class_weights = true they weigh the same.")
