"""From the settings to the splits: the embedded digits, or your own folder of images."""

import math

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from ..config.settings import DIGITS, DataConfig
from ..errors import ProjectError
from .folder import open_folder
from .splits import Source, Split, Splits, class_counts

LISTED = 5  # classes that an error names
UNLIKELY = 10_000  # images of each class: more than anybody adds just to divide them


def load_splits(config: DataConfig, seed: int, *, bits: int | None = None) -> Splits:
    """Return the images of `config.source` in three splits.

    A folder that is divided into train, validation and test stays so. Anything else is divided by `seed`,
    each class in the same proportions (stratified). Images of a folder are decoded now and kept if they fit
    into `cache_megabytes`; otherwise they are decoded whenever they are used. A run that is continued or used
    gives the `bits` of its input specification; for a new one they are found in the files.

    Raises:
        ProjectError: the folder is not a data set, or a split would have fewer samples than classes.
    """
    source = read_digits() if config.source == DIGITS else open_folder(config, bits=bits)
    _check_names(source, config)
    if "all" not in source.parts:
        return Splits(
            class_names=source.class_names,
            bits=source.bits,
            skipped=source.skipped,
            storage=source.storage,
            **source.parts,
        )
    try:
        rest, test = _taken_away(source.parts["all"], config.test_fraction, seed)
        train, validation = _taken_away(rest, config.validation_fraction / (1 - config.test_fraction), seed)
    except ValueError as error:
        raise _too_few(source, config) from error
    return Splits(
        train=train,
        validation=validation,
        test=test,
        class_names=source.class_names,
        bits=source.bits,
        skipped=source.skipped,
        storage=source.storage,
    )


def read_digits() -> Source:
    """Return the 1,797 digits of 8x8 pixels that come with scikit-learn: bright ink on black.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998. Their 17
    gray levels, 0 to 16, become 0 to 255, as in any image file.
    """
    digits = load_digits()
    images = np.rint(digits.images * (255 / 16)).astype(np.uint8)[..., np.newaxis]
    everything = Split(inputs=images, labels=digits.target.astype(np.int64))
    return Source(parts={"all": everything}, class_names=tuple("0123456789"))


def _check_names(source: Source, config: DataConfig) -> None:
    """Make sure that files, pages and pictures can hold the names of the classes."""
    for name in source.class_names:
        try:
            name.encode("utf-8")
        except UnicodeEncodeError as error:
            raise ProjectError(
                f"{config.source} has a class whose name is not UTF-8: {name!a}.", fix="Rename its folder."
            ) from error


def _taken_away(split: Split, fraction: float, seed: int) -> tuple[Split, Split]:
    """Return what is left of `split` without a `fraction` of it, and that fraction."""
    kept, taken = train_test_split(
        np.arange(len(split)), test_size=fraction, stratify=split.labels, random_state=seed
    )
    return split.taken(kept), split.taken(taken)


def _too_few(source: Source, config: DataConfig) -> ProjectError:
    """Return the error that says how many images there are of each class, and how many would be enough."""
    everything = source.parts["all"]
    counts = sorted(class_counts(everything, source.class_names).items(), key=lambda item: item[1])
    smallest = ", ".join(f"{count} of {name}" for name, count in counts[:LISTED])
    more = ", as many or more of the others" if len(counts) > LISTED else ""

    def is_enough(number: int) -> bool:  # of each class; rounded as scikit-learn does
        total = number * len(counts)
        test = math.ceil(config.test_fraction * total)
        validation = math.ceil(config.validation_fraction / (1 - config.test_fraction) * (total - test))
        return min(total - test - validation, validation, test) >= len(counts)

    enough = next(filter(is_enough, range(counts[0][1] + 1, UNLIKELY)), None)
    advice = f"Have at least {enough} images of each class, or change" if enough else "Change"
    return ProjectError(
        f"[data] {len(everything)} images ({smallest}{more}) cannot be divided with validation_fraction ="
        f" {config.validation_fraction:g} and test_fraction = {config.test_fraction:g}:"
        " every split needs an image of each class.",
        fix=f"{advice} validation_fraction or test_fraction.",
    )
