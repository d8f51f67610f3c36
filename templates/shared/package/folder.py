"""A folder of images: which file belongs to which class, and which to none and why.

folder/<class>/*.png                           divided later, by seed, or
folder/{train,validation,test}/<class>/*.png   divided already
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .config import DataConfig
from .errors import ProjectError
from .images import SUFFIXES, ImageShape, check_image, read_image
from .splits import SPLIT_NAMES, ImageFiles, Skipped, Split

LAYOUT = "A folder of images for each class is wanted, or train, validation and test with those in each."


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

    Raises:
        ProjectError: no such folder, fewer than two classes, or a class without a readable image.
    """
    path = Path(config.source)
    if not path.is_dir():
        raise ProjectError(f'[data] source is "{path}": there is no such folder.', fix=LAYOUT)
    entries = list(_entries(path))
    candidates = [entry for entry in entries if entry.problem is None]
    shape = (config.image_size, config.image_size, config.image_channels)
    images, problems = _opened([entry.file for entry in candidates], shape, config)
    used = [entry for entry, problem in zip(candidates, problems, strict=True) if problem is None]
    skipped = [Skipped(file=str(entry.file), reason=entry.problem) for entry in entries if entry.problem]
    skipped += [
        Skipped(file=str(entry.file), reason=problem)
        for entry, problem in zip(candidates, problems, strict=True)
        if problem is not None
    ]
    class_names = _class_names(path, entries, used)
    labels = np.array([class_names.index(entry.class_name) for entry in used], dtype=np.int64)
    everything = Split(images=images, labels=labels, files=tuple(entry.file for entry in used))
    parts = {
        part: everything.taken(np.flatnonzero([entry.part == part for entry in used]))
        for part in dict.fromkeys(entry.part for entry in entries)
    }
    return Folder(class_names=class_names, parts=parts, skipped=tuple(skipped))


def _entries(folder: Path) -> Iterator[_Entry]:
    """Yield every visible file of every class, in the order of their names, whatever the file system's."""
    divided = all((folder / name).is_dir() for name in SPLIT_NAMES)
    for part in SPLIT_NAMES if divided else ("all",):
        top = folder / part if divided else folder
        for class_folder in _visible(top):
            if not class_folder.is_dir():
                continue
            for file in _visible(class_folder):
                yield _Entry(file, part, class_folder.name, _reason_to_skip(file))


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
    files: Sequence[Path], shape: ImageShape, config: DataConfig
) -> tuple[NDArray[np.uint8] | ImageFiles, list[str | None]]:
    """Return the images that can be used, and for every file what is wrong with it, None if nothing is.

    Images that fit into the cache are decoded once and for all. The others are decoded here only to find
    the damaged ones before a training begins, and again whenever they are used.
    """
    cached = len(files) * int(np.prod(shape)) <= config.cache_megabytes * 1_000_000
    images = np.empty((len(files) if cached else 0, *shape), dtype=np.uint8)

    def problem(index: int) -> str | None:
        try:
            if cached:
                images[index] = read_image(files[index], shape)
            else:
                check_image(files[index])
        except ProjectError as error:
            return error.problem
        return None

    with ThreadPoolExecutor(config.workers) as pool:
        problems = list(pool.map(problem, range(len(files))))
    usable = [index for index, reason in enumerate(problems) if reason is None]
    if cached:
        return images if len(usable) == len(files) else images[usable], problems
    chosen = tuple(files[index] for index in usable)
    return ImageFiles(files=chosen, image_shape=shape, workers=config.workers), problems


def _class_names(folder: Path, entries: Sequence[_Entry], used: Sequence[_Entry]) -> tuple[str, ...]:
    """Return the names of the classes in order, if each has an image in every part."""
    class_names = tuple(sorted({entry.class_name for entry in entries}))
    if len(class_names) < 2:
        found = f"one class, {class_names[0]}" if class_names else "no class"
        raise ProjectError(f"{folder} holds {found}; at least two are needed.", fix=LAYOUT)
    present = {(entry.part, entry.class_name) for entry in used}
    for part in dict.fromkeys(entry.part for entry in entries):
        for name in class_names:
            if (part, name) not in present:
                where = folder / name if part == "all" else folder / part / name
                raise ProjectError(
                    f"{where} holds no readable image, but {name} is a class.",
                    fix="Add images, or remove the class everywhere.",
                )
    return class_names
