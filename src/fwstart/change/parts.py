"""What can be added to a project and removed from it, and the update that does so; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.questions import TARGETS, Target
from fwstart.errors import UsageError
from fwstart.settings.questionnaire import project_question
from fwstart.settings.settings import NOWHERE
from fwstart.terminal.spelling import not_accepted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

Verb = Literal["add", "remove"]

# What is not a deployment target: the question of copier.yml that it answers, and its answer.
CHOICES: Mapping[str, tuple[str, str]] = {
    "gpu": ("accelerator", "gpu"),
    "backbones": ("backbones", "hub"),
    "kfp": ("pipeline", "kfp"),
    "tfx": ("pipeline", "tfx"),
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """What `fwstart update` is asked for; nothing where the project is already as wanted."""

    deploy: tuple[str, ...] = ()  # all targets from now on, as --deploy names them
    choices: Mapping[str, str] = field(default_factory=dict)
    unchanged: tuple[str, ...] = ()  # the names that the project already has, or has not

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to change."""
        return not self.deploy and not self.choices


def part_names() -> tuple[str, ...]:
    """Return everything that can be added or removed, the deployment targets first."""
    return (*load_knowledge().question("deploy").values, *CHOICES)


def part_flags() -> Mapping[str, Mapping[str, str]]:
    """Return the flags of `fwstart update` that parts stand for: of each, the parts by the flag's value."""
    flags = {"--deploy": {value: value for value in load_knowledge().question("deploy").values}}
    for name, (key, value) in CHOICES.items():
        flags.setdefault(f"--{key}", {})[value] = name
    return flags


def checked_names(words: Iterable[str]) -> list[str]:
    """Return the names of parts, each once; a word may hold several, separated by commas.

    Raises:
        UsageError: a name is not known.
    """
    names, accepted = [word.strip() for each in words for word in each.split(",")], part_names()
    for name in names:
        if name == "cpu":  # nearest is gpu, which is the opposite
            problem = "TARGET is cpu, which every project has."
            raise UsageError(problem, fix="You may want: fwstart remove gpu")
        if name not in accepted:
            raise not_accepted("TARGET", name, accepted)
    return list(dict.fromkeys(names))


def plan_change(verb: Verb, names: Sequence[str], answers: Mapping[str, Any]) -> Change:
    """Return what must be updated so that a project with these answers has the named parts, or lacks them.

    Raises:
        UsageError: two parts are to be added of which a project has one.
    """
    has = {name: _has(name, answers) for name in names}
    idle = {_part(name): name for name in reversed(names) if has[name] == (verb == "add")}
    changed = [name for name in names if _part(name) not in idle]
    if verb == "add" and {"kfp", "tfx"} <= set(names):
        raise UsageError("TARGET is kfp and tfx; a project has one pipeline.", fix="Name one of them.")
    choices = {}
    for key, value in (CHOICES[name] for name in changed if name in CHOICES):
        choices[key] = value if verb == "add" else project_question(key).default
    targets = {_target(name) for name in changed if name not in CHOICES}
    deployed = answers.get("deploy", [])
    wanted = tuple(target for target in TARGETS if (target in deployed) != (target in targets))
    return Change(
        deploy=(wanted or (NOWHERE,)) if targets else (),
        choices=choices,
        unchanged=tuple(reversed(idle.values())),
    )


def keeps_server(verb: Verb, names: Iterable[str], planned: Change, answers: Mapping[str, Any]) -> bool:
    """Return whether the files of a server that is to leave stay: the pipeline brings them as well."""
    removed = {_target(name) for name in names if name not in CHOICES} if verb == "remove" else set()
    return "server" in removed and {**answers, **planned.choices}.get("pipeline") == "tfx"


def _part(name: str) -> object:
    """Return what two names have in common that mean the same part."""
    return CHOICES.get(name) or _target(name)


def _has(name: str, answers: Mapping[str, Any]) -> bool:
    if name not in CHOICES:
        return _target(name) in answers.get("deploy", [])
    key, value = CHOICES[name]
    return bool(answers.get(key, project_question(key).default) == value)


def _target(name: str) -> Target | None:
    """Return what a deployment is called in copier.yml."""
    return load_knowledge().question("deploy").option(name).target
