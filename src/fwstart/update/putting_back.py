"""Undoes what an update changed before it was stopped, except what somebody has changed since."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fwstart.errors import FwstartError
from fwstart.git.run import git_bytes, git_line
from fwstart.template.recorded import ANSWERS_FILE, UNTOUCHED
from fwstart.terminal.spelling import shown
from fwstart.update.committed import committed_files, differing
from fwstart.update.journal import read_journal
from fwstart.update.moving import draft_of, fingerprint, move, through_link
from fwstart.update.workplace import NAME, find_workplace

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from fwstart.update.journal import Conflict, Entry, Journal
    from fwstart.update.workplace import Workplace


@dataclass(frozen=True, kw_only=True)
class PutBack:
    """What happened to the files that a stopped update had changed."""

    count: int  # files that are as they were before the update again
    left: tuple[str, ...]  # changed or committed by somebody since: they stay as they are
    saved: Path | None  # where the versions of those are that were there before the update


def put_back_abandoned(project: Path) -> PutBack | None:
    """Undo what a killed update left half done; None if there was nothing.

    Raises:
        FwstartError: another update or git is at work in the project, or what was noted cannot be used.
    """
    place = find_workplace(project)
    if place is None:
        return None
    refuse_orphans(place)
    if not place.folder.exists():
        return None
    with place.locked():
        if not place.journal.exists():
            place.clear()  # finished by another process, or killed before anything was moved
            return None
        place.refuse_busy()
        outcome = put_back(place, read_journal(place))
        place.clear()
    return outcome


def refuse_orphans(place: Workplace) -> None:
    """Refuse a repository in which a project was half updated and then moved away.

    Raises:
        FwstartError: where it was.
    """
    for journal in place.folder.parent.glob(f"{NAME}*/journal.json"):
        if journal.parent == place.folder:
            continue
        other = replace(place, folder=journal.parent)
        try:
            prefix = read_journal(other).prefix
        except FwstartError:
            continue  # it is told where it is read
        if not (place.top / prefix / ANSWERS_FILE).exists():
            problem = f"An update of {shown(prefix)} was stopped halfway, and that folder is not there."
            fix = f"Move it back, run fwstart update there, then move it again. {UNTOUCHED}"
            raise FwstartError(problem, fix=fix)


def put_back(place: Workplace, journal: Journal) -> PutBack:
    """Undo what has been moved so far, which may be nothing, or what an interrupted undo left."""
    committed = _committed_since(place, journal)
    new, old = [one for one in journal.entries if not one.old], [one for one in journal.entries if one.old]
    left = [entry.path for entry in new if not _take_away(place, entry, committed)]
    for entry in journal.entries:
        if not through_link(place.project, entry.path):
            with suppress(FileNotFoundError, NotADirectoryError):
                draft_of(place.project / entry.path).unlink()
    for folder in journal.folders:
        with suppress(OSError):  # something else is in there
            (place.project / folder).rmdir()
    # The answers file, which changed last, first: it never names a release whose files are not all there.
    old.sort(key=lambda entry: entry.path != ANSWERS_FILE)
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


def _restore_index(place: Workplace, journal: Journal) -> None:
    """Take the marks of conflicts out of git's index, as far as they are in there."""
    if not journal.index:
        return
    with place.index_held():
        now = fingerprint(place.index)
        if now == journal.index:
            place.index_before.replace(place.index)
        elif now != fingerprint(place.index_before):
            _unmark(place, journal.conflicts)


def _unmark(place: Workplace, conflicts: Sequence[Conflict]) -> None:
    """Replace the marks in an index that git has written since, for files where they are still ours."""
    listing = git_bytes(place.top, "ls-files", "--unmerged", "--full-name", "-z")
    unmerged = set(os.fsdecode(listing).split("\0"))
    lines: list[str] = []
    for conflict in conflicts:
        if set(conflict.marks(place.prefix)) <= unmerged:
            lines += conflict.unmarked(place.prefix)
    draft = place.folder / "index.unmarked"
    shutil.copy2(place.index, draft)
    command = ("-c", f"core.hooksPath={os.devnull}", "update-index", "-z", "--index-info")
    given = os.fsencode("".join(f"{line}\0" for line in lines))
    git_bytes(place.top, *command, given=given, variables={"GIT_INDEX_FILE": str(draft)})
    draft.replace(place.index)
