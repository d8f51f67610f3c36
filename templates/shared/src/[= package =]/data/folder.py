"""A folder of images: which file belongs to which class, and why any other is not used.

folder/<class>/*.png                           divided later, by seed, or
folder/{train,validation,test}/<class>/*.png   divided already

Names that start with a dot are ignored.
"""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ..config.settings import DIGITS, DataConfig
from ..errors import ProjectError
from .cache import open_samples
from .codec import InputSpec, bits_in_use, is_sample_file
from .images import SUFFIXES
from .splits import Skipped, Source, Split, SplitName

LAYOUT = (
    "A data folder has a folder of images for each class, or folders called train, validation (or valid, val)"
    " and test with those in each."
)
SPLIT_FOLDERS: Mapping[SplitName, tuple[str, ...]] = {  # in lower or upper case
    "train": ("train",),
    "validation": ("validation", "valid", "val"),
    "test": ("test",),
}


def open_folder(config: DataConfig, *, bits: int | None = None) -> Source:
    """Return the images of the folder `config.source`, and what in it is not used.

    Folders called train, validation (or valid, val) and test are its splits, in lower or upper case. If only
    one or two of these are there, they are classes like any other, unless one of them holds folders and no
    image, or there is no class with another name: then the division is incomplete, which is an error.
    A class folder with nothing in it is skipped; if nothing in it can be read, it is an error. `bits` are
    those of the input specification, if a run has it already.

    Raises:
        ProjectError: no such folder, an incomplete division, fewer than two classes, or an empty class.
    """
    folder = _folder(config)
    tops = _tops(folder)
    contents = {each: _visible(each) for top in tops.values() for each in _visible(top) if each.is_dir()}
    class_names = _class_names(folder, contents)
    skipped = _skipped(folder, tops, contents)
    files = [file for inside in contents.values() for file in inside if file not in skipped]
    spec = _input_spec(files, config, bits)
    opened = open_samples(files, spec, config)
    skipped |= opened.damaged
    used = [file for file in files if file not in skipped]
    present = {file.parent for file in used}
    missing = [top / name for top in tops.values() for name in class_names if top / name not in present]
    if missing:
        raise ProjectError(
            f"{missing[0]} holds no readable image, but {missing[0].name} is a class.",
            fix="Add images, or remove the class everywhere.",
        )
    labels = np.array([class_names.index(file.parent.name) for file in used], dtype=np.int64)
    samples = Split(inputs=opened.inputs, labels=labels, files=tuple(used))
    chosen = {part: [file.parent.parent == top for file in used] for part, top in tops.items()}
    return Source(
        parts={part: samples.taken(np.flatnonzero(each)) for part, each in chosen.items()},
        class_names=class_names,
        bits=spec.bits,
        storage=opened.storage,
        skipped=tuple(Skipped(file=str(path), reason=why) for path, why in skipped.items()),
    )


def _folder(config: DataConfig) -> Path:
    folder = Path(config.source)
    if folder.is_dir():
        return folder
    meant = difflib.get_close_matches(config.source.lower(), [DIGITS], n=1)
    raise ProjectError(
        f'[data] source is "{config.source}": there is no such folder.',
        fix=f'Did you mean "{DIGITS}"? {LAYOUT}' if meant else LAYOUT,
    )


def _input_spec(files: Sequence[Path], config: DataConfig, bits: int | None) -> InputSpec:
    return InputSpec(
        shape=(config.image_size, config.image_size, config.image_channels),
        bits=bits or bits_in_use(files, workers=config.workers),
    )


def _tops(folder: Path) -> Mapping[str, Path]:
    """Return the folders that hold the class folders: one called `all`, or one for each split."""
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
        present = _and([path.name for path in like_splits])
        raise ProjectError(
            f"{folder} is divided into {present}, but there is no folder for {_and(missing)}.",
            fix=f"Add what is missing, or put the class folders directly into {folder}. {LAYOUT}",
        )
    for split, paths in found.items():
        if len(paths) > 1:
            names = _and([path.name for path in paths])
            raise ProjectError(
                f"{folder} holds {names}: each is called like the {split} split.",
                fix="Put their images together into one of them.",
            )
    return {split: paths[0] for split, paths in found.items()}


def _looks_divided(folder: Path) -> bool:
    """Return whether a folder looks like a split, not like a class: it holds folders and no image."""
    inside = _visible(folder)
    return any(path.is_dir() for path in inside) and not any(
        path.is_file() and is_sample_file(path) for path in inside
    )


def _class_names(folder: Path, contents: Mapping[Path, Sequence[Path]]) -> tuple[str, ...]:
    """Return the names of the class folders that hold anything, in order; `contents` has all of them."""
    class_names = sorted({each.name for each, inside in contents.items() if inside})
    if len(class_names) < 2:
        found = f"one class, {class_names[0]}" if class_names else "no class"
        empty = sorted({each.name for each in contents}.difference(class_names))
        more = f", and nothing in {_and(empty)}" if empty else ""
        raise ProjectError(f"{folder} holds {found}{more}; at least two are needed.", fix=LAYOUT)
    return tuple(class_names)


def _skipped(
    folder: Path, tops: Mapping[str, Path], contents: Mapping[Path, Sequence[Path]]
) -> dict[Path, str]:
    """Return the paths that are not even opened, and why."""
    skipped = {}
    for path in (path for top in (folder, *tops.values()) for path in _visible(top)):
        if not path.is_dir():
            skipped[path] = "lies in no class folder"
        elif path not in contents and path not in tops.values():
            skipped[path] = "a folder next to the splits is not used"
        elif path in contents and not contents[path]:
            skipped[path] = "an empty class folder: no image in it"
    for path in (path for inside in contents.values() for path in inside):
        if path.is_dir():
            skipped[path] = "a folder within a class is not used"
        elif not path.exists():
            skipped[path] = "a link that leads nowhere"
        elif not path.is_file() or not is_sample_file(path):
            skipped[path] = f"not called like an image ({', '.join(SUFFIXES)})"
    return skipped


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _and(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
