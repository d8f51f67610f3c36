"""`fwstart add` and `fwstart remove`: an update that is asked for by the names of parts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fwstart.change.parts import Change, Verb, checked_names, keeps_server, plan_change
from fwstart.errors import EXIT_DONE
from fwstart.settings.questionnaire import check_pipeline
from fwstart.template.recorded import UNTOUCHED, read_recorded
from fwstart.terminal.spelling import shown
from fwstart.update import command as updating
from fwstart.update.repository import refuse_unfinished
from fwstart.update.step import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fwstart.terminal.console import Console


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was typed."""

    verb: Verb
    words: Sequence[str]
    path: str
    to: str | None
    diff: bool  # only show what would change
    yes: bool


def change(wish: Wish, console: Console) -> int:
    """Add or remove parts of a project, as `fwstart update` does; return its exit code.

    Raises:
        UsageError: a name is not known, or a pipeline does not train with the framework.
        FwstartError: the folder is not a project, or cannot be updated; it is as it was.
    """
    names, project = checked_names(wish.words), Path(wish.path)
    if wish.diff:
        refuse_unfinished(project)
    else:
        updating.put_back(project, console)
    answers = read_recorded(project).answers
    planned = plan_change(wish.verb, names, answers)
    fix = f"You may want: fwstart add kfp. {UNTOUCHED}"
    check_pipeline("TARGET", planned.choices.get("pipeline", ""), answers["framework"], fix=fix)
    if keeps_server(wish.verb, names, planned, answers):
        console.note("TFX pushes to the folder of the server, whose files stay until: fwstart remove tfx")
    if planned.is_idle:
        return _say_idle(wish, planned, console)
    if planned.unchanged:
        console.note(_unchanged(wish, planned))
    request = Request(
        path=wish.path,
        to=wish.to,
        deploy=planned.deploy,
        choices=planned.choices,
        named_all=True,
        unchanged=planned.unchanged,
    )
    switches = [*(["--diff"] if wish.diff else []), *(["--yes"] if wish.yes else [])]
    console.say(f"The same as: {request.command(*switches)}")
    if wish.diff:
        return updating.show_difference(request, console)
    return updating.update(request, console, yes=wish.yes)


def _say_idle(wish: Wish, planned: Change, console: Console) -> int:
    version = ".".join(str(part) for part in read_recorded(Path(wish.path)).version)
    request = Request(path=wish.path, to=version, unchanged=planned.unchanged)
    step = updating.plan(request)
    console.prose(f"{_unchanged(wish, planned)} Nothing was changed.")
    if console.json:
        console.document(updating.report_of(step, request) | {"command": None})
    return EXIT_DONE


def _unchanged(wish: Wish, planned: Change) -> str:
    project = Path(wish.path)
    name = shown(project.name or project.resolve().name)
    verb = "already has" if wish.verb == "add" else "does not have"
    return f"{name} {verb} {', '.join(planned.unchanged)}."
