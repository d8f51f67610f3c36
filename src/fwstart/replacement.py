"""Replaces files of a project, all of them or none: what was there is set aside and, on failure, put back.

New files are written in `.fwstart-update/new` within the project and moved to their places; the old ones are
moved to `.fwstart-update/old`, so that putting them back is a move as well: same bytes, times, permissions.
A journal lets the next update put back what a killed one left.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from fwstart.errors import FwstartError
from fwstart.git_command import git_bytes
from fwstart.signals import undisturbed
from fwstart.target import list_entries, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fwstart.merge import Change, Merged, Scratch, Stage

WORKPLACE = ".fwstart-update"


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """The folder in the project that holds new and old files while they change places."""

    project: Path

    @property
    def folder(self) -> Path:
        """The workplace itself."""
        return self.project / WORKPLACE

    @property
    def new(self) -> Path:
        """Files that are about to be moved to their places."""
        return self.folder / "new"

    @property
    def old(self) -> Path:
        """Files that were there before."""
        return self.folder / "old"

    @property
    def index(self) -> Path:
        """Git's index as it was before."""
        return self.folder / "index.before"

    @property
    def journal(self) -> Path:
        """Which files change places, from before the first one does until after the last one has."""
        return self.folder / "journal.json"


def put_back_abandoned(project: Path) -> bool:
    """Put back what a killed update left half done; return whether there was something.

    Raises:
        FwstartError: another update is at work in the project.
    """
    place = Workplace(project=project.resolve())
    if not place.folder.is_dir():
        return False
    with _locked(place):
        unfinished = place.journal.is_file()
        if unfinished:
            _put_back(place)
    shutil.rmtree(place.folder, ignore_errors=True)
    return unfinished


def replace_files(scratch: Scratch, merged: Merged) -> None:
    """Make the project's files and index what the merge says, or leave everything as it is.

    Raises:
        FwstartError: files that git ignores are in the way.
    """
    check_obstacles(scratch.project, merged.changes)
    place = Workplace(project=scratch.project)
    try:
        place.folder.mkdir(mode=0o700)
    except FileExistsError:
        raise _busy(place) from None
    try:
        with _locked(place):
            _write_new(place, scratch, merged.changes)
            _journal(place, merged.changes)
            try:
                _move(place, merged.changes)
                _mark_conflicts(place, scratch, merged.conflicts)
                place.journal.unlink()  # from here on it is done
            except BaseException:
                with undisturbed():
                    _put_back(place)
                raise
    finally:
        if not place.journal.exists():  # else what is in there is all that there is of some files
            with undisturbed():
                shutil.rmtree(place.folder, ignore_errors=True)


def check_obstacles(project: Path, changes: Sequence[Change]) -> None:
    """Refuse changes that would overwrite files that git does not know, or lead out of the project.

    Raises:
        FwstartError: which files are in the way.
    """
    obstacles = set()
    for change in changes:
        path = project / change.path
        if change.kind == "added" and os.path.lexists(path):
            obstacles.add(path)
        parents = [parent for parent in path.parents if parent != project and project in parent.parents]
        obstacles |= {parent for parent in parents if parent.is_symlink() or parent.is_file()}
    obstacles -= {project / change.path for change in changes if change.kind == "deleted"}
    if obstacles:
        names = list_entries([path.relative_to(project) for path in obstacles])
        problem = f"The update brings files where others are that git ignores: {names}."
        raise FwstartError(problem, fix="Move or rename them, then try again. Nothing was touched.")


@contextmanager
def _locked(place: Workplace) -> Iterator[None]:
    lock = FileLock(place.folder / "lock", blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise _busy(place) from None
    try:
        yield
    finally:
        lock.release()


def _busy(place: Workplace) -> FwstartError:
    problem = f"Another fwstart is updating {shown(place.project)} just now."
    return FwstartError(problem, fix="Wait for it, then try again.")


def _write_new(place: Workplace, scratch: Scratch, changes: Sequence[Change]) -> None:
    """Write the new files into the workplace, through the filters of the user's repository."""
    prefix = git_bytes(place.project, "rev-parse", "--show-prefix").decode().rstrip("\n")
    top = Path(git_bytes(place.project, "rev-parse", "--show-toplevel").decode().rstrip("\n"))
    written = place.folder / "written"
    variables = {
        "GIT_INDEX_FILE": str(place.folder / "index.new"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(scratch.repository / "objects"),
    }
    lines = [
        f"{change.new_mode} {change.new_hash}\t{prefix}{change.path}\0"
        for change in changes
        if change.new_mode
    ]
    given = "".join(lines).encode(errors="surrogateescape")
    git_bytes(top, "update-index", "-z", "--index-info", given=given, variables=variables)
    git_bytes(top, "checkout-index", "--all", "--force", f"--prefix={written}{os.sep}", variables=variables)
    (written / prefix).mkdir(parents=True, exist_ok=True)
    (written / prefix).rename(place.new)


def _journal(place: Workplace, changes: Sequence[Change]) -> None:
    """Note which files are new and which folders are made for them."""
    added = [change.path for change in changes if change.kind == "added"]
    folders = {parent for path in added for parent in (place.project / path).parents if not parent.is_dir()}
    names = sorted((str(folder.relative_to(place.project)) for folder in folders), key=len, reverse=True)
    draft = place.journal.with_suffix(".draft")
    draft.write_text(json.dumps({"added": added, "folders": names}), encoding="utf-8")
    draft.rename(place.journal)


def _move(place: Workplace, changes: Sequence[Change]) -> None:
    for change in sorted(changes, key=lambda change: change.kind != "deleted"):
        path = place.project / change.path
        if os.path.lexists(path):
            _rename(path, place.old / change.path)
        if change.new_mode:
            _rename(place.new / change.path, path)
        else:
            _remove_empty(path.parent, place.project)


def _put_back(place: Workplace) -> None:
    """Undo what was moved so far, which may be nothing, or what an interrupted undoing has left."""
    journal = json.loads(place.journal.read_text(encoding="utf-8"))
    for path in journal["added"]:
        with suppress(FileNotFoundError, NotADirectoryError):
            (place.project / path).unlink()
    for folder in journal["folders"]:
        with suppress(OSError):
            (place.project / folder).rmdir()
    for folder, _, names in os.walk(place.old):
        for name in names:
            old = Path(folder, name)
            _rename(old, place.project / old.relative_to(place.old))
    if place.index.exists():
        place.index.replace(_index(place.project))
    place.journal.unlink()


def _mark_conflicts(place: Workplace, scratch: Scratch, conflicts: dict[str, tuple[Stage, ...]]) -> None:
    """Record the three versions of each conflict in git's index, as a merge does: `git status` shows them."""
    if not conflicts:
        return
    prefix = git_bytes(place.project, "rev-parse", "--show-prefix").decode().rstrip("\n")
    lines = []
    for path, stages in conflicts.items():
        lines.append(f"0 {'0' * len(stages[0].hash)}\t{prefix}{path}\0")
        for stage in stages:
            content = scratch.git("cat-file", "blob", stage.hash)
            git_bytes(place.project, "hash-object", "-w", "--stdin", given=content)
            lines.append(f"{stage.mode} {stage.hash} {stage.number}\t{prefix}{path}\0")
    draft = place.index.with_suffix(".draft")
    shutil.copy2(_index(place.project), draft)
    draft.rename(place.index)
    top = Path(git_bytes(place.project, "rev-parse", "--show-toplevel").decode().rstrip("\n"))
    given = "".join(lines).encode(errors="surrogateescape")
    git_bytes(top, "update-index", "-z", "--index-info", given=given)


def _index(project: Path) -> Path:
    found = git_bytes(project, "rev-parse", "--path-format=absolute", "--git-path", "index")
    return Path(found.decode().rstrip("\n"))


def _rename(source: Path, destination: Path) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    source.rename(destination)


def _remove_empty(folder: Path, top: Path) -> None:
    with suppress(OSError):  # not empty
        while folder != top:
            folder.rmdir()
            folder = folder.parent
