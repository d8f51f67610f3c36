"""The same project in the other framework: a project is never converted, it gets a twin next to it."""

from __future__ import annotations

import json
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.questions import FRAMEWORK_NAMES, Framework
from fwstart.errors import FwstartError
from fwstart.report.suggested_commands import answer_flags, new_command
from fwstart.settings.settings import project_fields
from fwstart.terminal.spelling import printable, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fwstart.advice.rule import Answers
    from fwstart.template.recorded import Recorded


def refuse_other_framework(path: str, recorded: Recorded, framework: Framework) -> None:
    """Refuse to change a project's framework.

    Raises:
        FwstartError: it is another one; the way out is the command that generates the twin.
    """
    if framework == recorded.answers["framework"]:
        return
    own = FRAMEWORK_NAMES[recorded.answers["framework"]]
    problem = (
        f"{printable(path)} is a {own} project, and an update never changes the framework: your model, "
        f"training and checkpoints are {own}'s."
    )
    commands = "\n".join(f"  {command}" for command in twin_commands(path, recorded, framework))
    raise FwstartError(
        problem, fix=f"Create its twin next to it, with the same answers and data:\n{commands}"
    )


def twin_commands(path: str, recorded: Recorded, framework: Framework) -> list[str]:
    """Return the commands that create the twin next to the project, with the same settings and data."""
    project = Path(path)
    name = f"{project.resolve().name}-{framework}"
    twin = str(Path("..", name) if project.resolve() == Path.cwd() else project.with_name(name))
    answers = recorded.answers
    decision = [*answer_flags(_decision(project, answers.get("deploy", []))), "--framework", framework]
    fields = {field.key: str(answers[field.key]) for field in project_fields() if answers.get(field.key)}
    end_of_flags = ["--"] if str(project).startswith("-") else []
    copies = [
        typed("cp", "-R", *end_of_flags, str(project / entry), str(Path(twin, entry).parent))
        for entry in _data(project)
    ]
    return [new_command(twin, decision, fields, ()), *copies]


def _decision(project: Path, deploy: list[str]) -> Answers:
    """Return the answers of the decision, as `fwstart new` wrote them down; the targets of today."""
    known = {question.id: question for question in load_knowledge().questions}
    answers: dict[str, tuple[str, ...]] = {}
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        written = json.loads((project / "docs/decision.json").read_text(encoding="utf-8"))["answers"]
        for key, value in written.items():
            chosen = (value,) if isinstance(value, str) else tuple(value)
            if key in known and set(chosen) <= set(known[key].values):
                answers[key] = chosen
    return {**answers, "deploy": tuple(deploy)}


def _data(project: Path) -> Iterator[str]:
    """Yield the entries of the project that say or hold what it is trained on."""
    yield "config.toml"
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        source = tomllib.loads((project / "config.toml").read_text(encoding="utf-8"))["data"]["source"]
        if not Path(source).is_absolute() and (project / source).is_dir():
            yield source
