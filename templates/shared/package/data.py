"""From the settings to the splits: the embedded digits, or your own folder of images."""

import numpy as np
from sklearn.model_selection import train_test_split

from . import digits
from .config import DIGITS, DataConfig
from .errors import ProjectError
from .folder import open_folder
from .splits import Skipped, Split, Splits


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
    rest, test = _taken_away(everything, config.test_fraction, seed)
    fraction_of_rest = config.validation_fraction / (1 - config.test_fraction)
    train, validation = _taken_away(rest, fraction_of_rest, seed)
    return Splits(train=train, validation=validation, test=test, class_names=class_names, skipped=skipped)


def _taken_away(split: Split, fraction: float, seed: int) -> tuple[Split, Split]:
    """Return what is left of `split` after taking `fraction` of it away, and what was taken."""
    try:
        kept, taken = train_test_split(
            np.arange(len(split)), test_size=fraction, stratify=split.labels, random_state=seed
        )
    except ValueError as error:
        raise ProjectError(
            f"[data] {len(split)} samples cannot be divided with {fraction:.3g} of them set aside: {error}",
            fix="Change validation_fraction or test_fraction, or add samples.",
        ) from error
    return split.taken(kept), split.taken(taken)
