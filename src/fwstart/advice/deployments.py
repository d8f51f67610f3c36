"""What each deployment target means in a generated project, read from deployments.toml."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.questions import FRAMEWORKS, TARGETS, Framework, Target
from fwstart.advice.tables import check_value, read_table

Care = Literal["maintained", "dormant", "archived"]


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A target's runtime in one framework's project."""

    target: Target
    framework: Framework
    name: str
    status: Care
    remark: str  # the status in words, behind the name
    tools: tuple[str, ...]  # what a machine needs for it
    without: str  # what a project without this target does not have, in a sentence
    notes: tuple[str, ...]  # ids


@cache
def load_deployments() -> tuple[Deployment, ...]:
    """Return the deployments that come with fwstart, checked."""
    return parse_deployments(read_table(__file__, "deployments.toml"))


def parse_deployments(data: Mapping[str, Any]) -> tuple[Deployment, ...]:
    """Return checked deployments from the contents of a deployments.toml.

    Raises:
        ValueError: the file contradicts itself or lacks a target. This is our mistake, not a user's.
    """
    deployments = tuple(
        Deployment(**{**table, "tools": tuple(table["tools"]), "notes": tuple(table["notes"])})
        for table in data["deployment"]
    )
    wanted = [(target, framework) for target in TARGETS for framework in FRAMEWORKS]
    if wanted != [(deployment.target, deployment.framework) for deployment in deployments]:
        raise ValueError(f"deployments must be these, in this order: {wanted}")
    known = {note.id for note in load_knowledge().notes}
    for deployment in deployments:
        name = f"deployment {deployment.target} of {deployment.framework}"
        check_value(f"{name}: status", deployment.status, get_args(Care))
        if unknown := sorted(set(deployment.notes) - known):
            raise ValueError(f"{name}: there is no note {', '.join(unknown)}")
    return deployments


def deployments_of(targets: Iterable[Target], framework: Framework | None) -> tuple[Deployment, ...]:
    """Return what these targets mean in a framework's project; without a framework there is none."""
    return tuple(
        deployment
        for deployment in load_deployments()
        if deployment.target in targets and deployment.framework == framework
    )
