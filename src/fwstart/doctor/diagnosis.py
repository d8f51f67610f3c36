"""What works on a machine, what is missing, and how to fix it; pure, based on what was found."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fwstart.doctor.requirements import ELSEWHERE, SYSTEM_FACTS, Choice, Need, Part, Requirements, Tool
from fwstart.terminal.spelling import printable

MAX_DIGITS = 18  # of a number in a version: Python converts no more than 4,300


@dataclass(frozen=True, kw_only=True)
class Found:
    """The result of asking for one tool; without versions and without a problem, it is not installed."""

    versions: tuple[str, ...] = ()  # that answer, the preferred one first
    problem: str = ""  # why it cannot be used although it is there, as the end of a sentence
    detail: str = ""  # what else it says, about itself or about what is wrong
    unsure: bool = False  # it did not answer in time: it may well work
    denied: bool = False  # it says that this user may not use it


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What was found on a machine."""

    platform: str  # such as linux-x86_64
    systems: tuple[str, ...]  # what its commands are called in requirements.toml, the most exact first
    root: bool  # needs no sudo, and may have none
    found: Mapping[str, Found]  # by tool; what a system cannot have, such as glibc on macOS, is left out
    folder: str  # where a project would go
    free_gigabytes: float | None  # there; None where that cannot be told


@dataclass(frozen=True, kw_only=True)
class Lack:
    """Something that is missing, and how to fix it."""

    words: str
    command: str = ""  # the one to type; empty where none is known
    advice: str = ""  # what to do instead of a command
    unsure: bool = False


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One part of a project on this machine."""

    part: Part
    met_by: tuple[str, ...]  # what meets its own needs, with versions
    lacks: tuple[Lack, ...]  # what its framework's training lacks comes first

    @property
    def works(self) -> bool:
        """Whether nothing is missing."""
        return not self.lacks


def diagnose(parts: Iterable[Part], machine: Machine, requirements: Requirements) -> tuple[Finding, ...]:
    """Return a finding for each part."""
    return tuple(_finding(part, machine, requirements) for part in parts)


def requiring_python(part: Part, lowest: str) -> Part:
    """Return the part for a project that needs a newer Python."""
    needs = tuple(
        tuple(replace(choice, lowest=lowest) if choice.tool == "python" else choice for choice in need)
        for need in part.needs
    )
    return replace(part, needs=needs)


def tools_to_ask(parts: Iterable[Part], facts: Machine, requirements: Requirements) -> tuple[Tool, ...]:
    """Return the tools that may meet what the facts, found without running a program, do not."""
    needs = [need for part in parts for need in part.needs if not _is_met(need, facts)]
    return tuple(
        requirements.tools[tool_id] for tool_id in dict.fromkeys(c.tool for need in needs for c in need)
    )


def fixes(findings: Iterable[Finding]) -> Mapping[Lack, tuple[Finding, ...]]:
    """Return each fix once, with all the parts that it fixes or helps to fix."""
    todo: dict[str, tuple[Lack, list[Finding]]] = {}
    for finding in findings:
        for lack in finding.lacks:
            if what := lack.command or lack.advice:
                todo.setdefault(what, (lack, []))[1].append(finding)
    return {lack: tuple(fixed) for lack, fixed in todo.values()}


def meets(version: str, lowest: str, below: str) -> bool:
    """Whether a version is within the limits; an empty string is no limit."""
    number = _number(version)
    return (not lowest or number >= _number(lowest)) and (not below or number < _number(below))


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(digits[:MAX_DIGITS]) for digits in re.findall(r"\d+", version))


def _finding(part: Part, machine: Machine, requirements: Requirements) -> Finding:
    base = [requirements.part("train", part.framework)] if part.framework and part.id != "train" else []
    lacks = [lack for one in (*base, part) for lack in _lacks(one, machine, requirements)]
    return Finding(
        part=part,
        met_by=tuple(
            words for need in part.needs if (words := _met_by(need, machine, requirements)) is not None
        ),
        lacks=tuple(dict.fromkeys(lacks)),
    )


def _lacks(part: Part, machine: Machine, requirements: Requirements) -> list[Lack]:
    lacks = []
    if part.platforms and machine.platform not in part.platforms:
        wanted = ", ".join(part.platforms)
        lacks.append(Lack(words=f"this is {machine.platform}; packages exist for {wanted}"))
    lacks += [_lack(need, machine, requirements) for need in part.needs if not _is_met(need, machine)]
    free = machine.free_gigabytes
    if free is not None and free < part.gigabytes:
        folder = printable(machine.folder)
        words = f"{free:.1f} GB is free in {folder}; about {part.gigabytes:.1f} GB is needed"
        lacks.append(Lack(words=words, advice=f"Free up space on the disk of {folder}."))
    return lacks


def _is_met(need: Need, machine: Machine) -> bool:
    """Whether a tool fits, or none of them exists on this system, like glibc on macOS."""
    foreign = all(choice.tool in SYSTEM_FACTS and choice.tool not in machine.found for choice in need)
    return foreign or any(_fitting(choice, machine) is not None for choice in need)


def _fitting(choice: Choice, machine: Machine) -> str | None:
    """Return the version of a tool that fits, None if there is none."""
    versions = machine.found.get(choice.tool, Found()).versions
    return next((version for version in versions if meets(version, choice.lowest, choice.below)), None)


def _met_by(need: Need, machine: Machine, requirements: Requirements) -> str | None:
    for choice in need:
        if (version := _fitting(choice, machine)) is not None:
            return f"{requirements.tools[choice.tool].name} {version}"
    return None


def _lack(need: Need, machine: Machine, requirements: Requirements) -> Lack:
    """Return what is missing for a need, and the one thing to do about it.

    Of several suitable tools, one that is installed but does not work is repaired; otherwise the first that a
    command can install is installed.
    """
    words = _need_words(need, machine, requirements)
    found = {choice.tool: machine.found.get(choice.tool, Found()) for choice in need}
    unsure = any(one.unsure for one in found.values())
    broken = [tool_id for tool_id, one in found.items() if one.problem]
    for tool_id in broken:
        tool = requirements.tools[tool_id]
        if repair := (found[tool_id].denied and tool.denied) or tool.repair:
            command, advice = _fix(repair, machine)
            return Lack(words=words, command=command, advice=advice, unsure=unsure)
    tools: list[Tool] = [requirements.tools[choice.tool] for choice in need]
    offers = [_fix(tool.install, machine) for tool in tools if tool.install]
    command = next((command for command, _ in offers if command), "")
    advice = "" if command else next((advice for _, advice in offers), "")
    return Lack(words=words, command=command, advice=advice, unsure=unsure)


def _need_words(need: Need, machine: Machine, requirements: Requirements) -> str:
    """Return what was found instead of a suitable tool."""
    names = [requirements.tools[choice.tool].name for choice in need]
    found = [machine.found.get(choice.tool, Found()) for choice in need]
    if len(need) > 1:
        states = [_state(choice, one) for choice, one in zip(need, found, strict=True)]
        return "it needs one of " + ", ".join(
            f"{name} ({state})" for name, state in zip(names, states, strict=True)
        )
    verb = "is " if found[0].versions else "" if found[0].problem else "was "
    return f"{names[0]} {verb}{_state(need[0], found[0])}"


def _state(choice: Choice, found: Found) -> str:
    if not found.versions:
        return found.problem or "not found"
    wanted = f"{choice.lowest} or newer" if not choice.below else f"{choice.lowest} to below {choice.below}"
    return f"{', '.join(found.versions)} where {wanted} is needed"


def _fix(table: Mapping[str, str], machine: Machine) -> tuple[str, str]:
    """Return the command for this machine, or the sentence that replaces it."""
    for system in machine.systems:
        if system in table:
            command = table[system]
            return (command.replace("sudo ", "") if machine.root else command), ""
    return "", table[ELSEWHERE]
