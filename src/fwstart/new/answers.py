"""The answers of a planned project, each with where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fwstart.new.plan import proposed_backbones, proposed_pipeline
from fwstart.settings.questionnaire import project_question
from fwstart.settings.settings import question_fields

if TYPE_CHECKING:
    from fwstart.new.plan import Plan


@dataclass(frozen=True, kw_only=True)
class Row:
    """One answer."""

    key: str
    value: str  # several are separated by commas
    source: str  # in the user's words

    @property
    def shown(self) -> str:
        """The value as a person reads it."""
        return self.value or "none"


def answer_rows(plan: Plan) -> list[Row]:
    """Return each setting with its value and where that came from."""
    answers = plan.advice.answers
    questions = {field.key: ", ".join(answers[field.key]) for field in question_fields()}
    project = plan.project
    values = {
        **questions,
        "framework": project.framework,
        "package": project.package,
        "description": project.description,
        "author": project.author,
        "license": project.license,
        "python": project.python,
        "accelerator": project.accelerator,
        "backbones": project.backbones,
        "pipeline": project.pipeline,
    }
    given, sources = plan.place.settings.given, _sources(plan)
    return [
        Row(key=key, value=value, source=given[key].source if key in given else sources.get(key, "default"))
        for key, value in values.items()
    ]


def _sources(plan: Plan) -> dict[str, str]:
    """Return where an answer came from that was not given, unless it is the default."""
    decided_by = plan.advice.verdict.decided_by
    proposes = proposed_backbones(plan.advice) != project_question("backbones").default
    pipeline = proposed_pipeline(plan.advice, plan.project.framework)
    return {
        "framework": "your answer" if decided_by == "fixed" else f"decided by {decided_by}",
        "package": "from PATH",
        **({"author": "from git"} if plan.project.author else {}),
        "accelerator": "detected",
        **({"backbones": "proposed by models"} if proposes else {}),
        **({"pipeline": "proposed by community"} if pipeline != project_question("pipeline").default else {}),
    }
