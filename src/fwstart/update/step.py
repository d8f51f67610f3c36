"""Brings a project to a later release, or to other answers; prepared in full before anything is changed."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any

from fwstart.errors import FwstartError, UsageError
from fwstart.git.run import git_bytes
from fwstart.report.suggested_commands import update_command
from fwstart.settings.questionnaire import project_question
from fwstart.template.recorded import ANSWERS_FILE, UNTOUCHED, Recorded, read_recorded
from fwstart.template.releases import Release, read_notes, read_releases, unbundle, unpack
from fwstart.template.render import regenerate
from fwstart.terminal.spelling import quoted, shown, suggestion
from fwstart.terminal.system_errors import system_errors
from fwstart.update.committed import check_nothing_hidden
from fwstart.update.merge import Merged, Scratch
from fwstart.update.replacement import fingerprints, replace_files
from fwstart.update.repository import check_clean, check_repository, unfinished
from fwstart.update.workplace import Workplace, find_workplace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


# What an update can change besides the targets, by the first release whose templates ask for it.
CHOICES: Mapping[str, tuple[int, int, int]] = {
    "accelerator": (0, 1, 0),
    "backbones": (0, 10, 0),
    "pipeline": (0, 11, 0),
}


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for, as it stood on the command line."""

    path: str
    to: str | None = None
    deploy: tuple[str, ...] = ()
    framework: str | None = None
    choices: Mapping[str, str | None] = field(default_factory=dict)  # of CHOICES
    named_all: bool = False  # what leaves was named: no target is left out by mistake
    unchanged: tuple[str, ...] = ()  # parts that were named, and are as they are wanted

    @property
    def chosen(self) -> dict[str, str]:
        """What was asked for of these."""
        return {key: value for key, value in self.choices.items() if value is not None}

    @property
    def switches(self) -> tuple[str, ...]:
        """What a command must have, too, to ask for the same."""
        return tuple(word for key, value in self.chosen.items() for word in (f"--{key}", value))

    def command(self, *switches: str, deploy: Iterable[str] | None = None) -> str:
        """Return the command that asks for the same, and for these targets if they are given."""
        targets = self.deploy if deploy is None else deploy
        return update_command(self.path, self.to, targets, *self.switches, *switches)


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

    def choice(self, key: str) -> tuple[str, str]:
        """Return what the project recorded for one of CHOICES, and what it is to be."""
        default = project_question(key).default
        before, after = (str(each.get(key, default)) for each in (self.recorded.answers, self.answers))
        return before, after

    @property
    def deployed(self) -> list[str]:
        """The targets that the project has."""
        return list(self.recorded.answers.get("deploy", []))

    @property
    def deploy(self) -> list[str]:
        """The targets that it is to have."""
        return list(self.answers.get("deploy", []))


@dataclass(frozen=True, kw_only=True)
class RenamedPackage:
    """A package whose folder `src/<recorded>` is gone, and the folder that looks like it, if there is one."""

    recorded: str
    found: str | None


@dataclass(frozen=True, kw_only=True)
class Update:
    """An update that is prepared but not yet made."""

    step: Step
    old: str  # the tree that the old release generates
    new: str  # the tree that the new one generates
    merged: Merged
    scratch: Scratch

    @property
    def ignored(self) -> list[str]:
        """The new files that the user's rules for ignoring match: `git add --all` would leave them out."""
        added = [change.path for change in self.merged.changes if change.kind == "added"]
        given = os.fsencode("".join(f"{path}\0" for path in added))
        ask = ("check-ignore", "--no-index", "-z", "--stdin")
        found = git_bytes(self.step.project, *ask, given=given, codes=(0, 1))  # 1: none
        return [path for path in os.fsdecode(found).split("\0") if path]

    @property
    def renamed_package(self) -> RenamedPackage | None:
        """What is recorded and no longer there, where the user has renamed the package's folder."""
        package = str(self.step.recorded.answers.get("package", ""))
        recorded = f"src/{package}/"
        mine, generated = (self.scratch.files(tree).keys() for tree in (self.merged.user, self.old))
        names = {path.removeprefix(recorded) for path in generated if path.startswith(recorded)}
        if not names or any(path.startswith(recorded) for path in mine):
            return None
        below = (path.removeprefix("src/").partition("/") for path in mine if path.startswith("src/"))
        alike = Counter(folder for folder, _, rest in below if rest in names)
        return RenamedPackage(recorded=package, found=alike.most_common(1)[0][0] if alike else None)

    def make(self) -> None:
        """Change the project: all of its files, or none.

        Raises:
            FwstartError: the project has changed in the meantime, or something is in the way.
        """
        place = find_workplace(self.step.project)
        if place is None:  # not since check_repository
            raise FwstartError(f"{shown(self.step.project)} is no longer in a git repository.", fix=UNTOUCHED)
        with system_errors(self.step.project), place.locked():
            if place.journal.exists():
                raise unfinished(self.step.project)
            place.refuse_busy()
            self._make(place)

    def _make(self, place: Workplace) -> None:
        project = self.step.project
        check_clean(project, own=self.scratch.folder)
        if self.scratch.user_tree() != self.merged.user:
            problem = f"{shown(project)} got another commit while the update was being prepared."
            raise FwstartError(problem, fix=f"Try again. {UNTOUCHED}")
        before = fingerprints(project, self.merged.changes)
        check_nothing_hidden(project, self.merged.changes)
        replace_files(place, self.scratch, self.merged, before)


def plan_step(
    project: Path,
    to: str | None = None,
    deploy: Sequence[str] | None = None,
    chosen: Mapping[str, str] | None = None,
) -> Step:
    """Return the step from what the project recorded to release `to`, or to the newest.

    `deploy` are the targets that replace the recorded ones, and `chosen` the new answers of CHOICES.
    Needs no git and reads nothing but two files.

    Raises:
        FwstartError: there is no such step; the project is as it was.
    """
    recorded = read_recorded(project)
    releases = read_releases()
    current = _current(project, recorded, releases)
    target = _target(to, current, releases)
    targets = {} if deploy is None else {"deploy": list(deploy)}
    return Step(
        project=project,
        recorded=recorded,
        current=current,
        target=target,
        between=tuple(release for release in releases if current < release <= target),
        answers={**recorded.answers, **targets, **_changed(chosen or {}, recorded, target)},
    )


def _changed(chosen: Mapping[str, str], recorded: Recorded, target: Release) -> dict[str, str]:
    """Return what differs from the recorded answers; one that is not recorded is the default."""
    changed = {
        key: value
        for key, value in chosen.items()
        if value != recorded.answers.get(key, project_question(key).default)
    }
    for key in changed:
        if target.version < CHOICES[key]:
            first = ".".join(str(part) for part in CHOICES[key])
            problem = f"--{key} needs release {first} of the templates, but the update is to {target}."
            raise UsageError(
                problem, fix=f"Update to {first} or newer; a newer fwstart may have it. {UNTOUCHED}"
            )
    return changed


def _current(project: Path, recorded: Recorded, releases: Sequence[Release]) -> Release:
    for release in releases:
        if release.version == recorded.version:
            return release
    version, newest = ".".join(str(part) for part in recorded.version), releases[-1]
    if recorded.version > newest.version:
        problem = f"{shown(project)} is at release {version}; the newest that this fwstart knows is {newest}."
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
        problem = f"--to is {target}, but the project is already at {current}: an update never goes back."
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
    """Yield what the step would make of the project; the project itself is not changed.

    Raises:
        FwstartError: git is missing, or the project is not committed; or the templates refuse its answers.
    """
    check_repository(step.project)
    with tempfile.TemporaryDirectory(prefix="fwstart-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        unbundle(folder / "templates.git")
        scratch = Scratch(folder, step.project.resolve())
        old = generate(scratch, step, step.current, step.recorded.answers)
        new = generate(scratch, step, step.target, step.answers)
        merged = scratch.merge(old, new, theirs=f"fwstart-{step.target}")
        yield Update(step=step, old=old, new=new, merged=merged, scratch=scratch)


def generate(scratch: Scratch, step: Step, release: Release, answers: Mapping[str, Any]) -> str:
    """Return the tree of the step's project as a release generates it with these answers.

    Raises:
        FwstartError: the release does not accept the answers.
    """
    return scratch.tree_of(_generated(scratch.folder, release, answers, step.recorded.origin))


def _generated(folder: Path, release: Release, answers: Mapping[str, Any], source: str) -> Path:
    """Return a folder with the project as a release generates it."""
    root = folder / f"template-{release.tag}"
    if not root.exists():
        unpack(folder / "templates.git", release, root)
    project = Path(tempfile.mkdtemp(prefix="project-", dir=folder))
    try:
        regenerate(root, project, answers, source, release.tag)
    except FwstartError as error:
        problem = f"Release {release} does not accept the answers in {ANSWERS_FILE}. {error.problem}"
        raise FwstartError(problem, fix=f"Correct them there and commit the change. {UNTOUCHED}") from error
    return project
