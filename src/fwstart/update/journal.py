"""What an update is about to change, recorded before it begins, so that a killed update can be undone."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from fwstart.errors import FwstartError
from fwstart.git.run import typed_git
from fwstart.terminal.spelling import shown, typed
from fwstart.update.moving import sync

if TYPE_CHECKING:
    from fwstart.update.workplace import Workplace

VERSION = 1

_BLOB = r"[0-7]{6} [0-9a-f]{40,64}"
_BEFORE, _MARK = re.compile(f"({_BLOB})?"), re.compile(f"{_BLOB} [123]")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file that changes: its fingerprints before and after, empty where it is not there."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """One file in conflict, as git's index has it: mode and blob before (empty: none), and the marks.

    A mark is mode, blob and number of one of the three versions.
    """

    path: str
    before: str
    stages: tuple[str, ...]

    def marks(self, prefix: str) -> tuple[str, ...]:
        """Return the lines of an index in which the conflict is marked."""
        return tuple(f"{stage}\t{prefix}{self.path}" for stage in self.stages)

    def unmarked(self, prefix: str) -> tuple[str, ...]:
        """Return the lines that make an index as it was before."""
        return (self.removed(prefix), *([f"{self.before} 0\t{prefix}{self.path}"] if self.before else []))

    def removed(self, prefix: str) -> str:
        """Return the line that takes the file out of an index."""
        return f"0 {'0' * len(self.stages[0].split()[1])}\t{prefix}{self.path}"


@dataclass(frozen=True, kw_only=True)
class Journal:
    """All that an update changes."""

    head: str  # the commit that it started from
    prefix: str  # where in its repository the project lies
    entries: tuple[Entry, ...]
    folders: tuple[str, ...]  # made for new files, the deepest first
    index: str  # the fingerprint of the index that marks the conflicts; empty: none is marked
    conflicts: tuple[Conflict, ...]


def write_journal(place: Workplace, journal: Journal) -> None:
    """Write the whole journal to disk before anything that it names is changed."""
    draft = place.journal.with_suffix(".draft")
    draft.write_text(json.dumps({"version": VERSION, **asdict(journal)}), encoding="utf-8")
    sync(draft)
    draft.replace(place.journal)
    sync(place.folder)


def read_journal(place: Workplace) -> Journal:
    """Return the journal of an update that was stopped.

    Raises:
        FwstartError: it cannot be read, or names something that no update of this project changes.
    """
    try:
        content = json.loads(place.journal.read_bytes())
        if content.pop("version") != VERSION:
            raise _unreadable(place, "another version of fwstart wrote it")
        journal = _journal(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable(place, "it is damaged") from error
    paths = [*(one.path for one in journal.entries), *(one.path for one in journal.conflicts)]
    if outside := [path for path in (*paths, *journal.folders) if not _is_within(path)]:
        raise _unreadable(place, f"it names {shown(outside[0])}, which does not lie within the project")
    return journal


def _journal(content: dict[str, Any]) -> Journal:
    journal = Journal(
        head=content["head"],
        prefix=content["prefix"],
        entries=tuple(Entry(**entry) for entry in content["entries"]),
        folders=tuple(content["folders"]),
        index=content["index"],
        conflicts=tuple(
            Conflict(path=one["path"], before=one["before"], stages=tuple(one["stages"]))
            for one in content["conflicts"]
        ),
    )
    words = [journal.head, journal.prefix, journal.index, *journal.folders]
    words += [word for one in journal.entries for word in (one.path, one.old, one.new)]
    if "\0" in "".join(words):  # a TypeError where one is no text
        raise ValueError(words)
    for one in journal.conflicts:
        if not one.stages or not all(map(_MARK.fullmatch, one.stages)) or not _BEFORE.fullmatch(one.before):
            raise ValueError(one)
    return journal


def _is_within(path: str) -> bool:
    """Whether a path can only lie below the project, and outside any git directory."""
    if PurePosixPath(path).is_absolute():
        return False
    parts = path.lower().split("/")
    if os.name == "nt":  # where a drive, backslashes, and blanks or dots at the end mean something
        if re.match("[a-z]:", path.lower()):
            return False
        parts = [part.rstrip(" .") for part in path.lower().replace("\\", "/").split("/")]
    return {"", ".", "..", ".git"}.isdisjoint(parts)


def _unreadable(place: Workplace, why: str) -> FwstartError:
    problem = (
        f"An earlier update of {shown(place.project)} was stopped halfway, and its record in "
        f"{shown(place.journal)} cannot be used: {why}."
    )
    git = typed_git(place.project)
    fix = (
        f"Look at `{git} status`; `{git} add --all . && {git} stash` sets aside what that update and you "
        f"changed since the last commit. Then remove {typed(str(place.folder))} (in its folder `old` are "
        "files from before) and try again. Nothing was touched."
    )
    return FwstartError(problem, fix=fix)
