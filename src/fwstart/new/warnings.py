"""What `fwstart new` warns about: what the machine lacks for the project."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fwstart.doctor.diagnosis import Finding, diagnose, requiring_python, tools_to_ask
from fwstart.doctor.probes import facts, probing
from fwstart.doctor.report import warning
from fwstart.doctor.requirements import PROJECT_PARTS, Part, load_requirements
from fwstart.new.plan import Plan

SECONDS = 2.0  # rendering takes as long


@contextmanager
def examining(plan: Plan) -> Iterator[Callable[[], tuple[Finding, ...]]]:
    """Check the machine for what the project needs, as `fwstart doctor` does, while it is created.

    The yielded function waits for the answers and returns what was found.
    """
    requirements, parts, target = load_requirements(), chosen_parts(plan), plan.place.target
    tools = tools_to_ask(parts, facts(target), requirements)
    with probing(tools, target, seconds=SECONDS) as answers:
        yield lambda: diagnose(parts, answers(), requirements)


def chosen_parts(plan: Plan) -> tuple[Part, ...]:
    """Return the parts of the project that is planned: of every project, its training, its targets."""
    project, requirements = plan.project, load_requirements()
    everywhere = [
        part for part in PROJECT_PARTS if part != "history" or "--no-git" not in plan.place.switches
    ]
    ids = ["train", *(["gpu"] if project.accelerator == "gpu" else []), *project.deploy]
    parts = (
        *(requirements.part(part_id, None) for part_id in everywhere),
        *(requirements.part(part_id, project.framework) for part_id in ids),
    )
    return tuple(requiring_python(part, project.python) for part in parts)


def warnings(findings: tuple[Finding, ...]) -> list[str]:
    """Return a line for each part that surely lacks something that no earlier line names.

    There is no line about programs that did not answer in time, which may well work, and none about the
    repository: starting it says what it lacks.
    """
    lines, named = [], set[str]()
    for finding in findings:
        if finding.part.id == "history":
            continue
        new = [lack for lack in finding.lacks if lack.words not in named and not lack.unsure]
        named |= {lack.words for lack in new}
        if new:
            lines.append(warning(finding, new))
    return lines
