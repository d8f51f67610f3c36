"""A folder of images: which file belongs to which class, and why any other is not used.

folder/<class>/**/*.png                        divided later, by seed, or
folder/{train,validation,test}/<class>/*.png   divided already; one of the last two may be missing

Names that start with a dot, and folders of the system such as __MACOSX, are ignored.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from ..config.settings import DataConfig
from ..errors import ProjectError
from ..files import files_below, is_file, is_folder, visible
from .codec import is_sample_file
from .layouts import check_layout, check_splits, folders_in, joined, wrong_source
from .listing import Listed, open_listed, problem_of
from .splits import SPLIT_NAMES, Skipped, Source, SplitName, split_called


def open_folder(config: DataConfig, *, bits: int | None = None) -> Source:
    """Return the images of the folder `config.source`, and what in it is not used.

    Folders called train, validation (or valid, val) and test are its splits, in lower or upper case. If only
    one or two of these are there, they are classes like any other, unless one of them holds folders and no
    image, or there is no class with another name. A class folder with nothing in it is skipped; if nothing
    in it can be read, it is an error. `bits` are those of the input specification, if a run has it already.

    Raises:
        ProjectError: no such folder, a division without train, fewer than two classes, classes whose names
            look alike, or an empty class.
    """
    folder = config.path
    if not is_folder(folder):
        raise wrong_source(config)
    tops = _tops(folder)
    contents = {path: files_below(path) for top in tops.values() for path in folders_in(top)}
    check_layout(folder, contents)
    listed = [
        Listed(file=file, class_name=class_folder.name, part=part, problem=problem_of(file))
        for part, top in tops.items()
        for class_folder in folders_in(top)
        for file in contents[class_folder]
    ]
    return open_listed(listed, tuple(_others(folder, tops.values(), contents)), config, bits)


def _tops(folder: Path) -> Mapping[str, Path]:
    """Return the folders that hold the class folders: one called `all`, or one for each split."""
    folders = folders_in(folder)
    found: dict[SplitName, list[Path]] = {}
    for path in folders:
        if split := split_called(path.name):
            found.setdefault(split, []).append(path)
    like_splits = [path for paths in found.values() for path in paths]
    are_splits = (
        len(found) == len(SPLIT_NAMES)
        or len(like_splits) == len(folders)
        or any(map(_looks_divided, like_splits))
    )
    if not like_splits or not are_splits:
        return {"all": folder}
    for split, paths in found.items():
        if len(paths) > 1:
            raise ProjectError(
                f"{folder} holds {joined(each.name for each in paths)}: each is called like"
                f" the {split} split.",
                fix="Put their images together into one of them.",
            )
    tops: dict[str, Path] = {split: found[split][0] for split in SPLIT_NAMES if split in found}
    check_splits(folder, tops)
    return tops


def _looks_divided(folder: Path) -> bool:
    """Return whether a folder looks like a split, not like a class: it holds folders and no image."""
    return bool(folders_in(folder)) and not any(
        is_file(path) and is_sample_file(path) for path in visible(folder)
    )


def _others(
    folder: Path, tops: Collection[Path], contents: Mapping[Path, Sequence[Path]]
) -> Iterator[Skipped]:
    """Yield what belongs to no class, and why."""
    for path in (path for top in dict.fromkeys((folder, *tops)) for path in visible(top)):
        if not is_folder(path):
            labels = "; if it is a table of labels, set source to it" if path.suffix.lower() == ".csv" else ""
            yield Skipped(file=str(path), reason=f"lies in no class folder{labels}")
        elif path not in contents and path not in tops:
            yield Skipped(file=str(path), reason="a folder next to the splits is not used")
        elif not contents.get(path, path):
            yield Skipped(file=str(path), reason="an empty class folder: no image in it")
