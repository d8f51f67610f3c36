"""Where an update keeps files while it replaces them: in the git directory, out of reach of commits.

Nothing there comes with a clone. Its content is still not trusted: a link in the place of the folder, and
paths that lead out of the project, are refused.
"""

from __future__ import annotations

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

    @property
    def index_lock(self) -> Path:
        """By which git keeps another git away from the index."""
        return self.index.with_name(f"{self.index.name}.lock")

    @property
    def owns_index_lock(self) -> bool:
        """Whether git's lock exists and an update of this project made it, possibly one that was killed."""
        with suppress(OSError):
            return self.index_lock.read_bytes() == self._signature  # git's own holds an index
        return False

    def refuse_busy(self) -> None:
        """Refuse a repository in which another git is at work; remove the lock of an update that was killed.

        Raises:
            FwstartError: git's index is locked.
        """
        if self.owns_index_lock:
            self.index_lock.unlink()
        if self.index_lock.exists():
            raise self._busy()

    def _busy(self) -> FwstartError:
        problem = f"Another git process is using this repository: {shown(self.index_lock)} exists."
        fix = "Wait for it; if none is running, remove that file. Then try again. Nothing was changed."
        return FwstartError(problem, fix=fix)

    @property
    def _signature(self) -> bytes:
        return f"{self.folder.name} {self.prefix!r}\n".encode()

    @contextmanager
    def index_held(self) -> Iterator[None]:
        """Keep git from writing the index for a moment; held longer, a kill would leave git locked.

        Raises:
            FwstartError: another git is at work in the repository.
        """
        self.refuse_busy()
        try:
            with self.index_lock.open("xb") as file:
                file.write(self._signature)
        except FileExistsError as error:
            raise self._busy() from error
        try:
            yield
        finally:
            if self.owns_index_lock:
                self.index_lock.unlink()

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
            with suppress(OSError):  # a repository that several people share: as they share its index
                Path(lock.lock_file).chmod(self.index.stat().st_mode & 0o666)
        except Timeout:
            problem = f"Another fwstart is updating {shown(self.project)} right now."
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
    if not project.is_dir():
        return None
    asked = run_git(project, "rev-parse", "--is-inside-work-tree") if shutil.which("git") else None
    if asked is None or asked.output != "true\n":
        _refuse_unseen(project, asked.words if asked else "it is not installed")
        return None
    prefix = git_line(project, "rev-parse", "--show-prefix")
    # Several projects may lie in one repository, and be updated at the same time.
    name = f"{NAME}-{sha256(os.fsencode(prefix)).hexdigest()[:12]}" if prefix else NAME
    folder = Path(git_line(project, "rev-parse", "--absolute-git-dir"), name)
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        problem = f"{shown(folder)} is not a folder that fwstart made: something else stands in its place."
        raise FwstartError(problem, fix="Move it away, then try again. Nothing was touched.")
    return Workplace(project=project, prefix=prefix, folder=folder)


def _refuse_unseen(project: Path, why: str) -> None:
    """Refuse a half-updated project if git does not help to find that out.

    Raises:
        FwstartError: the git directory, found without git, holds what a stopped update noted.
    """
    found = next(
        (folder / ".git" for folder in (project, *project.parents) if (folder / ".git").exists()), None
    )
    with suppress(OSError, UnicodeDecodeError):
        if found is not None and found.is_file():
            found = found.parent / found.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        if found is not None and any(found.glob(f"{NAME}*/journal.json")):
            problem = (
                f"An earlier update was stopped halfway in {shown(found.parent)}, and git cannot help: {why}."
            )
            raise FwstartError(problem, fix="Fix that, then run fwstart update. Nothing was touched.")
