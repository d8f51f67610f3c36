"""Where a project may be created: at a path that is new, empty or contains only `.git`, and nowhere else."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fwstart.disk.leftovers import find_staging, is_running, moved_entries
from fwstart.errors import FwstartError
from fwstart.terminal.spelling import list_paths, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

UNCHANGED = "Nothing was changed."


def check_target(target: Path, *, own: str | None = None) -> None:
    """Refuse a target where no project may be created; nothing on disk is touched.

    `own` names the caller's own staging folder inside the target, which does not count as content.

    Raises:
        FwstartError: what is in the way, and what to do.
    """
    with disk_errors(target):
        if target.is_dir():
            _check_folder(target, own)
        elif target.is_symlink():
            problem = f"{shown(target)} is a link to something that does not exist."
            raise FwstartError(problem, fix=f"Remove the link or choose another folder. {UNCHANGED}")
        elif target.exists():
            problem = f"{shown(target)} is a file, not a folder."
            raise FwstartError(problem, fix=f"Choose another name for the project. {UNCHANGED}")
        else:
            _check_parent(target)


def _check_folder(target: Path, own: str | None) -> None:
    _check_writable(target)
    entries = [entry for entry in target.iterdir() if entry.name != ".git"]
    abandoned: set[Path] = set()
    for staging in find_staging(target, target.resolve().name):
        if staging.name != own and is_running(staging):
            problem = f"Another fwstart is creating a project in {shown(target)} right now."
            raise FwstartError(problem, fix=f"Wait for it or choose another folder. {UNCHANGED}")
        abandoned |= {staging, *moved_entries(staging, target)}
    # A staging folder that has gone since, with its process, is no conflict.
    conflicts = [entry for entry in entries if entry not in abandoned and os.path.lexists(entry)]
    if conflicts:
        problem = f"{shown(target)} is not empty: it contains {list_entries(conflicts)}."
        raise FwstartError(
            problem, fix=f"Choose a folder that is new, empty or contains only .git. {UNCHANGED}"
        )


def _check_parent(target: Path) -> None:
    """Refuse a target below something that is not a folder, or below one that may not be written to."""
    parent = next(folder for folder in target.absolute().parents if folder.is_symlink() or folder.exists())
    if not parent.is_dir():
        kind = "a link to something that does not exist" if parent.is_symlink() else "a file"
        problem = f"{shown(target)} cannot be created: {shown(parent)} is {kind}."
        raise FwstartError(problem, fix=f"Choose another folder. {UNCHANGED}")
    _check_writable(parent)


def _check_writable(folder: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        problem = f"{shown(folder)} cannot be written to: it is read-only or belongs to someone else."
        raise FwstartError(problem, fix=f"Choose a folder that you may write to. {UNCHANGED}")


def list_entries(entries: Sequence[Path]) -> str:
    """Return the first ten names, folders with a slash, and how many more there are."""
    return list_paths(entry.name + ("/" if entry.is_dir() else "") for entry in entries)


@contextmanager
def disk_errors(target: Path) -> Iterator[None]:
    """Turn the operating system's errors about `target` into an error that says what to do."""
    try:
        yield
    except FwstartError as error:
        error.fix = _with_notes(error.fix, error)
        raise
    except OSError as error:
        reason, fix = _EXPLANATIONS.get(error.errno or 0, (str(error), "Choose another folder."))
        problem = f"No project can be created at {shown(target)}: {reason}."
        raise FwstartError(problem, fix=_with_notes(fix, error)) from error


@contextmanager
def temporary_errors() -> Iterator[None]:
    """Turn the operating system's errors about temporary files into an error that says what to do."""
    folder = tempfile.gettempdir()
    try:
        yield
    except OSError as error:
        reason, _ = _EXPLANATIONS.get(error.errno or 0, (str(error), ""))
        problem = f"Nothing can be rendered in {shown(folder)}, the folder for temporary files: {reason}."
        fix = (
            f"Set TMPDIR to a folder that you may write to, on a disk with a few megabytes free. {UNCHANGED}"
        )
        raise FwstartError(problem, fix=_with_notes(fix, error)) from error


def _with_notes(fix: str, error: Exception) -> str:
    """Return the fix and the notes that cleaning up added to the error: nothing left behind is hidden."""
    return " ".join((fix, *getattr(error, "__notes__", ())))


_READ_ONLY = ("the disk is read-only", "Choose a folder on another disk.")
_FULL = ("the disk is full", "Free a few megabytes or choose a folder on another disk.")
_FORBIDDEN = ("permission was denied", "Choose a folder that you may write to.")
_EXPLANATIONS = {
    errno.EROFS: _READ_ONLY,
    errno.ENOSPC: _FULL,
    errno.EDQUOT: ("your disk quota is used up", _FULL[1]),
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EEXIST: ("something else is being written there", "Wait for it or choose another folder."),
    errno.ENOENT: (
        "a folder in its path no longer exists",
        "Change to a folder that exists, then try again.",
    ),
    errno.ENAMETOOLONG: ("the path is too long", "Choose a shorter name or a folder with a shorter path."),
}
