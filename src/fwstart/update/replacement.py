"""Replaces files of a project, all of them or none: the old files are set aside and, on failure, put back.

New files are written in the workplace and moved to their places; the old ones are moved there, so that
putting them back is a move as well: same bytes, times, permissions. A journal lets the next update put back
what a killed one left.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fwstart.errors import FwstartError
from fwstart.git.run import git_bytes, git_line
from fwstart.template.recorded import ANSWERS_FILE, UNTOUCHED
from fwstart.terminal.signals import undisturbed
from fwstart.terminal.spelling import list_paths, shown
from fwstart.update.journal import Conflict, Entry, Journal, write_journal
from fwstart.update.merge import REPOSITORY
from fwstart.update.moving import fingerprint, keep, move, move_new, sync, through_link
from fwstart.update.putting_back import put_back

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fwstart.update.merge import Change, Merged, Scratch
    from fwstart.update.workplace import Workplace


def fingerprints(project: Path, changes: Sequence[Change]) -> dict[str, str]:
    """Return the state of each file that changes, taken before it is compared with what is committed.

    If a file differs when its turn comes, somebody has changed it, and everything is put back.
    """
    return {change.path: fingerprint(project / change.path) if change.old_mode else "" for change in changes}


def replace_files(place: Workplace, scratch: Scratch, merged: Merged, before: Mapping[str, str]) -> None:
    """Make the project's files and index what the merge says, or leave everything as it is.

    `before` is what the files were when they were compared.

    Raises:
        FwstartError: something that git does not know is in the way, or a file has changed.
        OSError: the disk refused; everything is as it was.
    """
    check_obstacles(place.project, merged.changes)
    place.clear()  # without a journal nothing of worth is in there
    try:
        place.folder.mkdir(mode=0o700)
        _write_new(place, scratch, merged.changes)
        journal = _prepare(place, scratch, merged, before)
        write_journal(place, journal)
        try:
            _move(place, merged.changes, before)
            _check_unchanged(place, journal)
            if journal.index:
                install_index(place, journal)
            place.journal.unlink()  # from here on it is done
        except BaseException as error:
            with undisturbed():
                _undo(place, journal, error)
            raise
        _remove_empty_folders(place, merged.changes)
    finally:
        if not place.journal.exists():  # else what is in there is all that there is of some files
            with undisturbed():
                place.clear()


def _undo(place: Workplace, journal: Journal, error: BaseException) -> None:
    """Put everything back; what cannot be put back is noted on the error, and left to the next update."""
    try:
        outcome = put_back(place, journal)
    except OSError as again:
        where = f"{again.filename}: " if again.filename else ""
        error.add_note(
            f"Not everything was put back ({where}{again.strerror}): run `fwstart update` to try again."
        )
    else:
        if outcome.left:
            error.add_note(f"These changed in the meantime and stay as they are: {list_paths(outcome.left)}.")
        if outcome.saved:
            error.add_note(f"What was there before is kept in {shown(outcome.saved)}.")


def check_obstacles(project: Path, changes: Sequence[Change]) -> None:
    """Refuse changes that would overwrite what git does not know, or lead out of the project.

    Raises:
        FwstartError: what is in the way.
    """
    leaving = {change.path for change in changes if not change.new_mode}
    obstacles, repositories = set(), set()
    for change in changes:
        blocked = None
        for parent in _parents(change.path):
            there = project / parent
            if there.is_symlink() or (there.exists() and not there.is_dir()):
                blocked = parent
                break
            if os.path.lexists(there / ".git"):
                repositories.add(parent)
        if blocked:
            obstacles |= {blocked} - leaving
        elif change.kind == "added":
            obstacles |= set(_in_the_way(project, change.path)) - leaving
    if repositories:
        problem = f"The release has files where another git repository lies: {list_paths(repositories)}."
        raise FwstartError(problem, fix=f"Move it to another place, then try again. {UNTOUCHED}")
    if obstacles:
        problem = f"The update adds files in the place of files that git ignores: {list_paths(obstacles)}."
        raise FwstartError(problem, fix=f"Move or rename them, then try again. {UNTOUCHED}")


def _parents(path: str) -> list[str]:
    """Return the folders that a path leads through, the outermost first."""
    return [str(parent) for parent in Path(path).parents if parent != Path()][::-1]


def _in_the_way(project: Path, path: str) -> Iterator[str]:
    """Yield what is where a file is to come: that file, or what is in a folder of its name."""
    there = project / path
    if not there.is_dir() or there.is_symlink():
        if os.path.lexists(there):
            yield path
        return
    for folder, folders, names in os.walk(there, onerror=_raise):
        links = [name for name in folders if Path(folder, name).is_symlink()]
        yield from (str(Path(folder, name).relative_to(project)) for name in (*names, *links))


def _raise(error: OSError) -> None:
    raise error


def _write_new(place: Workplace, scratch: Scratch, changes: Sequence[Change]) -> None:
    """Write the new files into the workplace, through the filters of the user's repository."""
    written = place.folder / "written"
    variables = {
        "GIT_INDEX_FILE": str(place.folder / "index.new"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": scratch.borrowed,
    }
    lines = [
        f"{change.new_mode} {change.new_hash}\t{place.prefix}{change.path}"
        for change in changes
        if change.new_mode
    ]
    _index_info(place, lines, variables)
    write = ("checkout-index", "--all", "--force", f"--prefix={written}{os.sep}")
    git_bytes(place.top, *write, variables=variables)
    (written / place.prefix).mkdir(parents=True, exist_ok=True)
    (written / place.prefix).rename(place.new)
    for folder, _, names in os.walk(place.new):
        for name in names:
            sync(Path(folder, name))


def _index_info(place: Workplace, lines: Sequence[str], variables: dict[str, str]) -> None:
    """Put lines into an index of ours, without a hook of the user's."""
    command = ("-c", f"core.hooksPath={os.devnull}", "update-index", "-z", "--index-info")
    given = os.fsencode("".join(f"{line}\0" for line in lines))
    git_bytes(place.top, *command, given=given, variables=variables)


def _prepare(place: Workplace, scratch: Scratch, merged: Merged, before: Mapping[str, str]) -> Journal:
    """Return what is about to change; the index that marks the conflicts is ready then."""
    conflicts = tuple(_conflicts(place, scratch, merged))
    if conflicts:
        shutil.copy2(place.index, place.index_before)
        _mark(place, conflicts)
    added = [change.path for change in merged.changes if change.kind == "added"]
    folders = {parent for path in added for parent in (place.project / path).parents if not parent.is_dir()}
    names = sorted((str(folder.relative_to(place.project)) for folder in folders), key=len, reverse=True)
    return Journal(
        head=git_line(place.project, "rev-parse", "HEAD"),
        prefix=place.prefix,
        entries=tuple(
            Entry(
                path=change.path,
                old=before[change.path],
                new=fingerprint(place.new / change.path) if change.new_mode else "",
            )
            for change in merged.changes
        ),
        folders=tuple(names),
        index=fingerprint(place.index_after),
        conflicts=conflicts,
    )


def _conflicts(place: Workplace, scratch: Scratch, merged: Merged) -> Iterator[Conflict]:
    """Yield each conflict as git's index is to have it; its versions go to the user's objects.

    All three versions are recorded, as a merge does: `git status` shows them.
    """
    before = scratch.files(merged.user)
    for path, stages in merged.conflicts.items():
        for stage in stages:
            if stage.mode != REPOSITORY:
                content = scratch.git("cat-file", "blob", stage.hash)
                git_bytes(place.project, "hash-object", "-w", "--stdin", given=content)
        yield Conflict(
            path=path,
            before=" ".join(before.get(path, ())),
            stages=tuple(f"{stage.mode} {stage.hash} {stage.number}" for stage in stages),
        )


def _move(place: Workplace, changes: Sequence[Change], before: Mapping[str, str]) -> None:
    """Give each file its new content: what leaves goes first, the answers file changes last.

    While a file changes it is never missing; until the last one has, the project is at its old release.
    """
    order = sorted(changes, key=lambda change: (change.kind != "deleted", change.path == ANSWERS_FILE))
    for change in order:
        path = place.project / change.path
        if change.kind == "added":
            _remove_empty_below(path)
        if through_link(place.project, change.path) or fingerprint(path) != before[change.path]:
            raise _changed(change.path)
        if change.kind == "added":
            _rename_new(place.new / change.path, path)
        elif change.kind == "changed":
            keep(path, place.old / change.path)
            _rename(place.new / change.path, path)
        else:
            _rename(path, place.old / change.path)


def _check_unchanged(place: Workplace, journal: Journal) -> None:
    """Refuse to finish if somebody wrote to a file, or committed, in the moment before it was moved."""
    for entry in journal.entries:
        if entry.old and fingerprint(place.old / entry.path) != entry.old:
            raise _changed(entry.path)
    if git_line(place.project, "rev-parse", "HEAD") != journal.head:
        problem = f"{shown(place.project)} got another commit while it was updated."
        raise FwstartError(problem, fix="Everything was put back. Try again.")


def _changed(path: str) -> FwstartError:
    problem = f"{shown(path)} changed while the project was updated."
    return FwstartError(
        problem, fix="Everything was put back. Commit that change or undo it, then try again."
    )


def install_index(place: Workplace, journal: Journal) -> None:
    """Mark the conflicts in git's index, in its current state: what somebody has staged since stays in it."""
    with place.index_held():
        if fingerprint(place.index) != fingerprint(place.index_before):
            _mark(place, journal.conflicts)
        place.index_after.replace(place.index)


def _mark(place: Workplace, conflicts: Sequence[Conflict]) -> None:
    """Make a copy of git's index in which the conflicts are marked."""
    shutil.copy2(place.index, place.index_after)
    lines = [line for one in conflicts for line in (one.removed(place.prefix), *one.marks(place.prefix))]
    _index_info(place, lines, {"GIT_INDEX_FILE": str(place.index_after)})


def _rename(source: Path, destination: Path) -> None:
    move(source, destination)


def _rename_new(source: Path, destination: Path) -> None:
    move_new(source, destination)


def _remove_empty_below(folder: Path) -> None:
    """Remove a folder that must make way for a file: its files have been moved, only folders are left."""
    if folder.is_dir() and not folder.is_symlink():
        for inner, _, _ in os.walk(folder, topdown=False):
            with suppress(OSError):  # not empty: somebody has put something there
                Path(inner).rmdir()


def _remove_empty_folders(place: Workplace, changes: Sequence[Change]) -> None:
    for change in changes:
        if not change.new_mode:
            folder = (place.project / change.path).parent
            with suppress(OSError):  # not empty
                while folder != place.project:
                    folder.rmdir()
                    folder = folder.parent
