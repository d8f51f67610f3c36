"""Files: found in folders, and written completely or not at all; the folder for what can be made again."""

import hashlib
import json
import math
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

from .errors import ProjectError

# Path's methods raise an error where the system does not let you look, until Python 3.14.
is_there, is_file, is_folder = os.path.exists, os.path.isfile, os.path.isdir
LONGEST_NAME = 24  # characters of a name in a picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Left by file managers, network drives and trash cans; compared in lower case.
NOT_DATA = (
    "#recycle", "$recycle.bin", "@eadir", "__macosx", "__pycache__", "desktop.ini", "lost+found",
    "system volume information", "thumbs.db",
)  # fmt: skip


def visible(folder: Path) -> list[Path]:
    """Return what is in a folder, sorted, but nothing that starts with a dot or that systems leave there.

    Raises:
        ProjectError: it cannot be read.
    """
    try:
        paths = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        raise ProjectError(
            f"{folder} cannot be read ({error.strerror}).",
            fix="Let yourself read it, or name another folder.",
        ) from error
    return sorted(path for path in paths if path.name.lower() not in NOT_DATA)


def last_part(path: str) -> str:
    """Return the last part of a path of any system."""
    return PureWindowsPath(path).name or "."


def files_below(folder: Path, *, above: frozenset[Path] = frozenset()) -> list[Path]:
    """Return the visible files in `folder` and in its visible folders, sorted; links are followed.

    A link that leads nowhere is a file; one to a folder that it lies in (`above`) is left out.
    """
    real = folder.resolve()
    above |= {real, *real.parents}
    files: list[Path] = []
    for path in visible(folder):
        if not is_folder(path):
            files.append(path)
        elif path.resolve() not in above:
            files += files_below(path, above=above)
    return files


@contextmanager
def replacing(path: Path, *, earlier_as: Path | None = None) -> Iterator[Path]:
    """Yield a temporary path next to `path`; the file written there replaces it when the block succeeds.

    A crash, a full disk or an exception in the block leaves the earlier file as it was. With `earlier_as`
    that file is kept under this name; at no moment is `path` missing.

    Raises:
        ProjectError: it cannot be written, for example because the disk is full.
    """
    # The suffix stays: Keras chooses a file's format by it.
    temporary = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        if earlier_as and path.exists():
            _keep(path, earlier_as)
        temporary.replace(path)
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be written ({error.strerror or error}). What was saved before is kept.",
            fix="Free some space on the disk, or choose another folder: --set runs_folder=PATH.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _keep(path: Path, other: Path) -> None:
    """Give the file at `path` a second name; where hard links are not supported, only that one."""
    other.unlink(missing_ok=True)
    try:
        other.hardlink_to(path)
    except OSError:
        path.replace(other)


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write `value` to `path` atomically, indented for people."""
    text = json.dumps(in_json(value), indent=2, ensure_ascii=False)
    with replacing(path) as temporary:
        temporary.write_text(f"{text}\n", encoding="utf-8")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def in_json(value: object) -> object:
    """Return `value` with None for NaN and infinity, which JSON does not have: most readers refuse them."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: in_json(each) for key, each in value.items()}
    return [in_json(each) for each in value] if isinstance(value, list | tuple) else value


def save_figure(figure: "Figure", path: Path) -> None:
    """Write a figure as PNG, completely or not at all."""
    with replacing(path) as temporary, warnings.catch_warnings():
        # A class name in a script that the font lacks is drawn as boxes: that is not worth a warning.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(temporary)


def shortened(name: str) -> str:
    """Return a name that leaves room for what is drawn: its end often tells it from the others."""
    half = LONGEST_NAME // 2
    return name if len(name) <= LONGEST_NAME else f"{name[:half]}…{name[1 - half :]}"


@contextmanager
def using_cache(folder: Path) -> Iterator[None]:
    """Use a folder below `user_cache()` in the block, which need not be there yet.

    Raises:
        ProjectError: it cannot be read or written; the fix names the variable that chooses another one.
    """
    try:
        yield
    except OSError as error:
        variable = {"win32": "LOCALAPPDATA", "darwin": "HOME"}.get(sys.platform, "XDG_CACHE_HOME")
        raise ProjectError(
            f"The cache {folder} cannot be used ({error.strerror or error}).",
            fix=f"Let yourself write there, make room on the disk, or set {variable} to another folder.",
        ) from error


def user_cache() -> Path:
    """Return this user's folder for what can be made or downloaded again; it may not be there yet."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
