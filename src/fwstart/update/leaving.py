"""The files that an update takes from a project: those that one more target would keep, and edited ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fwstart.advice.deployments import deployments_of
from fwstart.advice.questions import TARGETS, Target
from fwstart.errors import FwstartError
from fwstart.report.suggested_commands import update_command
from fwstart.template.recorded import UNTOUCHED
from fwstart.terminal.spelling import PATHS_SHOWN, shown
from fwstart.update.step import Update, generate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fwstart.terminal.console import Console


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """Files that leave the project, and the target that keeps them in the new release. Paths are sorted."""

    target: Target
    files: tuple[str, ...]
    without: str  # what a project without the target does not have, in a sentence
    command: str  # updates the project, or what became of it, with the target

    def as_json(self) -> dict[str, object]:
        """Return what `--json` prints."""
        return {"target": self.target, "files": list(self.files), "command": self.command}


def find_leaving(
    update: Update, path: str, to: str | None, switches: Sequence[str] = ()
) -> tuple[Leaving, ...]:
    """Return what the newer release takes from the project and a further target would keep, most files first.

    What leaves with a target that the project is no longer to have is not among it: that was asked for. Nor
    is a file that moved. `path`, `to` and `switches` are as the user typed them.
    """
    step, remaining = update.step, _taken_by_the_release(update)
    kept: dict[Target, set[str]] = {}
    for target in TARGETS if remaining else ():
        if target not in {*step.deploy, *step.deployed}:
            kept[target] = remaining - _left_with(update, target)
    found = []
    for target in sorted(kept, key=lambda one: -len(kept[one])):
        if files := kept[target] & remaining:
            remaining -= files
            (deployment,) = deployments_of([target], step.recorded.answers["framework"])
            found.append(
                Leaving(
                    target=target,
                    files=tuple(sorted(files)),
                    without=deployment.without,
                    command=update_command(path, to, [*step.deploy, target], *switches),
                )
            )
    return tuple(found)


def _taken_by_the_release(update: Update) -> set[str]:
    """Return the files that leave the project and would do so with its targets unchanged."""
    step, scratch = update.step, update.scratch
    deleted = {change.path for change in update.merged.changes if change.kind == "deleted"}
    if not step.between or not deleted:
        return set()
    if step.deploy != step.deployed:
        deleted &= scratch.files(generate(scratch, step, step.current, step.answers)).keys()
    return deleted & scratch.left(update.old, update.new)


def _left_with(update: Update, target: Target) -> set[str]:
    """Return the files that leave in the new release even if the project has one more target."""
    step, scratch = update.step, update.scratch
    deploy = [one for one in TARGETS if one in {*step.deploy, target}]
    tree = generate(scratch, step, step.target, {**step.answers, "deploy": deploy})
    return scratch.left(update.old, tree)


def show_leaving(leaving: tuple[Leaving, ...], console: Console) -> dict[str, object]:
    """Name the files that leave, what that means, and the command that keeps them; return it for JSON."""
    for one in leaving:
        single = len(one.files) == 1
        subject, cause = (
            ("1 file leaves", "it is") if single else (f"{len(one.files)} files leave", "they are")
        )
        console.say()
        console.prose(f"{subject} this project, because {cause} now part of the target {one.target}:")
        for file in one.files[:PATHS_SHOWN]:
            console.say(f"  {shown(file)}")
        if len(one.files) > PATHS_SHOWN:
            console.say(f"  and {len(one.files) - PATHS_SHOWN} more")
        console.prose(one.without)
        console.say("To keep them, or to get them back later (commit first):")
        console.say(f"  {one.command}")
    return {"leaving": [one.as_json() for one in leaving]}


def ask_about_doomed(worked: Update, leaving: Sequence[Leaving], again: str, console: Console) -> None:
    """Refuse to delete what the user edited, unless they say yes; `again` is the command that does so.

    Raises:
        FwstartError: they do not, or cannot be asked.
    """
    doomed = worked.merged.doomed
    if not doomed:
        return
    if console.asks:
        from fwstart.settings import dialogue

        console.say("\nYou edited these files, and the update deletes them:")
        for path in doomed:
            console.say(f"  {shown(path)}")
        if dialogue.confirm("Delete them? (git keeps what is committed)"):
            return
        raise FwstartError(
            "The update was canceled, because it deletes files that you edited.", fix=UNTOUCHED
        )
    problem = f"The update deletes files that you edited: {', '.join(shown(path) for path in doomed)}."
    ways = [f"To delete them (git keeps what is committed): {again}."]
    ways += [f"To keep those of {one.target}: {one.command}." for one in leaving if {*one.files} & {*doomed}]
    raise FwstartError(problem, fix=" ".join([*ways, UNTOUCHED]))
