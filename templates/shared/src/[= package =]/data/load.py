"""From the settings to the splits: the embedded digits, or your own images from a folder or a table."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from ..config.settings import DIGITS, DataConfig
from ..errors import ProjectError
from ..files import is_file
from .codec import SAMPLES
from .folder import open_folder
from .layouts import joined
from .splits import SPLIT_NAMES, Source, Split, SplitName, Splits
from .table import SUFFIXES, open_table

LISTED = 5  # classes that an error names
Drawn = Mapping[SplitName, NDArray[np.int64]]  # places of samples
Recorded = Callable[[Split], Drawn | None]


def load_splits(
    config: DataConfig, seed: int, *, bits: int | None = None, recorded: Recorded | None = None
) -> Splits:
    """Return the images of `config.source` in three splits.

    What is divided into train, validation and test stays so; if one of the last two is missing, it is taken
    from train. Anything else is divided by `seed`, each class in the same proportions (stratified), but
    groups as a whole. Every class is in every split. Images of files are decoded now and kept if they fit
    into `cache_megabytes`; otherwise they are decoded whenever they are used. A run that is continued or used
    gives the `bits` of its input specification; for a new one they are found in the files. It also says what
    is `recorded` of undivided samples; what it leaves open is drawn.

    Raises:
        ProjectError: there is no such data set, or a class has too few samples or groups.
    """
    source = _opened(config, bits)
    parts, notes = dict[str, Split](source.parts), list[str]()
    shares: dict[SplitName, float] = {"test": config.test_fraction, "validation": config.validation_fraction}
    if "all" in parts:
        known = _recorded(parts["all"], recorded) if recorded else {}
        parts.update(known or _divided(parts["all"], shares, source, config, seed))
    for name in SPLIT_NAMES:
        if name not in parts:
            parts.update(_divided(parts["train"], {name: shares[name]}, source, config, seed))
            notes.append(
                f"there is no {name} split: {len(parts[name])} {SAMPLES} were taken from train by seed {seed}"
            )
    return Splits(
        train=parts["train"],
        validation=parts["validation"],
        test=parts["test"],
        class_names=source.class_names,
        bits=source.bits,
        resize=config.resize,
        interpolation=config.interpolation,
        skipped=source.skipped,
        storage=source.storage,
        notes=tuple(notes),
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


def _opened(config: DataConfig, bits: int | None) -> Source:
    if config.source == DIGITS:
        return read_digits()
    is_table = config.path.suffix.lower() in SUFFIXES and is_file(config.path)
    return open_table(config, bits=bits) if is_table else open_folder(config, bits=bits)


def _recorded(split: Split, recorded: Recorded) -> dict[str, Split]:
    return {name: split.taken(places) for name, places in (recorded(split) or {}).items()}


def _divided(
    split: Split, shares: dict[SplitName, float], source: Source, config: DataConfig, seed: int
) -> dict[str, Split]:
    """Return the splits that `shares` names, as large, and as train what is left of `split`."""
    drawn = _stratified(split, shares, seed) if split.groups is None else {}
    num_classes = len(source.class_names)
    if not drawn or _lacking(drawn, split, num_classes):
        drawn = _by_group(split, shares, seed)
    if lacking := _lacking(drawn, split, num_classes):
        raise _too_few(split, lacking, shares, config, source.class_names)
    return {name: split.taken(places) for name, places in drawn.items()}


def _stratified(split: Split, shares: Mapping[SplitName, float], seed: int) -> Drawn:
    """Return where the samples of each split are; nothing if there are too few."""
    drawn: dict[SplitName, NDArray[np.int64]] = {}
    rest, left = np.arange(len(split)), 1.0
    for name, share in shares.items():
        try:
            rest, drawn[name] = train_test_split(
                rest, test_size=share / left, stratify=split.labels[rest], random_state=seed
            )
        except ValueError:
            return {}
        left -= share
    return {"train": rest, **drawn}


def _by_group(split: Split, shares: Mapping[SplitName, float], seed: int) -> Drawn:
    """Return where the samples of each split are, so that groups stay whole and no split lacks a class.

    As in K. Sechidis et al., On the Stratification of Multi-Label Data, 2011: classes in few groups come
    first, and a group goes where most samples of its class are wanted. A class that has as many groups left
    as splits are without it goes there. Where there are no groups, each sample is one.
    """
    names: tuple[SplitName, ...] = (*shares, "train")
    _, groups = np.unique(split.groups or np.arange(len(split)), return_inverse=True)
    sizes, totals = np.bincount(groups), np.bincount(split.labels)
    # Which group has how many samples of which class: only what is there, in the order of the groups.
    pairs, numbers = np.unique(groups * len(totals) + split.labels, return_counts=True)
    owners, labels = np.divmod(pairs, len(totals))
    starts = np.searchsorted(owners, np.arange(len(sizes) + 1))
    # Large groups come first, those of about the same size in the order of the seed.
    rank = np.lexsort(
        (np.random.default_rng(seed).permutation(len(sizes)), -np.log2(sizes).astype(int))
    ).argsort()
    wanted = np.outer([*shares.values(), 1 - sum(shares.values())], totals)  # (splits, classes)
    has, chosen = np.zeros_like(wanted, dtype=bool), np.full(len(sizes), -1)
    for label in np.argsort(np.bincount(labels), kind="stable"):
        found = owners[labels == label]
        waiting = sorted(found[chosen[found] < 0], key=rank.__getitem__)
        for left, group in zip(range(len(waiting), 0, -1), waiting, strict=True):
            without = np.flatnonzero(~has[:, label])
            candidates = without if len(without) >= left else np.arange(len(names))
            best = candidates[wanted[candidates, label].argmax()]
            inside = slice(starts[group], starts[group + 1])
            wanted[best, labels[inside]] -= numbers[inside]
            has[best, labels[inside]], chosen[group] = True, best
    return {name: np.flatnonzero(chosen[groups] == number) for number, name in enumerate(names)}


def _lacking(drawn: Drawn, split: Split, num_classes: int) -> dict[int, SplitName]:
    """Return the classes that are not in every split, each with a split without it."""
    return {
        label: name
        for name, places in drawn.items()
        for label in np.setdiff1d(np.arange(num_classes), split.labels[places]).tolist()
    }


def _too_few(
    split: Split,
    lacking: Mapping[int, SplitName],
    shares: dict[SplitName, float],
    config: DataConfig,
    names: Sequence[str],
) -> ProjectError:
    """Return the error that says what each class needs, or that groups cannot be divided."""
    groups = split.groups or range(len(split))
    found = Counter(label for label, _ in set(zip(split.labels.tolist(), groups, strict=True)))
    needed, unit = len(shares) + 1, "groups" if split.groups else SAMPLES
    if few := sorted((number, label) for label, number in found.items() if number < needed):
        smallest = ", ".join(f"{number} of {names[label]}" for number, label in few[:LISTED])
        more = f" and {len(few) - LISTED} more classes" if len(few) > LISTED else ""
        splits = joined(["train", *reversed(shares)])
        return ProjectError(
            f"[data] {config.source} has too few {unit} to divide: {smallest}{more}.",
            fix=f"Every class needs at least {needed}, one for each of {splits}. Add some, or remove it.",
        )
    label, without = next(iter(lacking.items()))
    return ProjectError(
        f"[data] {config.source}: {unit} could not be divided so that every class is in every split:"
        f" {without} would have no {names[label]}.",
        fix="Try another seed (--set seed=1), or name the splits in a column (--set data.split_column=NAME).",
    )
