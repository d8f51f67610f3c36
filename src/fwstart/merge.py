"""What an update makes of a project: git merges the user's work with the step from one template to the other.

Three trees are merged: the project as the old release generates it, as the new one does, and as the user has
committed it. Copier's own update applies the user's changes as a patch instead, and loses those that no text
patch can carry: changed images, and bytes that are not UTF-8 (copier 9.19.1, checked 2026-11-23). Everything
happens in a scratch repository that borrows the project's objects; the project itself is only read.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fwstart.git_command import environment, git_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

YOURS = "yours"

# Nothing that the user or the machine has configured may change bytes or run programs in there.
_SETTINGS = (
    *("-c", f"core.attributesFile={os.devnull}"),
    *("-c", "core.autocrlf=false"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.safecrlf=false"),
    *("-c", "merge.directoryRenames=true"),
    *("-c", "merge.renames=true"),
)
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

    tree: str
    changes: tuple[Change, ...]  # from the user's tree
    conflicts: dict[str, tuple[Stage, ...]]
    doomed: tuple[str, ...]  # deleted, although the user edited them
    absent: tuple[str, ...]  # changed by the template, but the user deleted them: they stay deleted


class Scratch:
    """A repository for merging, which borrows the objects of the user's."""

    def __init__(self, folder: Path, project: Path) -> None:
        self.repository = folder / "scratch.git"
        self.project = project
        ask = ("rev-parse", "--path-format=absolute", "--git-path", "objects", "--show-object-format")
        objects, object_format = git_bytes(project, *ask).decode().splitlines()
        git_bytes(
            folder, "init", "--quiet", "--bare", f"--object-format={object_format}", str(self.repository)
        )
        (self.repository / "objects/info/alternates").write_text(f"{objects}\n", encoding="utf-8")

    def git(self, *arguments: str, given: bytes = b"", variables: dict[str, str] | None = None) -> bytes:
        """Return what git writes, run in this repository."""
        return git_bytes(self.repository, *_SETTINGS, *arguments, given=given, variables=variables)

    def user_tree(self) -> str:
        """Return the tree that the user has committed at the project's folder."""
        prefix = git_bytes(self.project, "rev-parse", "--show-prefix").decode().rstrip("\n")
        return git_bytes(self.project, "rev-parse", f"HEAD:{prefix}").decode().strip()

    def tree_of(self, folder: Path) -> str:
        """Return the tree of all files in a folder."""
        variables = {"GIT_INDEX_FILE": str(self.repository / "index.new"), "GIT_WORK_TREE": str(folder)}
        variables["GIT_DIR"] = str(self.repository)
        (self.repository / "index.new").unlink(missing_ok=True)
        git_bytes(folder, *_SETTINGS, "add", "--all", "--force", ".", variables=variables)
        return self.git("write-tree", variables=variables).decode().strip()

    def changes(self, old: str, new: str) -> tuple[Change, ...]:
        """Return the files in which two trees differ."""
        raw = self.git("diff-tree", "-r", "-z", "--no-renames", "--raw", old, new).decode(
            errors="surrogateescape"
        )
        fields = raw.split("\0")[:-1]
        return tuple(_change(facts, path) for facts, path in zip(fields[::2], fields[1::2], strict=True))

    def merge(self, old: str, new: str, theirs: str) -> Merged:
        """Return the merge of the user's committed work with the step from tree `old` to tree `new`.

        `theirs` is what the new tree is called in conflict markers.
        """
        user = self.user_tree()
        base = self._commit(old)
        self._name(YOURS, self._commit(user, base))
        self._name(theirs, self._commit(new, base))
        tree, stages = self._merge_tree(YOURS, theirs)
        generated = self._paths(old)
        numbers = {path: {stage.number for stage in entries} for path, entries in stages.items()}
        absent = {path for path in stages if numbers[path] == {1, 3}}
        gone = {path for path in stages if numbers[path] == {1, 2}}
        doomed = gone & generated  # what the user renamed is the user's, and stays
        tree = self._without(tree, absent | doomed)
        return Merged(
            tree=tree,
            changes=self.changes(user, tree),
            conflicts={path: stages[path] for path in sorted(stages.keys() - absent - gone)},
            doomed=tuple(sorted(doomed)),
            absent=tuple(sorted(absent)),
        )

    def patch(self, merged: Merged) -> str:
        """Return what a merge changes in the user's tree, as a patch for reading."""
        user = self.user_tree()
        return self.git("diff-tree", "-r", "-p", "--stat", "--find-renames", user, merged.tree).decode(
            errors="replace"
        )

    def _commit(self, tree: str, *parents: str) -> str:
        arguments = [word for parent in parents for word in ("-p", parent)]
        made = self.git("commit-tree", tree, *arguments, "-m", "update", variables=_IDENTITY)
        return made.decode().strip()

    def _name(self, name: str, commit: str) -> None:
        self.git("update-ref", f"refs/heads/{name}", commit)

    def _merge_tree(self, ours: str, theirs: str) -> tuple[str, dict[str, tuple[Stage, ...]]]:
        """Return the merged tree, and the versions of every file in conflict."""
        done = subprocess.run(
            ["git", *_SETTINGS, "merge-tree", "--write-tree", "-z", "--no-messages", ours, theirs],
            cwd=self.repository,
            env=environment() | _IDENTITY,
            capture_output=True,
            check=False,
        )
        if done.returncode not in {0, 1}:  # 1: there are conflicts
            raise RuntimeError(f"git merge-tree failed: {done.stderr.decode(errors='replace')}")
        tree, *lines = done.stdout.decode(errors="surrogateescape").rstrip("\0").split("\0")
        stages: dict[str, tuple[Stage, ...]] = {}
        for line in lines:
            facts, _, path = line.partition("\t")
            mode, content, number = facts.split()
            stage = Stage(mode=mode, hash=content, number=int(number))
            stages[path] = (*stages.get(path, ()), stage)
        return tree.strip(), stages

    def _paths(self, tree: str) -> set[str]:
        listing = self.git("ls-tree", "-r", "-z", "--name-only", tree).decode(errors="surrogateescape")
        return set(listing.split("\0")) - {""}

    def _without(self, tree: str, paths: Iterable[str]) -> str:
        """Return a tree less some of its files."""
        lines = [f"0 {'0' * len(tree)}\t{path}" for path in paths]
        if not lines:
            return tree
        variables = {"GIT_INDEX_FILE": str(self.repository / "index.less")}
        self.git("read-tree", tree, variables=variables)
        given = "\0".join([*lines, ""]).encode(errors="surrogateescape")
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
