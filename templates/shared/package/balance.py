"""Whether the classes have similar numbers of training images."""

from collections.abc import Mapping

import numpy as np

from .config import TrainConfig
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


def warn_of_imbalance(splits: Splits, config: TrainConfig) -> None:
    """Print one line where frequent classes would outvote rare ones and nothing is set against it."""
    found = imbalance(class_counts(splits.train, splits.class_names))
    if found and not config.class_weights:
        print(f"warning: {found}; with [train] class_weights = true they weigh the same.")
