"""`fwstart new`, from checked settings to the finished project."""

from datetime import date

from fwstart.advice.rule import Advice, advise
from fwstart.disk.destination import check_target
from fwstart.git.first_commit import GitOutcome, start_repository
from fwstart.new.plan import Place, Plan, check_place, draw, make_plan, proposed_backbones, remarks
from fwstart.report.suggested_commands import without_uv
from fwstart.report.text import to_text
from fwstart.report.wording import COLLECTIONS, why
from fwstart.settings import dialogue
from fwstart.settings.questionnaire import project_question
from fwstart.settings.settings import Settings, question_fields
from fwstart.template.render import create, preload, preview
from fwstart.terminal.console import Console
from fwstart.terminal.spelling import shown


def plan_project(path: str, settings: Settings, switches: list[str], console: Console) -> Plan:
    """Return the plan, after checking everything that can be checked and asking what is left to ask.

    Raises:
        UsageError: a name is refused, or the answers end in a draw and nobody can be asked.
        FwstartError: the target is refused.
    """
    place = check_place(path, settings, switches)
    for remark in place.name.remarks:
        console.note(remark)
    if console.asks:
        settings = dialogue.ask(settings, console.prose, preload)
        console.say()
    advice = advise(settings.answers, fixed=settings.framework)
    if console.asks or advice.verdict.framework:
        console.say(to_text(advice, console.screen, date.today()))
        console.say()
    return make_plan(place, _accepted(advice, place, console))


def _accepted(advice: Advice, place: Place, console: Console) -> Advice:
    """Return the advice with the framework that is taken: the recommended one, or the user's other choice."""
    recommended = advice.verdict.framework
    if console.asks and advice.verdict.decided_by != "fixed":
        chosen = dialogue.choose(recommended, console.prose)
        console.say()
        return advice if chosen == recommended else advise(advice.answers, fixed=chosen)
    if recommended is None:
        raise draw(place, advice)
    return advice


def show_dry_run(plan: Plan, console: Console) -> tuple[str, ...]:
    """Show what would be created, and from which answers; return the files."""
    files = preview(plan.project, plan.documents)
    console.say(console.heading("Answers"))
    for key, value, source in answer_rows(plan):
        console.say(f"  {key:<12} {value}  ({source})")
    console.say()
    console.say(console.heading(f"{len(files)} files in {shown(plan.place.path)}; nothing was written"))
    for file in files:
        console.say(f"  {file}")
    return files


def answer_rows(plan: Plan) -> list[tuple[str, str, str]]:
    """Return each setting with its value and where that came from."""
    settings, project = plan.place.settings, plan.project
    rows = [
        (
            field.key,
            ", ".join(plan.advice.answers[field.key]) or "none",
            _source(settings, field.key, "default"),
        )
        for field in question_fields()
    ]
    no_backbones = project_question("backbones").default
    decided = f"decided by {plan.advice.verdict.decided_by}"
    defaults = {
        "framework": "your answer" if plan.advice.verdict.decided_by == "fixed" else decided,
        "package": "from PATH",
        "author": "from git" if project.author else "default",
        "accelerator": "detected",
        "backbones": "default" if proposed_backbones(plan.advice) == no_backbones else "proposed by models",
    }
    values = {
        "framework": project.framework,
        "package": project.package,
        "description": project.description,
        "author": project.author or "none",
        "license": project.license,
        "python": project.python,
        "accelerator": project.accelerator,
        "backbones": project.backbones,
    }
    return rows + [
        (key, value, _source(settings, key, defaults.get(key, "default"))) for key, value in values.items()
    ]


def _source(settings: Settings, key: str, default: str) -> str:
    return settings.given[key].source if key in settings.given else default


def create_project(plan: Plan, console: Console, *, git: bool) -> tuple[tuple[str, ...], GitOutcome | None]:
    """Create the project and its first commit; return the files and what came of git.

    Raises:
        FwstartError: the target or the disk refused; nothing is left.
    """
    check_target(plan.place.target)  # the dialogue may have taken a while
    files = create(plan.place.target, plan.project, plan.documents)
    path = shown(plan.place.path)
    console.made(f"The project in {path} is complete" + (", but has no first commit." if git else "."))
    outcome = start_repository(plan.place.target) if git else None
    if outcome:
        console.made(
            f"The project in {path} is complete{', with a first commit' if outcome.committed else ''}."
        )
    return files, outcome


def show_result(plan: Plan, files: tuple[str, ...], outcome: GitOutcome | None, console: Console) -> None:
    """Say what was created and why, what to type next, and how to create it again."""
    place, advice, project = plan.place, plan.advice, plan.project
    commit = " and a first commit" if outcome and outcome.committed else ""
    console.say(console.heading(f"Created {shown(place.path)}: {len(files)} files{commit}"))
    console.prose(f"Framework: {why(advice)}.")
    found = (
        "as given" if "accelerator" in place.settings.given else "detected; --accelerator cpu|gpu changes it"
    )
    console.prose(f"Trains on: {project.accelerator} ({found}).")
    if project.backbones != project_question("backbones").default:
        console.prose(f"Pretrained weights: from {COLLECTIONS[project.framework]}; README.md says how.")
    for remark in remarks(plan):
        console.prose(remark)
    if outcome and outcome.message:
        console.note(outcome.message)
    console.say()
    console.say(console.heading("Next"))
    for step in plan.next_steps:
        console.say(f"  {step}")
    console.say("Without uv, in that folder:")
    for step in without_uv(project.package):
        console.say(f"  {step}")
    console.say()
    console.say(console.heading("The same project again"))
    console.say(f"  {plan.command}")
