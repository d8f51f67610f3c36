"""The findings of `fwstart doctor`, as text and as JSON; pure."""

from collections.abc import Iterable, Iterator, Sequence

from fwstart.advice.questions import FRAMEWORK_NAMES, Framework
from fwstart.doctor.diagnosis import Finding, Found, Lack, Machine, fixes
from fwstart.doctor.requirements import Part, Requirements
from fwstart.report.text import fill
from fwstart.terminal.screen import Screen
from fwstart.terminal.spelling import printable

# Raised with every change of the keys; what was there keeps its name and meaning.
SCHEMA_VERSION = 1
HANG = 11
SECTIONS: tuple[tuple[Framework | None, str], ...] = (
    (None, "In every project"),
    ("pytorch", FRAMEWORK_NAMES["pytorch"]),
    ("keras", FRAMEWORK_NAMES["keras"]),
)
LEGEND = "`works`: this machine has what is needed; Python packages come with each project."


def to_text(machine: Machine, findings: Sequence[Finding], requirements: Requirements, screen: Screen) -> str:
    """Return the findings as text: the machine, the parts by framework, what to do."""
    blocks = [
        [screen.heading("This machine"), *_machine_lines(machine, requirements, screen)],
        *(
            [
                screen.heading(title),
                *(_part_line(one, screen) for one in findings if one.part.framework == framework),
            ]
            for framework, title in SECTIONS
        ),
        list(_fix_lines(findings, screen)),
        [fill(LEGEND, screen.width)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def to_json(machine: Machine, findings: Sequence[Finding], requirements: Requirements) -> dict[str, object]:
    """Return the findings as JSON types, as docs/doctor.schema.json describes them."""
    return {
        "schema_version": SCHEMA_VERSION,
        "platform": machine.platform,
        "disk": {"folder": machine.folder, "free_gigabytes": _rounded(machine.free_gigabytes)},
        "tools": [
            {
                "id": tool_id,
                "name": requirements.tools[tool_id].name,
                "state": state(found),
                "versions": list(found.versions),
                "problem": found.problem or None,
                "detail": found.detail or None,
            }
            for tool_id, found in _in_order(machine, requirements)
        ],
        "parts": [part_json(finding) for finding in findings],
    }


def part_json(finding: Finding) -> dict[str, object]:
    """Return what was found out about one part."""
    return {
        "id": finding.part.id,
        "framework": finding.part.framework,
        "name": finding.part.name,
        "works": finding.works,
        "met_by": list(finding.met_by),
        "lacks": [_lack_json(lack) for lack in finding.lacks],
    }


def state(found: Found) -> str:
    """Return usable, missing, broken or silent (it did not answer in time)."""
    if found.versions:
        return "usable"
    if found.unsure:
        return "silent"
    return "broken" if found.problem else "missing"


def warning(finding: Finding, lacks: Iterable[Lack]) -> str:
    """Return what a part lacks, in one line, and what to do about it."""
    lacks = list(lacks)
    words = "; ".join(lack.words for lack in lacks)
    command = next((lack.command for lack in lacks if lack.command), "")
    advice = next((lack.advice for lack in lacks if lack.advice), "")
    todo = f" To fix it: {command}" if command else f" {advice}" if advice else ""
    instead = f" {finding.part.instead}" if finding.part.instead else ""
    works = "cannot fully work" if instead else "cannot work"
    return f"warning: {finding.part.name} {works} on this machine: {words}.{instead}{todo}"


def _machine_lines(machine: Machine, requirements: Requirements, screen: Screen) -> Iterator[str]:
    column = max(len(tool.name) for tool in requirements.tools.values()) + 2
    for tool_id, found in _in_order(machine, requirements):
        yield _row(requirements.tools[tool_id].name, _found_words(found), column, screen)
    free = "unknown" if machine.free_gigabytes is None else f"{machine.free_gigabytes:.1f} GB free"
    yield _row("disk", f"{free} in {printable(machine.folder)}", column, screen)
    yield _row("system", machine.platform, column, screen)


def _row(name: str, words: str, column: int, screen: Screen) -> str:
    return fill(f"  {name:<{column}}{words}", screen.width, column + 2)


def _found_words(found: Found) -> str:
    words = ", ".join(found.versions) or found.problem or "not found"
    return f"{words} ({found.detail})" if found.detail else words


def _in_order(machine: Machine, requirements: Requirements) -> Iterator[tuple[str, Found]]:
    for tool_id in requirements.tools:
        if tool_id in machine.found:
            yield tool_id, machine.found[tool_id]


def _part_line(finding: Finding, screen: Screen) -> str:
    word = "works" if finding.works else "missing"
    remarks = [lack.words for lack in finding.lacks] or list(finding.met_by)
    tail = f": {'; '.join(remarks)}" if remarks else ""
    return fill(f"  {word:<{HANG - 2}}{finding.part.name}{tail}", screen.width, HANG)


def _fix_lines(findings: Sequence[Finding], screen: Screen) -> Iterator[str]:
    todo = fixes(findings)
    if not todo:
        return
    yield screen.heading("How to fix it")
    for lack, fixed in todo.items():
        yield f"  {lack.command}" if lack.command else fill(f"  {lack.advice}", screen.width, 2)
        yield fill(f"      for {_parts_words([finding.part for finding in fixed])}", screen.width, 6)


def _parts_words(parts: Sequence[Part]) -> str:
    """Return the parts' names; one that both frameworks have names its framework."""
    names = [part.name for part in parts]
    words = [
        part.name
        if part.framework is None or names.count(part.name) > 1 or part.name.endswith(")")
        else f"{part.name} ({FRAMEWORK_NAMES[part.framework]})"
        for part in parts
    ]
    return ", ".join(dict.fromkeys(words))


def _lack_json(lack: Lack) -> dict[str, object]:
    return {"words": lack.words, "command": lack.command or None, "advice": lack.advice or None}


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 1)
