"""What an update makes of a project: git merges the user's work with the step from one release to the other.

Three trees are merged: the project as the old release generates it, as the new one does, and as the user has
committed it. Copier's own update applies the user's changes as a patch instead, and loses those that no text
patch can carry: changed images, and bytes that are not UTF-8 (copier 9.19.1, checked 2026-11-23). Everything
happens in a scratch repository that borrows the project's objects; the project itself is only read.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fwstart.errors import FwstartError
from fwstart.git.run import git_bytes, git_line, quoted_path, run_git
from fwstart.template.recorded import UNTOUCHED
from fwstart.terminal.spelling import list_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

YOURS = "yours"
REPOSITORY = "160000"  # the mode of a submodule or nested repository

_SETTINGS = ("-c", "merge.directoryRenames=true", "-c", "merge.renames=true")
_STYLES = ("merge", "diff3", "zdiff3")  # of conflict markers: the one setting of the user's that is followed
_MARKER = re.compile(rf"^<<<<<<< {YOURS}\b".encode(), re.MULTILINE)
_KIND = re.compile(r"^CONFLICT \([^)]*\): ")
_IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "fwstart"), ("EMAIL", "fwstart@localhost"), ("DATE", "@0 +0000"))
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One file that differs between two trees; an empty mode: it is not there."""

    path: str
    old_mode: str
    old_hash: str
    new_mode: str
    new_hash: str

    @property
    def kind(self) -> Literal["added", "changed", "deleted"]:
        """What happens to the file."""
        if not self.old_mode:
            return "added"
        return "changed" if self.new_mode else "deleted"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One version of a file in a conflict: 1 as generated before, 2 the user's, 3 as generated now."""

    mode: str
    hash: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Merged:
    """The tree that the project becomes, and what has to be said about it. Paths are sorted."""

    user: str  # the tree that the user has committed
    tree: str
    changes: tuple[Change, ...]  # from the user's tree
    conflicts: dict[str, tuple[Stage, ...]]
    clashes: dict[str, str]  # of the conflicts those without markers in the file, and git's words for them
    doomed: tuple[str, ...]  # deleted, although the user edited them
    absent: tuple[str, ...]  # changed by the template, but the user deleted them: they stay deleted


class Scratch:
    """A repository for merging, which borrows the objects of the user's."""

    def __init__(self, folder: Path, project: Path) -> None:
        self.folder = folder
        self.repository = folder / "scratch.git"
        self.project = project
        self.objects = git_line(project, "rev-parse", "--path-format=absolute", "--git-path", "objects")
        object_format = git_line(project, "rev-parse", "--show-object-format")
        style = run_git(project, "config", "--get", "merge.conflictStyle").output.strip()
        self._settings = (*_SETTINGS, *(("-c", f"merge.conflictStyle={style}") if style in _STYLES else ()))
        make = ("init", "--quiet", "--bare", "--template=", f"--object-format={object_format}")
        git_bytes(folder, *make, str(self.repository), own=True)
        alternates = self.repository / "objects/info/alternates"
        alternates.parent.mkdir(exist_ok=True)
        alternates.write_bytes(os.fsencode(f"{quoted_path(self.objects)}\n"))

    def git(
        self,
        *arguments: str,
        given: bytes = b"",
        variables: dict[str, str] | None = None,
        codes: tuple[int, ...] = (0,),
    ) -> bytes:
        """Return what git writes, run on this repository."""
        words = (f"--git-dir={self.repository}", *self._settings, *arguments)
        return git_bytes(self.folder, *words, given=given, variables=variables, own=True, codes=codes)

    def user_tree(self) -> str:
        """Return the tree that the user has committed at the project's folder."""
        prefix = git_line(self.project, "rev-parse", "--show-prefix")
        return git_line(self.project, "rev-parse", f"HEAD:{prefix}")

    def tree_of(self, folder: Path) -> str:
        """Return the tree of all files in a folder."""
        variables = {"GIT_INDEX_FILE": str(self.repository / "index.new"), "GIT_WORK_TREE": str(folder)}
        (self.repository / "index.new").unlink(missing_ok=True)
        add = (f"--git-dir={self.repository}", "add", "--all", "--force", ".")
        git_bytes(folder, *add, variables=variables, own=True)
        return self.git("write-tree", variables=variables).decode().strip()

    def changes(self, old: str, new: str) -> tuple[Change, ...]:
        """Return the files in which two trees differ."""
        raw = self.git("diff-tree", "-r", "-z", "--no-renames", "--raw", old, new)
        fields = os.fsdecode(raw).split("\0")[:-1]
        return tuple(_change(facts, path) for facts, path in zip(fields[::2], fields[1::2], strict=True))

    def left(self, old: str, new: str) -> set[str]:
        """Return the files of one tree that another no longer has, those that moved there not counted."""
        compare = ("diff-tree", "-r", "-z", "--name-only", "--find-renames", "--no-rename-empty")
        return set(os.fsdecode(self.git(*compare, "--diff-filter=D", old, new)).split("\0")[:-1])

    def merge(self, old: str, new: str, theirs: str) -> Merged:
        """Return the merge of the user's committed work with the step from tree `old` to tree `new`.

        `theirs` is what the new tree is called in conflict markers.

        Raises:
            FwstartError: the release has files where the user has another repository.
        """
        user = self.user_tree()
        base = self._commit(old)
        self._name(YOURS, self._commit(user, base))
        self._name(theirs, self._commit(new, base))
        tree, stages, messages = self._merge_tree(YOURS, theirs)
        generated = self.files(old).keys()
        numbers = {path: {stage.number for stage in entries} for path, entries in stages.items()}
        known = generated | self.files(new).keys()  # git makes up other names where files and folders clash
        absent = {path for path in stages if numbers[path] == {1, 3} and path in known}
        gone = {path for path in stages if numbers[path] == {1, 2}}
        doomed = gone & generated
        tree = self._without(tree, absent | doomed)
        changes = self.changes(user, tree)
        _refuse_repositories(changes)
        # What the user renamed is the user's, and stays.
        renamed = (gone - doomed) & self.files(user).keys()
        conflicts = {path: stages[path] for path in sorted(stages.keys() - absent - doomed - renamed)}
        return Merged(
            user=user,
            tree=tree,
            changes=changes,
            conflicts=conflicts,
            clashes={path: messages.get(path, "") for path in conflicts if not self._is_marked(tree, path)},
            doomed=tuple(sorted(doomed)),
            absent=tuple(sorted(absent)),
        )

    def patch(self, merged: Merged) -> str:
        """Return what a merge changes in the user's tree, as a patch for reading."""
        show = ("diff-tree", "-r", "-p", "--stat", "--find-renames")
        return self.git(*show, merged.user, merged.tree).decode(errors="replace")

    def _commit(self, tree: str, *parents: str) -> str:
        arguments = [word for parent in parents for word in ("-p", parent)]
        made = self.git("commit-tree", tree, *arguments, "-m", "update", variables=_IDENTITY)
        return made.decode().strip()

    def _name(self, name: str, commit: str) -> None:
        self.git("update-ref", f"refs/heads/{name}", commit)

    def _merge_tree(self, ours: str, theirs: str) -> tuple[str, dict[str, tuple[Stage, ...]], dict[str, str]]:
        """Return the merged tree, the versions of every file in conflict, and git's words for a file."""
        command = ("merge-tree", "--write-tree", "-z", "--messages", ours, theirs)
        output = self.git(*command, variables=_IDENTITY, codes=(0, 1))  # 1: there are conflicts
        tree, *fields = os.fsdecode(output).split("\0")
        end = fields.index("")  # an empty field ends the versions
        stages: dict[str, tuple[Stage, ...]] = {}
        for line in fields[:end]:
            facts, _, path = line.partition("\t")
            mode, content, number = facts.split()
            stage = Stage(mode=mode, hash=content, number=int(number))
            stages[path] = (*stages.get(path, ()), stage)
        return tree.strip(), stages, dict(_messages(fields[end + 1 :]))

    def _is_marked(self, tree: str, path: str) -> bool:
        """Whether the merged file shows both sides of a conflict."""
        content = self.git("cat-file", "blob", f"{tree}:{path}", codes=(0, 128))  # 128: no such file
        return _MARKER.search(content) is not None

    @property
    def borrowed(self) -> str:
        """What lets another git read the objects of this repository: GIT_ALTERNATE_OBJECT_DIRECTORIES."""
        return quoted_path(str(self.repository / "objects"))

    def files(self, tree: str) -> dict[str, tuple[str, str]]:
        """Return mode and content of each file of a tree."""
        listing = os.fsdecode(self.git("ls-tree", "-r", "-z", tree))
        lines = (line.partition("\t") for line in listing.split("\0") if line)
        return {path: (facts.split()[0], facts.split()[2]) for facts, _, path in lines}

    def _without(self, tree: str, paths: Iterable[str]) -> str:
        """Return a tree less some of its files."""
        lines = [f"0 {'0' * len(tree)}\t{path}" for path in paths]
        if not lines:
            return tree
        variables = {"GIT_INDEX_FILE": str(self.repository / "index.less")}
        self.git("read-tree", tree, variables=variables)
        given = os.fsencode("\0".join([*lines, ""]))
        self.git("update-index", "-z", "--index-info", given=given, variables=variables)
        return self.git("write-tree", variables=variables).decode().strip()


def _change(facts: str, path: str) -> Change:
    old_mode, new_mode, old_hash, new_hash, _ = facts.removeprefix(":").split()
    return Change(
        path=path,
        old_mode=old_mode.strip("0") and old_mode,
        old_hash=old_hash,
        new_mode=new_mode.strip("0") and new_mode,
        new_hash=new_hash,
    )


def _messages(fields: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each path in conflict with what git says about it."""
    rest = iter(fields)
    for count in rest:
        if not count.isdigit():
            return
        paths = [next(rest) for _ in range(int(count))]
        kind, words = next(rest), next(rest)
        if kind.startswith("CONFLICT"):
            yield from ((path, _KIND.sub("", words).strip()) for path in paths)


def _refuse_repositories(changes: Sequence[Change]) -> None:
    """Refuse to move a nested repository or submodule: git has no copy of what is in it."""
    found = [change.path for change in changes if REPOSITORY in {change.old_mode, change.new_mode}]
    if found:
        places = list_paths({path.removesuffix(f"~{YOURS}") for path in found})
        problem = f"The release has files where another git repository lies in your project: {places}."
        fix = f"Move that repository to another place, commit that, then try again. {UNTOUCHED}"
        raise FwstartError(problem, fix=fix)
