"""What each part of a project needs of a machine, read from requirements.toml."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from fwstart.advice.deployments import load_deployments
from fwstart.advice.questions import FRAMEWORKS, TARGETS, Framework
from fwstart.advice.tables import check_keys, read_table

SYSTEM_FACTS = ("glibc", "macos")  # not programs: versions of the system itself
SYSTEMS = ("linux", "macos", "windows")
INSTALLERS = ("apt", "brew", "winget")
ELSEWHERE = "else"

PROJECT_PARTS = ("commands", "history", "update")
FRAMEWORK_PARTS = ("train", "gpu", "serve", *TARGETS)


@dataclass(frozen=True, kw_only=True)
class Tool:
    """Something that a machine may have, how to ask for it, and what to type if it is missing."""

    id: str
    name: str
    commands: tuple[tuple[str, ...], ...] = ()
    version: str = ""  # a pattern: the first group is the version, `detail` what else is worth showing
    home: str = ""  # the variable that names its folder
    install: Mapping[str, str] = field(default_factory=dict)  # by system
    repair: Mapping[str, str] = field(default_factory=dict)
    denied: Mapping[str, str] = field(default_factory=dict)  # where this user may not use it


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A tool that meets a need, within these versions."""

    tool: str
    lowest: str = ""
    below: str = ""


Need = tuple[Choice, ...]  # one of them is enough


@dataclass(frozen=True, kw_only=True)
class Part:
    """Something that a project can do, and what it needs for that."""

    id: str
    framework: Framework | None  # None: in every project
    name: str
    needs: tuple[Need, ...]
    gigabytes: float  # of disk, for a project with this part; 0 where it adds nothing
    platforms: tuple[str, ...]  # that its packages are made for; empty: any
    instead: str  # what works without all this, as a sentence; empty: nothing


@dataclass(frozen=True, kw_only=True)
class Requirements:
    """All tools and all parts."""

    tools: Mapping[str, Tool]
    parts: tuple[Part, ...]

    def part(self, part_id: str, framework: Framework | None) -> Part:
        """Return one part.

        Raises:
            KeyError: there is no such part.
        """
        for part in self.parts:
            if (part.id, part.framework) == (part_id, framework):
                return part
        raise KeyError(f"there is no part {part_id} of {framework}")


@cache
def load_requirements() -> Requirements:
    """Return the requirements that come with fwstart, checked."""
    return parse_requirements(read_table(__file__, "requirements.toml"))


def parse_requirements(data: Mapping[str, Any]) -> Requirements:
    """Return checked requirements from the contents of a requirements.toml.

    Raises:
        ValueError: the file contradicts itself or lacks a part. This is our mistake, not a user's.
    """
    tools = {table["id"]: _tool(table) for table in data["tool"]}
    if len(tools) < len(data["tool"]):
        raise ValueError("a tool is there more than once")
    parts = tuple(_part(table, tools) for table in data["part"])
    wanted = [(part_id, None) for part_id in PROJECT_PARTS]
    wanted += [(part_id, framework) for framework in FRAMEWORKS for part_id in FRAMEWORK_PARTS]  # type: ignore[misc]
    if wanted != [(part.id, part.framework) for part in parts]:
        raise ValueError(f"parts must be these, in this order: {wanted}")
    return Requirements(tools=tools, parts=parts)


def _tool(table: Mapping[str, Any]) -> Tool:
    name = f"tool {table['id']}"
    check_keys(name, table, set(Tool.__annotations__))
    tool = Tool(**{**table, "commands": tuple(tuple(command) for command in table.get("commands", ()))})
    if bool(tool.commands) == (tool.id in SYSTEM_FACTS):
        raise ValueError(f"{name}: commands go with every tool but {', '.join(SYSTEM_FACTS)}")
    if tool.commands and not re.compile(tool.version).groups:
        raise ValueError(f"{name}: version is {tool.version!r}; it must have a group")
    for fixes in (tool.install, tool.repair, tool.denied):
        for system in fixes:
            if not re.fullmatch(r"\w+-[\d.]+|ubuntu|debian|systemd", system) and system not in (
                *SYSTEMS,
                *INSTALLERS,
                ELSEWHERE,
            ):
                raise ValueError(f"{name}: {system!r} is no system that fwstart can tell")
        if fixes and ELSEWHERE not in fixes:
            raise ValueError(f"{name}: it must say what to do elsewhere: {ELSEWHERE}")
    return tool


def _part(table: Mapping[str, Any], tools: Mapping[str, Tool]) -> Part:
    framework = table.get("framework")
    name = f"part {table['id']} of {framework}"
    check_keys(name, table, set(Part.__annotations__))
    needs = tuple(tuple(Choice(**choice) for choice in need) for need in table["needs"])
    for choice in (choice for need in needs for choice in need):
        if choice.tool not in tools:
            raise ValueError(f"{name}: there is no tool {choice.tool}")
    return Part(
        id=table["id"],
        framework=framework,
        name=table.get("name") or _target_name(table["id"], framework),
        needs=needs,
        gigabytes=table.get("gigabytes", 0.0),
        platforms=tuple(table.get("platforms", ())),
        instead=table.get("instead", ""),
    )


def _target_name(target: str, framework: str | None) -> str:
    """Return a deployment target with the name of its runtime."""
    for one in load_deployments():
        if (one.target, one.framework) == (target, framework):
            return f"{target} ({one.name})"
    raise ValueError(f"part {target} of {framework} has no name, and is no deployment")
