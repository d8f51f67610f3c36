"""Whether git could restore a project: what an update needs before it changes anything."""

from __future__ import annotations

import os
import re
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, NamedTuple

from fwstart.errors import FwstartError
from fwstart.git.run import git_line, run_git, typed_git
from fwstart.report.suggested_commands import update_command
from fwstart.template.recorded import ANSWERS_FILE, UNTOUCHED
from fwstart.terminal.spelling import list_paths, shown, typed
from fwstart.update.putting_back import refuse_orphans
from fwstart.update.workplace import find_workplace

if TYPE_CHECKING:
    from collections.abc import Sequence

STATUS_SECONDS = 120.0  # of a large working tree on a slow disk
OLDEST_GIT = (2, 38)  # merges trees without a working tree
FORMER_WORKPLACE = ".fwstart-update"  # of fwstart 0.5.0 and older, in the project itself
DIRECTING = ("GIT_DIR", "GIT_WORK_TREE")  # variables by which git can be led to a repository elsewhere


class Uncommitted(NamedTuple):
    """A file that is not as committed: its path from the project, and git's marks of what it is."""

    path: str
    kind: str  # of `git status --porcelain=v2`: 1 changed, u unmerged, ? not known to git
    submodule: str  # N... where it is none


def check_repository(project: Path) -> None:
    """Refuse a project that git could not restore.

    Raises:
        FwstartError: no git, an old one, no repository, or something that is not committed.
    """
    if which("git") is None:
        raise FwstartError("git is not installed; an update needs it.", fix=f"Install git. {UNTOUCHED}")
    version = git_version()
    if version < OLDEST_GIT:
        problem = f"git is {version[0]}.{version[1]}; `fwstart update` needs 2.38 or newer."
        raise FwstartError(problem, fix=f"Upgrade git, or run `copier update`. {UNTOUCHED}")
    tracked = run_git(project, "cat-file", "-e", f"HEAD:./{ANSWERS_FILE}")
    if tracked.code != 0:
        raise _without_history(project)
    check_clean(project)


def _without_history(project: Path) -> FwstartError:
    inside = run_git(project, "rev-parse", "--is-inside-work-tree")
    problem = f"{shown(project)} is not committed to a git repository, so an update could not be undone."
    if inside.code != 0 and "not a git repository" not in inside.error:
        problem = f"git cannot use the repository of {shown(project)}: {inside.words}."
        if "dubious ownership" in inside.error:
            trust = f"git config --global --add safe.directory {typed(str(project.resolve()))}"
            return FwstartError(problem, fix=f"If you trust it: {trust}. Then try again. {UNTOUCHED}")
        return FwstartError(problem, fix=f"Fix that, then try again. {UNTOUCHED}")
    if inside.output.strip() == "false":
        return _without_working_tree(project)
    directing = [name for name in DIRECTING if os.environ.get(name)]
    if inside.code != 0 and directing:
        problem = (
            f"{shown(project)} is not in a git repository that can be found from its folder, and "
            f"{' and '.join(directing)} in the environment are not followed."
        )
        fix = (
            "If the project belongs to that repository, make its folder point to it: "
            f'echo "gitdir: $GIT_DIR" > {typed(str(project / ".git"))}'
        )
        return FwstartError(problem, fix=f"{fix}. Then try again. {UNTOUCHED}")
    begin = "" if inside.code == 0 else "git init && "
    fix = f'In that folder: {begin}git add --all . && git commit -m "Before the update". {UNTOUCHED}'
    return FwstartError(problem, fix=fix)


def _without_working_tree(project: Path) -> FwstartError:
    """Return the error for a repository that is bare by mistake, or for a project in a git directory."""
    folder = Path(git_line(project, "rev-parse", "--absolute-git-dir"))
    if folder.name == ".git" and not project.resolve().is_relative_to(folder):
        problem = f"git takes the repository of {shown(project)} for a bare one: core.bare is true."
        fix = f"Run: {typed_git(project)} config core.bare false. Then try again. {UNTOUCHED}"
    else:
        problem = (
            f"{shown(project)} is inside a git directory, {shown(folder)}, where nothing can be committed."
        )
        fix = f"Move the project out of it, then try again. {UNTOUCHED}"
    return FwstartError(problem, fix=fix)


def check_clean(project: Path, own: Path | None = None) -> None:
    """Refuse a project with changes that are not committed, as far as git shows them.

    `own` is the update's temporary folder, which does not count: TMPDIR may be in the project.

    Raises:
        FwstartError: which files, and what to do about them.
    """
    top = project.resolve()
    uncommitted = [
        one for one in _uncommitted(project) if own is None or not (top / one.path).is_relative_to(own)
    ]
    if not uncommitted:
        return
    problem = (
        f"{shown(project)} has changes that are not committed: {list_paths(one.path for one in uncommitted)}."
    )
    raise FwstartError(problem, fix=f"{_advice(project, uncommitted)}, then try again. {UNTOUCHED}")


def refuse_unmerged(project: Path) -> None:
    """Refuse to call a project finished in which a merge has left conflicts.

    Raises:
        FwstartError: which files have them.
    """
    if which("git") is None:
        return
    listed = run_git(project, "ls-files", "--unmerged", "-z", "--", ".")  # fails where there is no repository
    entries = [line for line in listed.output.split("\0") if line] if listed.code == 0 else []
    paths = dict.fromkeys(line.partition("\t")[2] for line in entries)
    if paths:
        problem = f"{shown(project)} has conflicts that are not resolved: {list_paths(paths)}."
        raise FwstartError(problem, fix=f"Resolve them and commit that, then try again. {UNTOUCHED}")


def _uncommitted(project: Path) -> tuple[Uncommitted, ...]:
    # Without the lock git does not write what it learns into the index: nothing at all is touched.
    settings = ("--no-optional-locks", "-c", "status.showStash=false")
    ask = (*settings, "status", "--porcelain=v2", "-z", "--untracked-files=all", "--no-renames")
    status = run_git(project, *ask, "--", ".", seconds=STATUS_SECONDS)
    prefix = git_line(project, "rev-parse", "--show-prefix") if status.output else ""
    lines = [line for line in status.output.split("\0") if line and not line.startswith("#")]
    if status.is_cut:
        raise _too_many(project, tuple(_parsed(line, prefix) for line in lines[:-1]))
    if status.code != 0:
        problem = f"git cannot say what is uncommitted in {shown(project)}: {status.words}."
        raise FwstartError(problem, fix=f"Fix that, then try again. {UNTOUCHED}")
    return tuple(_parsed(line, prefix) for line in lines)


def _too_many(project: Path, some: Sequence[Uncommitted]) -> FwstartError:
    """Return the error for more uncommitted files than git's answer about them is read; `some` of them."""
    folders = dict.fromkeys(f"{one.path.split('/')[0]}/" for one in some if "/" in one.path)
    problem = f"{shown(project)} has more than {len(some):,} files that are not committed"
    fix = "Commit them, move them out of the project, or name their folder in .gitignore; then try again."
    where = f", in {list_paths(folders)}" if folders else ""
    return FwstartError(f"{problem}{where}.", fix=f"{fix} {UNTOUCHED}")


def _parsed(line: str, prefix: str) -> Uncommitted:
    """Return what a line of `git status --porcelain=v2` says: its fields depend on its kind."""
    fields = {"1": 8, "u": 10}.get(line[0], 1)
    words = line.split(" ", fields)
    return Uncommitted(words[-1].removeprefix(prefix), line[0], words[2] if fields > 1 else "N...")


def _advice(project: Path, uncommitted: Sequence[Uncommitted]) -> str:
    """Return what to do about the changes, as the beginning of a sentence."""
    former = [one.path for one in uncommitted if one.path.split("/")[0] == FORMER_WORKPLACE]
    if former and (project / FORMER_WORKPLACE / "journal.json").exists():
        git, folder = typed_git(project), shown(project / FORMER_WORKPLACE)
        return (
            f"fwstart 0.5.0 or older was stopped halfway. Move {folder} away (in its folder `old` are files "
            f"from before), put the rest aside with `{git} add --all . && {git} stash`"
        )
    if former:
        return f"Remove {shown(project / FORMER_WORKPLACE)}, which fwstart 0.5.0 or older left, or commit it"
    dirty = [one.path for one in uncommitted if {"M", "U"} & set(one.submodule)]  # changes within: S.MU
    if dirty:
        return f"First commit inside the submodule ({list_paths(dirty)}), then commit it here as well"
    nested = [one.path for one in uncommitted if one.kind == "?" and one.path.endswith("/")]
    if nested:
        return f"Another git repository ({list_paths(nested)}) would not be stashed: move it away"
    if any(one.kind == "u" for one in uncommitted):
        return "Resolve the conflicts of the merge and commit that"
    return "Commit them or run `git stash --include-untracked`"


def refuse_unfinished(project: Path) -> None:
    """Refuse to look at a project that a killed update left half done.

    Raises:
        FwstartError: it is, and the update that puts the files back.
    """
    place = find_workplace(project)
    if place is not None and place.journal.exists():
        with place.locked():  # else another fwstart is at work on it
            pass
        if place.journal.exists():
            raise unfinished(project)
    if place is not None:
        refuse_orphans(place)


def unfinished(project: Path) -> FwstartError:
    """Return the error for a project that a killed update left half done."""
    where = shown(project)
    problem = f"An earlier update of {where} was stopped halfway: some of its files are another release's."
    command = update_command(str(project), None, ())
    return FwstartError(problem, fix=f"Run: {command}; it first puts back what was there before.")


def git_version() -> tuple[int, int]:
    """Return the version of git, (0, 0) if it does not say."""
    found = re.search(r"(\d+)\.(\d+)", run_git(Path(), "version").output)
    return (int(found[1]), int(found[2])) if found else (0, 0)
