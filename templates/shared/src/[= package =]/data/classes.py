"""Whether the classes have similar numbers of training images."""

from collections.abc import Mapping

import numpy as np

from .splits import Split

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
