"""Brings a project to a later release, or to other answers: worked out in full before anything is touched."""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any

from fwstart.errors import FwstartError, UsageError
from fwstart.git_command import run_git
from fwstart.merge import Merged, Scratch
from fwstart.project import regenerate
from fwstart.recorded import ANSWERS_FILE, UNTOUCHED, Recorded, read_recorded
from fwstart.releases import Release, read_notes, read_releases, unbundle, unpack
from fwstart.replacement import replace_files
from fwstart.spelling import quoted, suggestion
from fwstart.target import list_entries, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

STATUS_SECONDS = 120.0  # of a large working tree on a slow disk
OLDEST_GIT = (2, 38)  # merges trees without a working tree


@dataclass(frozen=True, kw_only=True)
class Step:
    """From which release and answers a project goes to which."""

    project: Path
    recorded: Recorded
    current: Release
    target: Release
    between: tuple[Release, ...]  # those after the current one, up to the target
    answers: Mapping[str, Any]

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do: no newer release, no other answer."""
        return self.current == self.target and self.answers == self.recorded.answers

    @property
    def deployed(self) -> list[str]:
        """The targets that the project has."""
        return list(self.recorded.answers.get("deploy", []))

    @property
    def deploy(self) -> list[str]:
        """The targets that it is to have."""
        return list(self.answers.get("deploy", []))


@dataclass(frozen=True, kw_only=True)
class Update:
    """An update that is worked out and not yet made."""

    step: Step
    merged: Merged
    scratch: Scratch

    def make(self) -> None:
        """Change the project: all of its files, or none.

        Raises:
            FwstartError: the project has changed meanwhile, or something is in the way.
        """
        _check_clean(self.step.project)
        replace_files(self.scratch, self.merged)


def plan_step(project: Path, to: str | None = None, deploy: Sequence[str] | None = None) -> Step:
    """Return the step from what the project recorded to release `to`, or to the newest.

    `deploy` are the targets that replace the recorded ones. Needs no git and reads nothing but two files.

    Raises:
        FwstartError: there is no such step; the project is as it was.
    """
    recorded = read_recorded(project)
    releases = read_releases()
    current = _current(project, recorded, releases)
    target = _target(to, current, releases)
    answers = recorded.answers if deploy is None else {**recorded.answers, "deploy": list(deploy)}
    return Step(
        project=project,
        recorded=recorded,
        current=current,
        target=target,
        between=tuple(release for release in releases if current < release <= target),
        answers=answers,
    )


def _current(project: Path, recorded: Recorded, releases: Sequence[Release]) -> Release:
    for release in releases:
        if release.version == recorded.version:
            return release
    version, newest = ".".join(str(part) for part in recorded.version), releases[-1]
    if recorded.version > newest.version:
        problem = f"{shown(project)} is at release {version}, newer than this fwstart, which knows {newest}."
        raise FwstartError(problem, fix=f"Upgrade fwstart, then try again. {UNTOUCHED}")
    problem = f"{shown(project)} is at release {version}, which this fwstart does not have."
    known = ", ".join(release.tag for release in releases)
    fix = f"Set `_commit` in {ANSWERS_FILE} to the release that it was made from ({known}). {UNTOUCHED}"
    raise FwstartError(problem, fix=fix)


def _target(to: str | None, current: Release, releases: Sequence[Release]) -> Release:
    if to is None:
        return releases[-1]
    known = {str(release): release for release in releases}
    target = known.get(to.removeprefix("v"))
    if target is None:
        problem = f"--to is {quoted(to)}; it must be a release: {', '.join(known)}."
        raise UsageError(problem, fix=suggestion(to, known, otherwise="A newer fwstart may have it."))
    if target < current:
        problem = f"--to is {target}, and the project is at {current} already: an update never goes back."
        raise UsageError(problem, fix="To undo an update, revert its commit with git.")
    return target


def read_changelog(step: Step) -> list[tuple[Release, str]]:
    """Return each release that the step brings and what the changelog says about it, the oldest first."""
    if not step.between or which("git") is None:
        return [(release, "") for release in step.between]
    with tempfile.TemporaryDirectory(prefix="fwstart-", ignore_cleanup_errors=True) as folder:
        repository = Path(folder) / "templates.git"
        unbundle(repository)
        return [(release, read_notes(repository, release)) for release in step.between]


@contextmanager
def worked_out(step: Step) -> Iterator[Update]:
    """Yield what the step would make of the project; nothing of the project is touched.

    Raises:
        FwstartError: git is missing, or the project is not committed; or the templates refuse its answers.
    """
    check_repository(step.project)
    with tempfile.TemporaryDirectory(prefix="fwstart-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        unbundle(folder / "templates.git")
        scratch = Scratch(folder, step.project.resolve())
        source, recorded = step.recorded.origin, step.recorded.answers
        old = scratch.tree_of(_generated(folder, "old", step.current, recorded, source))
        new = scratch.tree_of(_generated(folder, "new", step.target, step.answers, source))
        merged = scratch.merge(old, new, theirs=f"fwstart-{step.target}")
        yield Update(step=step, merged=merged, scratch=scratch)


def _generated(folder: Path, name: str, release: Release, answers: Mapping[str, Any], source: str) -> Path:
    """Return a folder with the project as a release generates it."""
    root, project = folder / f"{name}-template", folder / f"{name}-project"
    unpack(folder / "templates.git", release, root)
    project.mkdir()
    try:
        regenerate(root, project, answers, source, release.tag)
    except FwstartError as error:
        problem = f"Release {release} does not take the answers in {ANSWERS_FILE}. {error.problem}"
        raise FwstartError(problem, fix=f"Correct them there, and commit that. {UNTOUCHED}") from error
    return project


def check_repository(project: Path) -> None:
    """Refuse a project that git could not give back as it was.

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
        inside = run_git(project, "rev-parse", "--is-inside-work-tree")
        problem = f"{shown(project)} is not committed to a git repository, so an update could not be undone."
        if inside.code != 0 and "not a git repository" not in inside.error:
            problem = f"git cannot use the repository of {shown(project)}: {inside.words}."
        begin = "" if inside.code == 0 else "git init && "
        fix = f"In that folder: {begin}git add --all . && git commit -m 'Before the update'. {UNTOUCHED}"
        raise FwstartError(problem, fix=fix)
    _check_clean(project)


def _check_clean(project: Path) -> None:
    # Without the lock git does not write what it learns into the index: nothing at all is touched.
    ask = ("--no-optional-locks", "status", "--porcelain", "-z", "--untracked-files=all", "--", ".")
    status = run_git(project, *ask, seconds=STATUS_SECONDS)
    if status.code != 0:
        problem = f"git cannot say what is uncommitted in {shown(project)}: {status.words}."
        raise FwstartError(problem, fix=f"Put that right, then try again. {UNTOUCHED}")
    entries = [Path(line[3:]) for line in status.output.split("\0") if line[2:3] == " "]
    if entries:
        problem = f"{shown(project)} has changes that are not committed: {list_entries(entries)}."
        raise FwstartError(
            problem, fix=f"Commit them or `git stash --include-untracked`, then try again. {UNTOUCHED}"
        )


def git_version() -> tuple[int, int]:
    """Return the version of git, (0, 0) if it does not say."""
    found = re.search(r"(\d+)\.(\d+)", run_git(Path(), "version").output)
    return (int(found[1]), int(found[2])) if found else (0, 0)
