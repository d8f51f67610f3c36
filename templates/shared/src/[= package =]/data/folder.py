"""A folder of images: which file belongs to which class, and which to none and why.

folder/<class>/*.png                           divided later, by seed, or
folder/{train,validation,test}/<class>/*.png   divided already

Hidden files and folders, whose names begin with a dot, are passed over.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..config.settings import DIGITS, DataConfig
from ..errors import ProjectError
from .codec import InputSpec, read_file
from .images import SUFFIXES, check_image
from .splits import SampleFiles, Skipped, Split, SplitName

LAYOUT = "A folder of images for each class is wanted, or train, validation and test with those in each."
SPLIT_FOLDERS: Mapping[SplitName, tuple[str, ...]] = {  # in lower or upper case
    "train": ("train",),
    "validation": ("validation", "valid", "val"),
    "test": ("test",),
}


@dataclass(frozen=True, kw_only=True)
class Folder:
    """What lies in a folder: one part called `all`, or one for each split, with the same classes."""

    class_names: tuple[str, ...]
    parts: Mapping[str, Split]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True)
class _Entry:
    """A file in the folder of a class, and why it cannot be used, if it cannot."""

    file: Path
    part: str
    class_name: str
    problem: str | None = None


def open_folder(config: DataConfig) -> Folder:
    """Return the images of the folder `config.source`; files that cannot be used are listed as skipped.

    Folders called train, validation (or valid, val) and test divide it, in lower or upper case. Where only
    one or two of these are there, they are classes like any other, unless one of them holds folders and no
    image, or there is no class with another name: then the division is incomplete, which is an error.

    A class folder with nothing in it is listed as skipped; if nothing in it can be read it is an error.

    Raises:
        ProjectError: no such folder, an incomplete division, fewer than two classes, or a class without a
            readable image.
    """
    path = Path(config.source)
    if not path.is_dir():
        raise _no_such_folder(config.source)
    tops = _tops(path)
    entries = list(_entries(tops))
    candidates = [entry for entry in entries if entry.problem is None]
    spec = InputSpec(shape=(config.image_size, config.image_size, config.image_channels))
    images, problems = _opened([entry.file for entry in candidates], spec, config)
    used = [entry for entry, problem in zip(candidates, problems, strict=True) if problem is None]
    skipped = list(_outside_of_classes(path, tops))
    skipped += [Skipped(file=str(entry.file), reason=entry.problem) for entry in entries if entry.problem]
    skipped += [
        Skipped(file=str(entry.file), reason=problem)
        for entry, problem in zip(candidates, problems, strict=True)
        if problem is not None
    ]
    class_names = _class_names(path, tops, entries, used)
    labels = np.array([class_names.index(entry.class_name) for entry in used], dtype=np.int64)
    everything = Split(inputs=images, labels=labels, files=tuple(entry.file for entry in used))
    parts = {part: everything.taken(np.flatnonzero([entry.part == part for entry in used])) for part in tops}
    return Folder(class_names=class_names, parts=parts, skipped=tuple(skipped))


def _no_such_folder(source: str) -> ProjectError:
    meant = difflib.get_close_matches(source.lower(), [DIGITS], n=1)
    return ProjectError(
        f'[data] source is "{source}": there is no such folder.',
        fix=f'Did you mean "{meant[0]}"? {LAYOUT}' if meant else LAYOUT,
    )


def _tops(folder: Path) -> Mapping[str, Path]:
    """Return the folders that the folders of the classes lie in: one called `all`, or one for each split."""
    folders = [path for path in _visible(folder) if path.is_dir()]
    found = {
        split: [path for path in folders if path.name.lower() in names]
        for split, names in SPLIT_FOLDERS.items()
    }
    like_splits = [path for paths in found.values() for path in paths]
    missing = [split for split, paths in found.items() if not paths]
    are_splits = not missing or len(like_splits) == len(folders) or any(map(_looks_divided, like_splits))
    if not like_splits or not are_splits:
        return {"all": folder}
    if missing:
        raise _incomplete(folder, [path.name for path in like_splits], missing)
    for split, paths in found.items():
        if len(paths) > 1:
            names = _and([path.name for path in paths])
            raise ProjectError(
                f"{folder} holds {names}: each is called like the {split} split.",
                fix="Put their images together into one of them.",
            )
    return {split: paths[0] for split, paths in found.items()}


def _looks_divided(folder: Path) -> bool:
    """Return whether a folder looks like a split, not like a class: it holds folders, and no image."""
    inside = _visible(folder)
    return any(path.is_dir() for path in inside) and not any(
        path.is_file() and path.suffix.lower() in SUFFIXES for path in inside
    )


def _incomplete(folder: Path, present: Sequence[str], missing: Sequence[SplitName]) -> ProjectError:
    names = [
        f"{split} (or {', '.join(others)})" if others else split
        for split, (_, *others) in SPLIT_FOLDERS.items()
    ]
    return ProjectError(
        f"{folder} is divided into {_and(present)}, but there is no folder for {_and(missing)}.",
        fix=f"Divide it into {_and(names)}, or put the folders of the classes directly into {folder}:"
        " then it is divided by seed.",
    )


def _and(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _entries(tops: Mapping[str, Path]) -> Iterator[_Entry]:
    """Yield every visible file of every class, in the order of their names, whatever the file system's."""
    for part, top in tops.items():
        for class_folder in _visible(top):
            if not class_folder.is_dir():
                continue
            for file in _visible(class_folder):
                yield _Entry(file, part, class_folder.name, _reason_to_skip(file))


def _outside_of_classes(folder: Path, tops: Mapping[str, Path]) -> Iterator[Skipped]:
    """Yield the files that lie in no class, and folders that hold no class or nothing at all."""
    if folder not in tops.values():
        for path in _visible(folder):
            if not path.is_dir():
                yield Skipped(file=str(path), reason="lies in no class folder")
            elif path not in tops.values():
                yield Skipped(file=str(path), reason="a folder beside the splits is not looked into")
    for top in tops.values():
        for path in _visible(top):
            if not path.is_dir():
                yield Skipped(file=str(path), reason="lies in no class folder")
            elif not _visible(path):
                yield Skipped(file=str(path), reason="an empty class folder: no image in it")


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _reason_to_skip(file: Path) -> str | None:
    """Return why a file is not even looked into: by its kind or its name."""
    if file.is_dir():
        return "a folder within a class is not looked into"
    if not file.exists():
        return "a link that leads nowhere"
    if not file.is_file() or file.suffix.lower() not in SUFFIXES:
        return f"not called like an image ({', '.join(SUFFIXES)})"
    return None


def _opened(
    files: Sequence[Path], spec: InputSpec, config: DataConfig
) -> tuple[NDArray[np.uint8] | SampleFiles, list[str | None]]:
    """Return the images that can be used, and for every file what is wrong with it, None if nothing is.

    Images that fit into the cache are decoded once and for all. The others are decoded here only to find
    the damaged ones before a training begins, and again whenever they are used.
    """
    cached = len(files) * int(np.prod(spec.shape)) <= config.cache_megabytes * 1_000_000
    images = np.empty((len(files) if cached else 0, *spec.shape), dtype=np.uint8)

    def problem(index: int) -> str | None:
        try:
            if cached:
                images[index] = read_file(files[index], spec)
            else:
                check_image(files[index])
        except ProjectError as error:
            # The path stands beside the reason wherever both are shown.
            return error.problem.removeprefix(f"{files[index]} ").removesuffix(".")
        return None

    with ThreadPoolExecutor(config.workers) as pool:
        problems = list(pool.map(problem, range(len(files))))
    usable = [index for index, reason in enumerate(problems) if reason is None]
    if cached:
        return images if len(usable) == len(files) else images[usable], problems
    chosen = tuple(files[index] for index in usable)
    return SampleFiles(files=chosen, input_spec=spec, workers=config.workers), problems


def _class_names(
    folder: Path, tops: Mapping[str, Path], entries: Sequence[_Entry], used: Sequence[_Entry]
) -> tuple[str, ...]:
    """Return the names of the classes in order, if each has an image in every part."""
    class_names = tuple(sorted({entry.class_name for entry in entries}))
    if len(class_names) < 2:
        found = f"one class, {class_names[0]}" if class_names else "no class"
        empty = {path.name for top in tops.values() for path in _visible(top) if path.is_dir()}
        empty -= set(class_names)
        more = f", and nothing in {_and(sorted(empty))}" if empty else ""
        raise ProjectError(f"{folder} holds {found}{more}; at least two are needed.", fix=LAYOUT)
    present = {(entry.part, entry.class_name) for entry in used}
    for part, top in tops.items():
        for name in class_names:
            if (part, name) not in present:
                raise ProjectError(
                    f"{top / name} holds no readable image, but {name} is a class.",
                    fix="Add images, or remove the class everywhere.",
                )
    return class_names
