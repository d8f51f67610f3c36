"""Everything that can be answered and typed, as JSON types; pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from fwstart import __version__
from fwstart.advice.deployments import load_deployments
from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.questions import FRAMEWORKS
from fwstart.change.parts import CHOICES, part_names
from fwstart.settings.settings import NOWHERE, Field, all_fields, project_fields, question_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fwstart.advice.questions import Option

# Raised with every change of the keys; what was there keeps its name and meaning.
SCHEMA_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A flag or an argument of a command."""

    names: tuple[str, ...]  # as they are typed; of an argument, the word that stands for it
    takes: str | None  # what follows it, in words; None: nothing
    help: str
    required: bool
    repeatable: bool


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command with everything that can be typed after it."""

    name: str
    help: str
    arguments: tuple[Parameter, ...]
    flags: tuple[Parameter, ...]


def catalog(commands: Iterable[Command]) -> dict[str, object]:
    """Return all questions with their values, parts that can be added, and commands with their flags."""
    return {
        "schema_version": SCHEMA_VERSION,
        "fwstart": __version__,
        "questions": [_question(field) for field in all_fields()],
        "parts": [_part(name) for name in part_names()],
        "commands": [asdict(command) for command in commands],
    }


def _question(field: Field) -> dict[str, object]:
    known = field.default in field.values
    return {
        "key": field.key,
        "flag": field.flag,
        "variable": field.variable,
        "help": field.help,
        "values": [_value(field, value) for value in field.values],  # none: any text
        "multiple": field.multiple,
        "empty": NOWHERE if field.multiple else None,  # what is typed to choose no value
        "default": [] if field.multiple else field.default if known else None,
        "default_words": field.default or None,
        "advises": field in question_fields(),
        "commands": ["new"] if field in project_fields() else ["new", "advise"],
        "changes": list(field.changes),
    }


def _value(field: Field, value: str) -> dict[str, object]:
    if field not in question_fields():
        return {"value": value}
    option = load_knowledge().question(field.key).option(value)
    return {"value": value, "label": option.label, **_proposal(option)}


def _proposal(option: Option) -> dict[str, object]:
    """Return what an answer brings to the project."""
    if option.target:
        return {"target": option.target, "runtimes": _runtimes(option.target)}
    proposed = {"backbones": option.backbones, "pipeline": option.pipeline}
    return {key: value for key, value in proposed.items() if value}


def _runtimes(target: str) -> dict[str, str]:
    names = {one.framework: one.name for one in load_deployments() if one.target == target}
    return {framework: names[framework] for framework in FRAMEWORKS}


def _part(name: str) -> dict[str, object]:
    key, value = CHOICES.get(name, ("deploy", name))
    return {
        "name": name,
        "add": f"fwstart add {name}",
        "remove": f"fwstart remove {name}",
        "flag": [f"--{key}", value],
    }
