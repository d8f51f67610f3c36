"""Puts back what an update changed before it was stopped, and nothing that somebody has changed since."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fwstart.errors import FwstartError
from fwstart.git.run import git_bytes, git_line
from fwstart.update.committed import committed_files, differing
from fwstart.update.journal import read_journal
from fwstart.update.workplace import find_workplace, fingerprint, move, through_link

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from fwstart.update.journal import Conflict, Entry, Journal
    from fwstart.update.workplace import Workplace


@dataclass(frozen=True, kw_only=True)
class PutBack:
    """What became of the files that a stopped update had changed."""

    count: int  # files that are as they were before the update again
    left: tuple[str, ...]  # changed or committed by somebody since: they stay as they are
    saved: Path | None  # where the versions of those are that were there before the update


def is_unfinished(project: Path) -> bool:
    """Whether an update of the project was stopped halfway, and its files are still to be put back."""
    place = find_workplace(project)
    return place is not None and place.journal.exists()


def put_back_abandoned(project: Path) -> PutBack | None:
    """Put back what a killed update left half done; None where there was nothing.

    Raises:
        FwstartError: another update is at work in the project, or what was noted cannot be used.
    """
    place = find_workplace(project)
    if place is None or not place.folder.exists():
        return None
    with place.locked():
        if not place.journal.exists():
            place.clear()  # ended by another process meanwhile, or killed before anything was moved
            return None
        outcome = put_back(place, read_journal(place))
        place.clear()
    return outcome


def put_back(place: Workplace, journal: Journal) -> PutBack:
    """Undo what was moved so far, which may be nothing, or what an interrupted undoing has left."""
    committed = _committed_since(place, journal)
    new, old = [one for one in journal.entries if not one.old], [one for one in journal.entries if one.old]
    left = [entry.path for entry in new if not _take_away(place, entry, committed)]
    for folder in journal.folders:
        with suppress(OSError):  # something else is in there
            (place.project / folder).rmdir()
    left += [entry.path for entry in old if not _bring_back(place, entry, committed)]
    _restore_index(place, journal)
    saved = _keep(place) if left else None
    place.journal.unlink()
    return PutBack(count=len(journal.entries) - len(left), left=tuple(sorted(left)), saved=saved)


def _take_away(place: Workplace, entry: Entry, committed: Collection[str]) -> bool:
    """Remove a new file if it is still what the update wrote; return whether none is there."""
    path = place.project / entry.path
    now = fingerprint(path)
    if now == "" or now != entry.new or through_link(place.project, entry.path) or entry.path in committed:
        return now == ""
    path.unlink()
    return True


def _bring_back(place: Workplace, entry: Entry, committed: Collection[str]) -> bool:
    """Put a file back unless somebody has changed it since; return whether it is as before the update."""
    path, saved = place.project / entry.path, place.old / entry.path
    if through_link(place.project, entry.path):
        return False
    now = fingerprint(path)
    if now == entry.old:
        saved.unlink(missing_ok=True)
        return True
    if entry.path in committed or now not in {"", entry.new} or not os.path.lexists(saved):
        return False
    move(saved, path)
    return True


def _committed_since(place: Workplace, journal: Journal) -> set[str]:
    """Return the files that are as somebody has committed them after the update was stopped."""
    if git_line(place.project, "rev-parse", "HEAD") == journal.head:
        return set()
    files = committed_files(place.project)
    paths = {entry.path for entry in journal.entries}
    changed = differing(place.project, {path: files[path] for path in paths & files.keys()})
    gone = {path for path in paths - files.keys() if not os.path.lexists(place.project / path)}
    return (paths & files.keys()) - changed | gone


def _keep(place: Workplace) -> Path | None:
    """Keep the old versions that were not put back; return where, None where there are none."""
    if not any(names for _, _, names in os.walk(place.old)):
        return None
    numbers = iter(range(1, 1000))
    saved = next(
        folder
        for number in numbers
        if not os.path.lexists(folder := place.folder.with_name(f"{place.folder.name}-saved-{number}"))
    )
    place.old.rename(saved)
    return saved


def install_index(place: Workplace, source: Path) -> None:
    """Make a file git's index, by git's own protocol: through `index.lock`, which no other git holds then.

    Raises:
        FwstartError: another git is at work in the repository.
    """
    lock = _lock(place.index)
    try:
        try:
            os.link(source, lock)
        except FileExistsError:
            raise
        except OSError:  # no hard links there
            with lock.open("xb") as file:
                file.write(source.read_bytes())
            shutil.copystat(source, lock)
    except FileExistsError as error:
        problem = f"Another git is at work in this repository: {lock} exists."
        fix = "Wait for it; if none is running, remove that file. Then try again. Nothing was changed."
        raise FwstartError(problem, fix=fix) from error
    lock.replace(place.index)


def _lock(index: Path) -> Path:
    return index.with_name(f"{index.name}.lock")


def _restore_index(place: Workplace, journal: Journal) -> None:
    """Take the marks of conflicts out of git's index, as far as they are in there."""
    if not journal.index:
        return
    index = place.index
    if fingerprint(_lock(index)) == journal.index:  # we were stopped while it was being installed
        _lock(index).unlink()
    if fingerprint(index) == journal.index:
        install_index(place, place.index_before)
    elif fingerprint(index) != fingerprint(place.index_before):
        _unmark(place, journal.conflicts)


def _unmark(place: Workplace, conflicts: Sequence[Conflict]) -> None:
    """Replace the marks in an index that git has written since, for files where they are still ours."""
    listing = git_bytes(place.top, "ls-files", "--unmerged", "--full-name", "-z")
    unmerged = set(os.fsdecode(listing).split("\0"))
    lines: list[str] = []
    for conflict in conflicts:
        if set(conflict.marks(place.prefix)) <= unmerged:
            lines += conflict.unmarked(place.prefix)
    given = os.fsencode("".join(f"{line}\0" for line in lines))
    git_bytes(place.top, "update-index", "-z", "--index-info", given=given)
