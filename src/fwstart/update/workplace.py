"""Where an update keeps files while they change places: in the git directory, out of reach of commits.

Nothing there comes with a clone. It is still read as what a stranger may have written: a link in the place of
the folder, and paths that lead out of the project, are refused.
"""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from fwstart.errors import FwstartError
from fwstart.git.run import git_line, run_git
from fwstart.terminal.spelling import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "fwstart-update"
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """The folder of one project's updates; `prefix` is where in its repository the project lies."""

    project: Path
    prefix: str
    folder: Path

    @property
    def new(self) -> Path:
        """Files that are about to be moved to their places."""
        return self.folder / "new"

    @property
    def old(self) -> Path:
        """Files that were there before."""
        return self.folder / "old"

    @property
    def index_before(self) -> Path:
        """Git's index as it was before."""
        return self.folder / "index.before"

    @property
    def index_after(self) -> Path:
        """Git's index with the conflicts marked."""
        return self.folder / "index.after"

    @property
    def journal(self) -> Path:
        """What changes places, from before the first file does until after the last one has."""
        return self.folder / "journal.json"

    @property
    def top(self) -> Path:
        """The folder in which the repository's working tree begins."""
        return Path(git_line(self.project, "rev-parse", "--show-toplevel"))

    @property
    def index(self) -> Path:
        """The index that git uses."""
        found = git_line(self.project, "rev-parse", "--path-format=absolute", "--git-path", "index")
        return Path(found)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock that keeps two updates of the same project apart.

        Raises:
            FwstartError: another update holds it, or the git directory may not be written to.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(self.folder.with_name(f"{self.folder.name}.lock"), blocking=False)
        try:
            lock.acquire()
        except Timeout:
            problem = f"Another fwstart is updating {shown(self.project)} just now."
            raise FwstartError(problem, fix="Wait for it, then try again.") from None
        try:
            yield
        finally:
            lock.release()

    def clear(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)


def find_workplace(project: Path) -> Workplace | None:
    """Return the workplace of the project, None where it does not lie in the working tree of a repository.

    Raises:
        FwstartError: a link stands in its place.
    """
    project = project.resolve()
    if not project.is_dir() or shutil.which("git") is None:
        return None
    if run_git(project, "rev-parse", "--is-inside-work-tree").output != "true\n":
        return None
    prefix = git_line(project, "rev-parse", "--show-prefix")
    # Several projects may lie in one repository, and be updated at the same time.
    name = f"{NAME}-{sha256(os.fsencode(prefix)).hexdigest()[:12]}" if prefix else NAME
    folder = Path(git_line(project, "rev-parse", "--absolute-git-dir"), name)
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        problem = f"{shown(folder)} is not a folder that fwstart made: something else stands in its place."
        raise FwstartError(problem, fix="Move it away, then try again. Nothing was touched.")
    return Workplace(project=project, prefix=prefix, folder=folder)


def fingerprint(path: Path) -> str:
    """Return what tells a file's content, link or executable bit from another; empty: nothing there."""
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
        draft = destination.with_name(f".fwstart-{sha256(os.fsencode(destination.name)).hexdigest()[:12]}")
        try:
            shutil.copy2(source, draft, follow_symlinks=False)
            draft.replace(destination)
        finally:
            draft.unlink(missing_ok=True)
        source.unlink()


def is_other_file_system(error: OSError) -> bool:
    """Whether a move failed because it would lead to another file system."""
    return error.errno == errno.EXDEV


def through_link(project: Path, path: str) -> bool:
    """Whether a path below the project leads through a link, or through something that is not a folder."""
    parents = [parent for parent in (project / path).parents if project in parent.parents]
    return any(parent.is_symlink() or (parent.exists() and not parent.is_dir()) for parent in parents)


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    with suppress(OSError):  # folders on Windows, and file systems that know no such thing
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
