"""Staging folders: their names, locks and journals, and how what a killed run left is recognized and removed.

A staging folder holds `lock` (an operating system's lock, which dies with its process), `project/` (what is
being rendered) and, while entries are moved into an existing target, `journal.json`. A journal means that the
moves were not completed and that what it names may lie in the target already.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from filelock import BaseFileLock

LOCK = "lock"
PROJECT = "project"
JOURNAL = "journal.json"


def staging_name(name: str, token: str) -> str:
    """Return the name of a staging folder for the target `name`; `token` is eight hexadecimal digits."""
    return f".{name}.fwstart-{token}"


def find_staging(folder: Path, name: str) -> tuple[Path, ...]:
    """Return the staging folders in `folder` for the target `name`, those of running processes included."""
    pattern = re.compile(re.escape(f".{name}.fwstart-") + "[0-9a-f]{8}")
    return tuple(entry for entry in folder.iterdir() if pattern.fullmatch(entry.name) and _is_ours(entry))


def _is_ours(staging: Path) -> bool:
    """Return whether a folder of such a name is a staging folder: a real one, with nothing foreign in it."""
    if staging.is_symlink() or not staging.is_dir():
        return False
    with suppress(OSError):
        return {entry.name for entry in staging.iterdir()} <= {LOCK, PROJECT, JOURNAL}
    return False


def acquire(staging: Path) -> BaseFileLock:
    """Return the staging folder's lock, held by this process.

    Raises:
        TimeoutError: another process holds it.
    """
    from filelock import FileLock  # 40 ms that only `new` needs

    lock = FileLock(staging / LOCK)
    lock.acquire(blocking=False)
    return lock


def is_running(staging: Path) -> bool:
    """Return whether a live process holds the lock.

    A folder without a lock file is empty: its process died before it could lock, or is just removing it.
    Where the lock cannot be tried, it counts as held: what is not known is left alone.
    """
    if not (staging / LOCK).exists():
        return False
    try:
        lock = acquire(staging)
    except OSError:
        return True
    if (staging / PROJECT).exists():
        lock.release()
    else:  # nothing was staged; perhaps its run has just ended and taking the lock made the folder again
        discard(staging, lock)
    return False


def clear_abandoned(folder: Path, name: str) -> None:
    """Remove what killed runs left in `folder` for the target `name`; what a live process holds stays."""
    staging_folders: tuple[Path, ...] = ()
    with suppress(OSError):
        staging_folders = find_staging(folder, name)
    for staging in staging_folders:
        with suppress(OSError):
            if (staging / LOCK).exists():
                discard(staging, acquire(staging))
            else:
                staging.rmdir()


def discard(staging: Path, lock: BaseFileLock) -> None:
    """Remove a staging folder and what its unfinished moves left in the folder around it, as far as possible.

    The lock goes last, so that the next run completes a removal that is itself cut short, and while it is
    held, so that no other process can take hold of it.
    """
    try:
        with suppress(OSError):
            for entry in moved_entries(staging, staging.parent):
                _remove(entry)
            for path in (staging / JOURNAL, staging / PROJECT, staging / LOCK):
                _remove(path)
    finally:
        lock.release()
    with suppress(OSError):
        if sys.platform == "win32":  # where the lock's file cannot be removed while it is held
            (staging / LOCK).unlink(missing_ok=True)
        staging.rmdir()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_journal(staging: Path) -> None:
    """Record every file and folder of `project/`, so that exactly these can be taken back from the target."""
    project = staging / PROJECT
    recorded = {path.relative_to(project).as_posix(): _signature(path) for path in project.rglob("*")}
    (staging / JOURNAL).write_text(json.dumps(recorded), encoding="utf-8")


def close_journal(staging: Path) -> None:
    """Declare the moves complete: from here on, what lies in the target is the user's."""
    (staging / JOURNAL).unlink()


def moved_entries(staging: Path, target: Path) -> tuple[Path, ...]:
    """Return the target's entries that the journal's run moved there and that nobody has changed since."""
    journal = _read_journal(staging)
    if not journal:
        return ()
    moved = (entry for entry in target.iterdir() if not _lies_in(staging / PROJECT, entry.name))
    return tuple(entry for entry in moved if _is_recorded(entry, target, journal))


def _lies_in(folder: Path, name: str) -> bool:
    return (folder / name).is_symlink() or (folder / name).exists()


def _read_journal(staging: Path) -> Mapping[str, list[int] | None]:
    """Return the journal; empty where there is none or it was cut short: then nothing was moved yet."""
    try:
        recorded: dict[str, list[int] | None] = json.loads((staging / JOURNAL).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return recorded


def _is_recorded(entry: Path, target: Path, journal: Mapping[str, list[int] | None]) -> bool:
    """Return whether an entry and all that is in it have the size and the time that the journal says."""
    for path in chain((entry,), entry.rglob("*")):
        relative = path.relative_to(target).as_posix()
        if relative not in journal or journal[relative] != _signature(path):
            return False
    return True


def _signature(path: Path) -> list[int] | None:
    """Return size and time of modification in ns, None for a folder (its time changes with what is in it)."""
    status = path.lstat()
    return None if path.is_dir() and not path.is_symlink() else [status.st_size, status.st_mtime_ns]
