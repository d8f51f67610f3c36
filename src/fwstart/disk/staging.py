"""A project appears whole or not at all: it is staged next to its place and moved there in one go."""

from __future__ import annotations

import errno
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from fwstart.disk.destination import UNCHANGED, check_target, disk_errors
from fwstart.disk.leftovers import (
    LOCK,
    PROJECT,
    acquire,
    clear_abandoned,
    close_journal,
    discard,
    staging_name,
    write_journal,
)
from fwstart.errors import FwstartError
from fwstart.terminal.signals import undisturbed
from fwstart.terminal.spelling import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from filelock import BaseFileLock

_ATTEMPTS = 5  # to lock a new staging folder before another process clears it away as abandoned
_OCCUPIED = {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR, errno.EISDIR}


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """Yield an empty folder; what it holds when the block ends becomes the project at `target`.

    A new target appears by one rename; an existing one (empty or with only `.git`) receives the entries one
    by one. When the block or a move fails or is interrupted, everything that this call made is removed again.

    Raises:
        FwstartError: the target is refused, or the disk is.
    """
    check_target(target)
    with disk_errors(target):
        place = target.resolve()
        inside = place.is_dir()
        home = place if inside else place.parent
        with _folders(home), _staging_folder(home, place.name) as staging:
            yield staging / PROJECT
            if inside:
                _move_into(target, place, staging)
            else:
                _move_to(target, place, staging)


@contextmanager
def _folders(folder: Path) -> Iterator[None]:
    """Make `folder` and its missing parents; when the block fails, remove those of them that are empty."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        with undisturbed():
            for path in missing:
                with suppress(OSError):
                    path.rmdir()
        raise


@contextmanager
def _staging_folder(home: Path, name: str) -> Iterator[Path]:
    """Yield a locked staging folder in `home` with an empty `project/`; it is gone when the block ends."""
    clear_abandoned(home, name)
    clear_abandoned(home.parent, name)  # from before the target itself was made
    staging = home / staging_name(name, os.urandom(4).hex())
    lock = None
    try:
        staging.mkdir(mode=0o700)
        lock = _acquire_new(staging)
        (staging / PROJECT).mkdir()
        yield staging
    except BaseException as error:
        _dispose(staging, lock)
        if os.path.lexists(staging):
            error.add_note(f"{shown(staging)} could not be removed: remove it by hand.")
        raise
    _dispose(staging, lock)


def _acquire_new(staging: Path) -> BaseFileLock:
    """Return the lock of a new staging folder, although another process may take the folder for abandoned.

    Between its making and its locking such a process can hold the lock for a moment, or remove the file.
    """
    for attempt in range(_ATTEMPTS):
        time.sleep(0.01 * attempt)
        with suppress(TimeoutError, FileNotFoundError):
            lock = acquire(staging)
            if (staging / LOCK).exists():
                return lock
            lock.release()
    raise BlockingIOError(errno.EAGAIN, "another fwstart is at work here")


def _dispose(staging: Path, lock: BaseFileLock | None) -> None:
    with undisturbed(), suppress(OSError):
        if lock is None:
            staging.rmdir()
        else:
            discard(staging, lock)


def _move_to(target: Path, place: Path, staging: Path) -> None:
    """Make the staged project the new folder `place`, in one rename."""
    try:
        (staging / PROJECT).rename(place)
    except OSError as error:
        if error.errno in _OCCUPIED:
            raise _appeared(target) from error
        raise


def _move_into(target: Path, place: Path, staging: Path) -> None:
    """Move the staged entries into the existing folder `place`; the journal tells how to take them back."""
    check_target(target, own=staging.name)
    write_journal(staging)
    for entry in sorted((staging / PROJECT).iterdir()):
        destination = place / entry.name
        if os.path.lexists(destination):
            raise _appeared(target / entry.name)
        entry.rename(destination)
    close_journal(staging)


def _appeared(path: Path) -> FwstartError:
    problem = f"{shown(path)} appeared while the project was being created."
    return FwstartError(
        problem, fix=f"Choose another folder, or find out what else writes there. {UNCHANGED}"
    )
