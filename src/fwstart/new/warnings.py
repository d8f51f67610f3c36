"""What `fwstart new` warns about: what the machine lacks for the project."""

from collections.abc import Iterator
from contextlib import contextmanager

from fwstart.doctor.diagnosis import Finding, diagnose, requiring_python, tools_to_ask
from fwstart.doctor.probes import facts, probing
from fwstart.doctor.report import warning
from fwstart.doctor.requirements import Part, load_requirements
from fwstart.new.plan import Plan
from fwstart.terminal.console import Console

SECONDS = 2.0  # rendering takes as long


@contextmanager
def warnings_beside(plan: Plan, console: Console) -> Iterator[None]:
    """Check the machine for what the project needs while it is created, then warn about what cannot work.

    There is no warning about programs that do not answer in time: they may well work.
    """
    requirements, parts, target = load_requirements(), chosen_parts(plan), plan.place.target
    tools = tools_to_ask(parts, facts(target), requirements)
    with probing(tools, target, seconds=SECONDS) as answers:
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
