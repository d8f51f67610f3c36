"""What copier.yml asks about a project: the choices and defaults that a direct `copier copy` has, too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fwstart.errors import FwstartError, UsageError
from fwstart.terminal.spelling import shown

ROOM = Path(__file__).resolve().parents[1] / "template"  # where an installation has the template


@dataclass(frozen=True, kw_only=True)
class ProjectQuestion:
    """A question of copier.yml that has a fixed default."""

    choices: tuple[str, ...]  # any text is accepted where there are none
    default: str


def find_template(room: Path = ROOM) -> Path:
    """Return the folder of copier.yml and templates/: `room` in an installation, else the checkout's.

    Raises:
        FwstartError: there is neither.
    """
    room = room.resolve()
    for root in (room, room.parents[2]):
        if (root / "copier.yml").is_file() and (root / "templates").is_dir():
            return root
    problem = f"This installation of fwstart has no templates: {shown(room / 'templates')} is missing."
    raise FwstartError(problem, fix="Install fwstart again.")


@cache
def project_question(key: str) -> ProjectQuestion:
    """Return what copier.yml says about one question.

    Raises:
        FwstartError: this installation has no copier.yml.
    """
    question = _questionnaire()[key]
    choices = question.get("choices", ())
    return ProjectQuestion(
        choices=tuple(choices.values() if isinstance(choices, dict) else choices),
        default=question["default"],
    )


def trains_with(pipeline: str, framework: str) -> bool:
    """Return whether projects of a framework can have a pipeline, as the validator of copier.yml says."""
    return pipeline != "tfx" or framework == "keras"


def check_pipeline(subject: str, pipeline: str, framework: str, *, fix: str) -> None:
    """Refuse a pipeline that does not train with the framework.

    `subject` is what the error is about, and `fix` what to do where it was given.

    Raises:
        UsageError: it is TFX, and the framework is not Keras.
    """
    if not trains_with(pipeline, framework):
        problem = f"{subject} is tfx, but the framework is PyTorch: TFX trains with TensorFlow alone."
        raise UsageError(problem, fix=fix)


@cache
def _questionnaire() -> dict[str, dict[str, Any]]:
    import yaml  # takes a while: `fwstart --help` does without

    text = (find_template() / "copier.yml").read_text(encoding="utf-8")
    # The same loader in C takes a tenth of the time; not every build of PyYAML has it. Both are safe.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    questionnaire: dict[str, dict[str, Any]] = yaml.load(text, Loader=loader)  # noqa: S506  # nosec B506
    return questionnaire
