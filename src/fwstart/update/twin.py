"""The same project in the other framework: a project is never converted, it gets a twin next to it."""

from __future__ import annotations

import json
import os
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.questions import FRAMEWORK_NAMES, Framework
from fwstart.errors import FwstartError
from fwstart.report.suggested_commands import answer_flags, new_command
from fwstart.settings.questionnaire import project_question, trains_with
from fwstart.settings.settings import project_fields
from fwstart.terminal.spelling import printable, shown, typed
from fwstart.update.step import CHOICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fwstart.advice.rule import Answers
    from fwstart.template.recorded import Recorded

TABLES = (".csv", ".tsv")  # what names the files of a project's data instead of holding them
INSTEAD = "kfp"  # the pipeline of a twin whose framework cannot have the project's own


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
    remarks = "".join(f"\n{remark}" for remark in twin_remarks(path, recorded, framework))
    raise FwstartError(
        problem, fix=f"Create its twin next to it, with the same answers and data:\n{commands}{remarks}"
    )


def twin_commands(path: str, recorded: Recorded, framework: Framework) -> list[str]:
    """Return the commands that create the twin next to the project, with the same settings and data.

    Data outside the project is not copied: the twin finds it by the same path.
    """
    project, twin = Path(path), _twin(path, framework)
    decision = answer_flags(_decision(project, recorded.answers.get("deploy", [])))
    fields = {
        field.key: value
        for field in project_fields()
        if (value := _answer(field.key, recorded, framework)) or field.key == "author"
    }
    copies = [_copy(entry, project, twin) for entry in (Path("config.toml"), *_data(project))]
    return [new_command(str(twin), [*decision, "--framework", framework], fields, ()), *copies]


def twin_remarks(path: str, recorded: Recorded, framework: Framework) -> list[str]:
    """Return what the commands leave to the user, or do in another way, as sentences."""
    twin = shown(_twin(path, framework))
    tables = [entry for entry in _data(Path(path)) if entry.suffix.lower() in TABLES]
    said = [
        f"{shown(table)} names images by their paths from its own folder: copy these as well, to the same "
        f"places in {twin}."
        for table in tables
    ]
    if recorded.answers.get("pipeline") == "tfx" and not trains_with("tfx", framework):
        said.insert(0, f"TFX trains with TensorFlow alone: the pipeline of {twin} is {INSTEAD}.")
    return said


def _twin(path: str, framework: Framework) -> Path:
    """Return where the twin goes: next to the project."""
    project = Path(path)
    name = f"{project.resolve().name}-{framework}"
    return Path("..", name) if project.resolve() == Path.cwd() else project.with_name(name)


def _answer(key: str, recorded: Recorded, framework: Framework) -> str:
    """Return what the twin is to have: what the project recorded, and the default where it was not asked."""
    asked_later = project_question(key).default if key in CHOICES else ""
    value = str(recorded.answers.get(key) or asked_later)
    return INSTEAD if key == "pipeline" and not trains_with(value, framework) else value


def _copy(entry: Path, project: Path, twin: Path) -> str:
    """Return the command that copies an entry, given from the project, to the same place in its twin."""
    end_of_flags = ["--"] if str(project).startswith("-") else []
    folder = str((twin / entry).parent)
    copy = typed("cp", "-R", *end_of_flags, str(project / entry), folder)
    is_nested = len(entry.parts) > 1  # in a folder that the twin may not have
    return f"{typed('mkdir', '-p', *end_of_flags, folder)} && {copy}" if is_nested else copy


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


def _data(project: Path) -> Iterator[Path]:
    """Yield what the project's settings name as its data, from the project: a folder or a table within it."""
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        settings = tomllib.loads((project / "config.toml").read_text(encoding="utf-8"))
        source = Path(os.path.normpath(settings["data"]["source"]))
        is_within = not source.is_absolute() and source.parts[:1] not in {(), ("..",)}
        is_table = source.suffix.lower() in TABLES and (project / source).is_file()
        if is_within and (is_table or (project / source).is_dir()):
            yield source
