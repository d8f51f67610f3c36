"""What `fwstart new` is about to do, decided before anything is written."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.questions import FRAMEWORK_NAMES, FRAMEWORKS, Framework, Option
from fwstart.advice.rule import Advice, advise
from fwstart.disk.destination import check_target
from fwstart.doctor.probes import detect_accelerator
from fwstart.errors import UsageError
from fwstart.git.first_commit import default_author
from fwstart.report.json import to_json
from fwstart.report.markdown import to_markdown
from fwstart.report.suggested_commands import decision_flags, new_command, next_steps, without_uv
from fwstart.report.wording import COLLECTIONS, verdict_lines
from fwstart.settings.names import MAX_TEXT_LENGTH, ProjectName, check_text, name_project
from fwstart.settings.questionnaire import check_pipeline, project_question, trains_with
from fwstart.settings.settings import Settings, question_fields
from fwstart.template.render import ProjectAnswers


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the project goes and what is said about it, checked."""

    path: str  # as the user wrote it
    target: Path
    name: ProjectName
    settings: Settings
    description: str
    author: str
    accelerator: str
    switches: tuple[str, ...]  # --no-git and its like, for the command that does the same again


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that creating the project needs, and what is said about it afterwards."""

    place: Place
    advice: Advice
    project: ProjectAnswers
    documents: dict[str, str]
    next_steps: tuple[str, ...]
    without_uv: tuple[str, ...]  # in the project's folder
    command: str  # creates the same project again


def check_place(path: str, settings: Settings, switches: Sequence[str] = ()) -> Place:
    """Return where the project is created and under which name; changes nothing.

    Raises:
        UsageError: a name or text is refused.
        FwstartError: the target folder is.
    """
    if not path:
        raise UsageError("PATH is empty; it must name a folder.", fix="For example: fwstart new myproject")
    target = Path(path)
    given = settings.text("author")
    place = Place(
        path=path,
        target=target,
        name=name_project(target, settings.text("package"), settings.subject("package")),
        settings=settings,
        description=check_text(settings.subject("description"), _value(settings, "description")),
        author=check_text(
            settings.subject("author"), default_author(MAX_TEXT_LENGTH) if given is None else given
        ),
        accelerator=settings.text("accelerator") or detect_accelerator(),
        switches=tuple(switches),
    )
    check_target(target)
    return place


def make_plan(place: Place, advice: Advice) -> Plan:
    """Return the plan for a checked place and advice that names a framework."""
    framework = advice.verdict.framework
    if framework is None:
        raise ValueError("a draw is resolved before there is a plan")
    settings, package, today = place.settings, place.name.package, date.today()
    project = ProjectAnswers(
        framework=framework,
        project_name=place.name.project_name,
        package=package,
        description=place.description,
        author=place.author,
        license=_value(settings, "license"),
        python=_value(settings, "python"),
        deploy=advice.targets,
        accelerator=place.accelerator,
        backbones=settings.text("backbones") or proposed_backbones(advice),
        pipeline=settings.text("pipeline") or proposed_pipeline(advice, framework),
    )
    documents = {
        "docs/DECISION.md": to_markdown(advice, today),
        "docs/decision.json": json.dumps(to_json(advice, today), indent=2) + "\n",
    }
    return Plan(
        place=place,
        advice=advice,
        project=project,
        documents=documents,
        next_steps=tuple(next_steps(place.path, package)),
        without_uv=tuple(without_uv(package, framework, place.accelerator, project.backbones)),
        command=same_again(place, advice),
    )


def checked(plan: Plan) -> Plan:
    """Return the plan, if its answers go together.

    Raises:
        UsageError: its pipeline does not train with its framework.
    """
    subject = plan.place.settings.subject("pipeline")
    fix = "Use --pipeline kfp, or a project with --framework keras."
    check_pipeline(subject, plan.project.pipeline, plan.project.framework, fix=fix)
    return plan


def _value(settings: Settings, key: str) -> str:
    """Return what was given for a question about the project, else its default."""
    return settings.text(key) or project_question(key).default


def proposed_backbones(advice: Advice) -> str:
    """Return what the answer about pretrained models proposes, else the default."""
    return _chosen(advice, "models").backbones or project_question("backbones").default


def proposed_pipeline(advice: Advice, framework: Framework) -> str:
    """Return what the answer about the community proposes for a framework, else the default."""
    proposed = _chosen(advice, "community").pipeline or {}
    return proposed.get(framework, project_question("pipeline").default)


def _chosen(advice: Advice, question_id: str) -> Option:
    (option_id,) = advice.answers[question_id]
    return load_knowledge().question(question_id).option(option_id)


def same_again(place: Place, advice: Advice) -> str:
    """Return the command that creates the same project anywhere: what was detected here is spelled out."""
    settings, name = place.settings, place.name
    project = {
        "package": name.package if "package" in settings.given else "",
        "description": ""
        if place.description == project_question("description").default
        else place.description,
        "author": place.author,
        "license": settings.text("license") or "",
        "python": settings.text("python") or "",
        "accelerator": place.accelerator,
        "backbones": settings.text("backbones") or "",
        "pipeline": settings.text("pipeline") or "",
    }
    fields = {
        key: value for key, value in project.items() if value or (key in settings.given and key == "author")
    }
    overruling = {field.key for field in question_fields() if os.environ.get(field.variable)}
    return new_command(place.path, decision_flags(advice, overruling), fields, place.switches)


def draw(place: Place, advice: Advice) -> UsageError:
    """Return the error for a draw where nobody can be asked: it holds the commands to paste."""
    pipeline = place.settings.text("pipeline") or project_question("pipeline").default
    possible = [framework for framework in FRAMEWORKS if trains_with(pipeline, framework)]
    commands = [f"  {same_again(place, advise(advice.answers, fixed=framework))}" for framework in possible]
    choose = "choose one and paste" if len(possible) > 1 else f"paste, as {pipeline} needs this framework"
    return UsageError(
        verdict_lines(advice)[0], fix="\n".join([f"Answer more questions, or {choose}:", *commands])
    )


def remarks(plan: Plan) -> list[str]:
    """Return what must be said about answers that name something of the other framework."""
    framework, advice = plan.project.framework, plan.advice
    but = f"was chosen, but the framework is {FRAMEWORK_NAMES[framework]}"
    said = []
    if "pytorch-server" in advice.answers["deploy"] and framework == "keras":
        said.append(
            f"pytorch-server {but}: its server is TensorFlow Serving (TF Serving), and that is what `server` "
            f"means here."
        )
    models, wanted = _chosen(advice, "models"), plan.project.backbones
    if models.backbones == wanted and models.weight and models.weight.favours != framework:
        said.append(
            f"{models.id} {but}: its pretrained weights come from {COLLECTIONS[framework]}, and that is what "
            f"`backbones: {wanted}` means here."
        )
    return said
