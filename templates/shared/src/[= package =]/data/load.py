"""From the settings to the splits: the embedded digits, or your own folder of images."""

import math

import numpy as np
from sklearn.model_selection import train_test_split

from ..config.settings import DIGITS, DataConfig
from ..errors import ProjectError
from . import digits
from .classes import class_counts
from .folder import open_folder
from .splits import Skipped, Split, Splits

LISTED = 5  # classes that an error names
UNLIKELY = 10_000  # images of each class, which nobody adds only to be able to divide them


def load_splits(config: DataConfig, seed: int) -> Splits:
    """Return the images of `config.source` in three splits.

    What is not divided yet is divided by `seed`, every class in its share (stratified); a folder with
    train, validation and test in it is left as it is. Images of a folder are decoded now and kept if they
    fit into `cache_megabytes`, and decoded whenever they are used if not.

    Raises:
        ProjectError: the folder is no data set, or a split would have fewer samples than classes.
    """
    if config.source == DIGITS:
        return _divided(digits.read_digits(), digits.CLASS_NAMES, (), config, seed)
    folder = open_folder(config)
    if set(folder.parts) == {"all"}:
        return _divided(folder.parts["all"], folder.class_names, folder.skipped, config, seed)
    return Splits(class_names=folder.class_names, skipped=folder.skipped, **folder.parts)


def _divided(
    everything: Split,
    class_names: tuple[str, ...],
    skipped: tuple[Skipped, ...],
    config: DataConfig,
    seed: int,
) -> Splits:
    fraction_of_rest = config.validation_fraction / (1 - config.test_fraction)
    try:
        rest, test = _taken_away(everything, config.test_fraction, seed)
        train, validation = _taken_away(rest, fraction_of_rest, seed)
    except ValueError as error:
        raise _too_few(everything, class_names, config) from error
    return Splits(train=train, validation=validation, test=test, class_names=class_names, skipped=skipped)


def _taken_away(split: Split, fraction: float, seed: int) -> tuple[Split, Split]:
    """Return what is left of `split` after taking `fraction` of it away, and what was taken."""
    kept, taken = train_test_split(
        np.arange(len(split)), test_size=fraction, stratify=split.labels, random_state=seed
    )
    return split.taken(kept), split.taken(taken)


def _too_few(everything: Split, class_names: tuple[str, ...], config: DataConfig) -> ProjectError:
    """Return scikit-learn's refusal in words for a user: what there is, and what would be enough."""
    counts = sorted(class_counts(everything, class_names).items(), key=lambda item: item[1])
    smallest = ", ".join(f"{count} of {name}" for name, count in counts[:LISTED])
    more = ", as many or more of the others" if len(counts) > LISTED else ""
    enough = (
        number
        for number in range(counts[0][1] + 1, UNLIKELY)
        if min(_sizes(number * len(counts), config)) >= len(counts)
    )
    number = next(enough, None)
    advice = f"Have at least {number} images of each class, or change" if number else "Change"
    return ProjectError(
        f"[data] {len(everything)} images ({smallest}{more}) cannot be divided with validation_fraction ="
        f" {config.validation_fraction:g} and test_fraction = {config.test_fraction:g}:"
        " every split needs an image of each class.",
        fix=f"{advice} validation_fraction or test_fraction.",
    )


def _sizes(total: int, config: DataConfig) -> tuple[int, int, int]:
    """Return how many of `total` samples train, validate and test, rounded as scikit-learn does."""
    test = math.ceil(config.test_fraction * total)
    validation = math.ceil(config.validation_fraction / (1 - config.test_fraction) * (total - test))
    return total - test - validation, validation, test
