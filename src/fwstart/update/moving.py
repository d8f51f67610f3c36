"""Moves files, each completely or not at all, and finds out whether one has changed."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BLOCK_BYTES = 1 << 20


def fingerprint(path: Path) -> str:
    """Return what distinguishes a file's content, link or executable bit; empty: nothing is there."""
    try:
        if path.is_symlink():
            return f"link {os.fsencode(path.readlink()).hex()}"
        if path.is_dir():
            return "folder"
        if not path.is_file():
            return "special" if os.path.lexists(path) else ""
        digest = sha256()
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
            executable = bool(os.fstat(file.fileno()).st_mode & 0o100)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    return f"{'program' if executable else 'file'} {digest.hexdigest()}"


def move(source: Path, destination: Path) -> None:
    """Move a file, whole or not at all, over one that may be there; also to another file system."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.replace(destination)
    except OSError as error:
        if not is_other_file_system(error):
            raise
        draft = draft_of(destination)
        try:
            shutil.copy2(source, draft, follow_symlinks=False)
            draft.replace(destination)
        finally:
            draft.unlink(missing_ok=True)
        source.unlink()


def move_new(source: Path, destination: Path) -> None:
    """Move a file to an empty place; what appears there in the meantime is not overwritten.

    Raises:
        FileExistsError: something is there.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, destination, follow_symlinks=False)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # no hard links there, or another file system
        if os.path.lexists(destination):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(destination)) from None
        move(source, destination)
    else:
        source.unlink()


def keep(source: Path, copy: Path) -> None:
    """Give a file a second name, or else a copy: the first name is never without a file."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, copy, follow_symlinks=False)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):
        shutil.copy2(source, copy, follow_symlinks=False)


def draft_of(destination: Path) -> Path:
    """Return where a file is written that comes from another file system, before it takes its place."""
    return destination.with_name(f".fwstart-{sha256(os.fsencode(destination.name)).hexdigest()[:12]}")


def is_other_file_system(error: OSError) -> bool:
    """Whether a move failed because it would lead to another file system."""
    return error.errno == errno.EXDEV


def through_link(project: Path, path: str) -> bool:
    """Whether a path below the project leads through a link, or through something that is not a folder."""
    parents = [parent for parent in (project / path).parents if project in parent.parents]
    return any(parent.is_symlink() or (parent.exists() and not parent.is_dir()) for parent in parents)


def sync(path: Path) -> None:
    """Flush a file, or the names in a folder, to disk."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # no link, no pipe
    with suppress(OSError):  # folders on Windows, and file systems without support for it
        number = os.open(path, flags)
        try:
            os.fsync(number)
        finally:
            os.close(number)
