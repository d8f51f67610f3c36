"""Folders that are laid out in another way than this project reads: what was found, and what to type."""

import difflib
import mimetypes
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..config.settings import DIGITS, DataConfig
from ..errors import ProjectError, command, quoted
from ..files import is_file, is_folder, visible
from .codec import is_sample_file
from .splits import split_called

LAYOUT = (
    "A data folder has a folder of images for each class, or folders called train, validation (or valid, val)"
    " and test with those in each. A table (labels.csv) can name the class of each file instead."
)
UNPACK = {".zip": "zipfile", ".tar": "tarfile", ".tar.gz": "tarfile", ".tgz": "tarfile"}  # Python's modules
CONVERT = (
    "import sys; from pathlib import Path; from PIL import Image;"
    " [Image.open(f).save(f.with_suffix('.png')) for f in list(Path(sys.argv[1]).rglob('*{suffix}'))"
    " if not f.with_suffix('.png').exists()]"
)
DEPTH = 3  # folders that may lie around a data set
BEFORE_NUMBER = r"[ ._(-]*\d"  # where the class ends in cat.0.jpg, great_pyrenees_12.jpg, cat (1).jpg
SORT_BY_NAME = (
    "import re, sys; from pathlib import Path;"
    " [(d := f.with_name(re.split(r'{pattern}', f.name)[0])).mkdir(exist_ok=True)"
    " or (d / f.name).exists() or f.rename(d / f.name)"
    " for f in list(Path(sys.argv[1]).glob('*[0-9]*{suffix}'))]"
)


def wrong_source(config: DataConfig) -> ProjectError:
    """Return the error for a `config.source` that is neither a folder nor a table."""
    path, words = config.path, f'[data] source is "{config.source}": '
    archives = [path, *(Path(f"{path}{suffix}") for suffix in UNPACK)]
    if packed := next((each for each in archives if is_file(each) and _suffix(each)), None):
        return ProjectError(f"{words}that is an archive, {packed}, not a folder.", fix=_unpacked(packed))
    if is_file(path):
        return ProjectError(f"{words}that is a file, neither a folder nor a table (.csv, .tsv).", fix=LAYOUT)
    if difflib.get_close_matches(config.source.lower(), [DIGITS], n=1):
        return ProjectError(
            f"{words}there is no such folder or table.", fix=f'Did you mean "{DIGITS}"? {LAYOUT}'
        )
    near = [each.name for each in visible(path.parent)] if is_folder(path.parent) else []
    for name in difflib.get_close_matches(path.name, near, n=1):
        there = path.with_name(name)
        return ProjectError(
            f"{words}there is no such folder or table, but there is {there}.", fix=_use(there)
        )
    return ProjectError(f"{words}there is no such folder or table.", fix=LAYOUT)


def check_splits(folder: Path, found: Mapping[str, Path]) -> None:
    """Make sure that folders that are called like splits divide the data: train and one more, with classes.

    Raises:
        ProjectError: they are not; what to type instead.
    """
    names = joined(path.name for path in found.values())
    if "train" not in found:
        raise ProjectError(f"{folder} is divided into {names}, but there is no folder for train.", fix=LAYOUT)
    inner = {split: _unwrapped(path) for split, path in found.items()}
    if any(inner[split] != path and _is_split(inner[split]) for split, path in found.items()):
        raise _otherwise_divided(folder, inner)
    if len(found) == 1:
        others = [path.name for path in folders_in(folder) if path not in found.values()]
        hint = f"If it is a class like {joined(others[:3])}, put images directly into it. " if others else ""
        raise ProjectError(
            f"{folder} holds the split {names}, but neither validation nor test.",
            fix=f"{hint}To divide {names} by seed, {_use(found['train'], 'run')}",
        )
    if flat := [path for path in found.values() if not any(map(visible, folders_in(path)))]:
        raise _without_folders(folder, found, flat)


def check_layout(folder: Path, contents: Mapping[Path, Sequence[Path]]) -> None:
    """Make sure that the folders of `contents`, which holds the files in each, look like two or more classes.

    Raises:
        ProjectError: they do not; what to type instead.
    """
    classes = sorted({each.name for each, files in contents.items() if any(map(_is_like_image, files))})
    parts = _parts([each for each in contents if each.parent == folder])
    if parts and _is_split(parts["train"]):
        raise _otherwise_divided(folder, parts)
    if len(classes) < 2 or parts:
        empty = sorted({each.name for each in contents}.difference(classes))
        found = joined(classes) if len(classes) > 1 else f"one class, {classes[0]}" if classes else "no class"
        more = f", and no image in {joined(empty)}" if empty else ""
        needed = ", which are not classes" if parts else "; at least two are needed"
        raise ProjectError(f"{folder} holds {found}{more}{needed}.", fix=_what_to_use(folder))
    holding = {each: files for each, files in contents.items() if files}
    if any(file.parent == each for each, files in holding.items() for file in files):
        return
    inside = [{file.relative_to(each).parts[0] for file in files} for each, files in holding.items()]
    if len(shared := sorted(set.intersection(*inside))) > 1:
        first, *_ = holding
        raise ProjectError(
            f"{folder}: {joined(each.name for each in holding)} hold folders that are all called"
            f" {joined(shared)}: either may be the classes.",
            fix=f"If {joined(classes)} are, put the images directly into these."
            f" If {joined(shared)} are, choose one folder: {_use(first, 'run')}",
        )


def how_to_convert(folder: Path, suffix: str) -> str:
    """Return what to type to get PNG of all files with this suffix."""
    convert = f'python -c "{CONVERT.format(suffix=suffix)}" {_quoted(folder)}'
    return f"To convert all {suffix} to PNG, run: {_in_turn(convert, _train_with(folder))}"


def folders_in(folder: Path) -> list[Path]:
    """Return the visible folders in a folder."""
    return [path for path in visible(folder) if is_folder(path)]


def joined(names: Iterable[str]) -> str:
    """Return names as in a sentence."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _what_to_use(folder: Path) -> str:
    """Return what in or around a folder without classes seems to be the data, and what to type."""
    level = [folder]
    for _ in range(DEPTH):
        level = [inside for each in level for inside in folders_in(each)]
        if found := [each for each in level if _is_data_set(each)]:
            return f"The classes seem to be in {joined(map(str, found[:3]))}. {_use(found[0])}"
    if from_table := _from_table(folder):
        return from_table
    if packed := [each for each in visible(folder) if is_file(each) and _suffix(each)]:
        return _unpacked(packed[0])
    for each in (folder, *folders_in(folder)):
        if from_names := _from_names(each):
            return from_names
    if _is_data_set(folder.parent) and any(map(_is_like_image, visible(folder))):
        return f"If {folder.name} is one of the classes, {_use(folder.parent, 'run')}"
    return LAYOUT


def _without_folders(folder: Path, found: Mapping[str, Path], flat: Sequence[Path]) -> ProjectError:
    """Return the error for splits, `flat`, in which no folder says what is of which class."""
    number, train = sum(map(_is_like_image, visible(flat[0]))), found["train"]
    images = "1 image" if number == 1 else f"{number} images"
    what = f"{images}, but no folder for a class: it is not known which class each has"
    problem = f"{flat[0]} holds {what if number else 'no images in folders of classes'}."
    if train in flat:
        return ProjectError(problem, fix=_from_table(folder) or _from_names(train) or LAYOUT)
    if len(found) - len(flat) == 1:
        return ProjectError(problem, fix=f"To use {train} alone, divided by seed, {_use(train, 'run')}")
    move = _move({path: path.name for path in flat}, folder / "unlabeled", then=folder)
    return ProjectError(problem, fix=f"To take these splits from train instead, {move}")


def _otherwise_divided(folder: Path, parts: Mapping[str, Path]) -> ProjectError:
    """Return the error for splits that have other names or another folder around them."""
    divided, names = folder / "divided", joined(str(path.relative_to(folder)) for path in parts.values())
    move = _move({path: split for split, path in parts.items()}, divided, then=divided)
    return ProjectError(
        f"{folder} holds {names}. They look like splits, which must be called {joined(parts)}.",
        fix=f"To call them so, {move}",
    )


def _parts(folders: Iterable[Path]) -> Mapping[str, Path]:
    """Return folders like seg_train and seg_test, or what is in them, by split; nothing if there are none."""
    found: defaultdict[tuple[str, ...], dict[str, Path]] = defaultdict(dict)
    for path in folders:
        words = [word for word in re.split(r"[^a-z]+", path.name.lower()) if word]
        for word in words:
            if split := split_called(word):
                found[tuple(each for each in words if each != word)][split] = _unwrapped(path)
    return next((parts for parts in found.values() if "train" in parts and len(parts) > 1), {})


def _unwrapped(path: Path) -> Path:
    """Return the innermost of folders that have nothing else in them."""
    while len(inside := visible(path)) == 1 and is_folder(inside[0]):
        path = inside[0]
    return path


def _is_split(folder: Path) -> bool:
    return split_called(folder.name) is not None or _is_data_set(folder)


def _is_data_set(folder: Path) -> bool:
    """Return whether a folder holds folders of images, or the folders of a division."""
    inside = folders_in(folder)
    splits = {split_called(path.name) for path in inside} - {None}
    with_images = [path for path in inside if any(map(_is_like_image, visible(path)))]
    return len(with_images) > 1 or ("train" in splits and len(splits) > 1)


def _is_like_image(path: Path) -> bool:
    """Return whether a file is called like an image, of any format."""
    kind, _ = mimetypes.guess_type(path.name)
    return is_sample_file(path) or (kind or "").startswith("image/")


def _from_table(folder: Path) -> str:
    """Return how to use a table in a folder, nothing if there is none."""
    tables = [path for path in visible(folder) if path.suffix.lower() in {".csv", ".tsv"}]
    tables.sort(key=lambda path: not re.search("train|label", path.name.lower()))
    return f"If {tables[0]} says which class each file has, {_use(tables[0], 'run')}" if tables else ""


def _from_names(folder: Path) -> str:
    """Return how to sort files that are called cat.0.jpg, dog.0.jpg, nothing if they are not."""
    files = [path for path in visible(folder) if is_file(path) and _is_like_image(path)]
    names = sorted({re.split(BEFORE_NUMBER, path.name)[0] for path in files})
    if not 2 <= len(names) <= len(files) / 2 or not all(names):
        return ""
    code = SORT_BY_NAME.format(pattern=BEFORE_NUMBER, suffix=files[0].suffix)
    begin = joined(names) if len(names) < 4 else f"{names[0]}, {names[1]} and {len(names) - 2} more words"
    sort = f'python -c "{code}" {_quoted(folder)}'
    steps = _in_turn(sort, _train_with(folder))
    return f"The names begin with {begin}. If these are the classes, run: {steps}"


def _unpacked(archive: Path) -> str:
    folder = archive.with_name(archive.name.removesuffix(_suffix(archive)))
    unpack = f"python -m {UNPACK[_suffix(archive).lower()]} -e {_quoted(archive)} {_quoted(folder)}"
    return f"Unpack it: {_in_turn(unpack, _train_with(folder))}"


def _suffix(path: Path) -> str:
    """Return the suffix of an archive that Python can unpack, nothing for other files."""
    return next((path.name[-len(each) :] for each in UNPACK if path.name.lower().endswith(each)), "")


def _use(path: Path, run: str = "Run") -> str:
    return f"{run}: {_train_with(path)}"


def _move(names: Mapping[Path, str], folder: Path, *, then: Path) -> str:
    """Return how to move what has these `names` in a new folder there, and then to train with another one.

    It is a command, but in words on Windows, whose shells have no command in common.
    """
    if sys.platform == "win32":
        moves = joined(f"{path} to {folder / name}" for path, name in names.items())
        return f"make the folder {folder} and move {moves}. Then run: {_train_with(then)}"
    moves = [f"mv {_quoted(path)} {_quoted(folder / name)}" for path, name in names.items()]
    return f"run: {_in_turn(f'mkdir {_quoted(folder)}', *moves, _train_with(then))}"


def _in_turn(*commands: str) -> str:
    """Return commands of which each is for after the one before; not all shells of Windows know `&&`."""
    return (", and then: " if sys.platform == "win32" else " && ").join(commands)


def _train_with(source: Path) -> str:
    return command(f"train --set {_quoted(f'data.source={source}')}")


def _quoted(text: Path | str) -> str:
    return quoted([str(text)])
