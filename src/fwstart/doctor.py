"""`fwstart doctor`, and what `fwstart new` warns of: from the probes to the words."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fwstart.console import Console
from fwstart.diagnosis import Finding, diagnose, requiring_python, tools_to_ask
from fwstart.doctor_report import to_json, to_text, warning
from fwstart.plan import Plan
from fwstart.probes import facts, probing
from fwstart.requirements import Part, load_requirements
from fwstart.signals import stopped_cleanly

SECONDS = 10.0  # a container engine or a GPU that wakes up first takes a few
SECONDS_BESIDE = 2.0  # what `fwstart new` allows: rendering takes as long


def examine(console: Console) -> None:
    """Show what this machine has, and what works on it."""
    requirements = load_requirements()
    with stopped_cleanly(), probing(requirements.tools.values(), Path(), seconds=SECONDS) as answers:
        machine = answers()
    findings = diagnose(requirements.parts, machine, requirements)
    console.say(to_text(machine, findings, requirements, console.screen))
    if console.json:
        console.document(to_json(machine, findings, requirements))


@contextmanager
def warnings_beside(plan: Plan, console: Console) -> Iterator[None]:
    """Ask the machine for what the project needs while it is made, then warn of what cannot work here.

    What does not answer in time is not warned of: nobody knows.
    """
    requirements, parts, target = load_requirements(), chosen_parts(plan), plan.place.target
    tools = tools_to_ask(parts, facts(target), requirements)
    with probing(tools, target, seconds=SECONDS_BESIDE) as answers:
        yield
        findings = diagnose(parts, answers(), requirements)
    for line in warnings(findings):
        console.note(line)


def chosen_parts(plan: Plan) -> tuple[Part, ...]:
    """Return the parts of the project that is planned: its training and its targets."""
    project, requirements = plan.project, load_requirements()
    ids = ["train", *(["gpu"] if project.accelerator == "gpu" else []), *project.deploy]
    parts = (requirements.part(part_id, project.framework) for part_id in ids)
    return tuple(requiring_python(part, project.python) for part in parts)


def warnings(findings: tuple[Finding, ...]) -> list[str]:
    """Return a line for each part that surely lacks something that no earlier line names."""
    lines, named = [], set()
    for finding in findings:
        new = [lack for lack in finding.lacks if lack.words not in named and not lack.unsure]
        named |= {lack.words for lack in new}
        if new:
            lines.append(warning(finding, new))
    return lines
