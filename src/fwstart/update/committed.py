"""Compares files with what is committed, by content: git itself can be told to skip files."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from fwstart.errors import FwstartError
from fwstart.git.run import git_bytes, git_line, typed_git
from fwstart.template.recorded import UNTOUCHED
from fwstart.terminal.spelling import list_paths, typed

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from fwstart.update.merge import Change

# What could make git take a file for unchanged without looking at it, or leave it out.
_LOOK = (
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.ignoreStat=false"),
    *("-c", "core.sparseCheckout=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
)


def differing(project: Path, files: Mapping[str, tuple[str, str]]) -> set[str]:
    """Return the files whose content, kind or executable bit is not that of the given mode and blob.

    Compared as git would: through the filters and line endings of the repository. A file that is missing
    differs.
    """
    if not files:
        return set()
    prefix = git_line(project, "rev-parse", "--show-prefix")
    top = Path(git_line(project, "rev-parse", "--show-toplevel"))
    lines = [f"{mode} {content}\t{prefix}{path}\0" for path, (mode, content) in files.items()]
    with tempfile.TemporaryDirectory(prefix="fwstart-", ignore_cleanup_errors=True) as folder:
        # An index that is new has no marks that hide a file, and no times that could vouch for one.
        variables = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        update = (*_LOOK, "update-index")
        given = os.fsencode("".join(lines))
        git_bytes(top, *update, "-z", "--index-info", given=given, variables=variables)
        git_bytes(top, *update, "-q", "--really-refresh", variables=variables, codes=(0, 1))
        found = git_bytes(top, *_LOOK, "diff-files", "-z", "--name-only", variables=variables)
    return {name.removeprefix(prefix) for name in os.fsdecode(found).split("\0") if name}


def committed_files(project: Path) -> dict[str, tuple[str, str]]:
    """Return mode and blob of every file that is committed below the project."""
    listing = os.fsdecode(git_bytes(project, "ls-tree", "-r", "-z", "HEAD"))
    facts = (line.partition("\t") for line in listing.split("\0") if line)
    return {path: (words.split()[0], words.split()[2]) for words, _, path in facts}


def check_nothing_hidden(project: Path, changes: Sequence[Change]) -> None:
    """Refuse to replace files that differ from what is committed although `git status` did not say so.

    Raises:
        FwstartError: which files, and the command that makes git show them again.
    """
    files = {change.path: (change.old_mode, change.old_hash) for change in changes if change.old_mode}
    found = differing(project, files) | _marked(project, files)
    if not found:
        return
    listed = list_paths(found)
    commands = " && ".join(_show_again(project, found))
    if not commands:
        problem = f"These files changed while the update was being prepared: {listed}."
        raise FwstartError(problem, fix=f"Commit or undo that, then try again. {UNTOUCHED}")
    problem = f"The update changes files that git was told not to check: {listed}."
    if all(not os.path.lexists(project / path) for path in found):
        problem = f"The update changes files that git leaves out of the working tree: {listed}."
        commands = f"{typed_git(project)} sparse-checkout disable (or {commands})"
    fix = f"Run: {commands}. Commit or restore them, then try again. {UNTOUCHED}"
    raise FwstartError(problem, fix=fix)


def _marked(project: Path, paths: Container[str]) -> set[str]:
    """Return the files that git was told not to look at: a commit would leave their update out."""
    return {
        path for path, mark in _marks(project).items() if path in paths and (mark == "S" or mark.islower())
    }


def _marks(project: Path) -> dict[str, str]:
    """Return git's mark of each file: S where it is left out of the tree, small where not looked at."""
    listing = os.fsdecode(git_bytes(project, "ls-files", "-v", "-z"))
    return {line[2:]: line[0] for line in listing.split("\0") if line}


def _show_again(project: Path, paths: set[str]) -> Iterator[str]:
    """Yield the commands that make git look at these files again, as far as it was told not to."""
    marks = {path: mark for path, mark in _marks(project).items() if path in paths}
    skipped = sorted(path for path, mark in marks.items() if mark in "Ss")
    assumed = sorted(path for path, mark in marks.items() if mark.islower())
    for flag, names in (("--no-skip-worktree", skipped), ("--no-assume-unchanged", assumed)):
        if names:
            yield f"{typed_git(project)} update-index {flag} {typed(*names)}"
