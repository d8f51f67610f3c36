"""`fwstart new`, from checked settings to the finished project."""

from datetime import date

from fwstart.advice.rule import advise
from fwstart.disk.destination import check_target
from fwstart.git.first_commit import GitOutcome, start_repository
from fwstart.new.answers import answer_rows
from fwstart.new.plan import Plan, check_place, checked, draw, make_plan, remarks
from fwstart.new.report import to_json
from fwstart.new.summary import settle
from fwstart.new.warnings import examining, warnings
from fwstart.report.text import to_text
from fwstart.report.wording import COLLECTIONS, PIPELINES, why
from fwstart.settings.questionnaire import project_question
from fwstart.settings.settings import Settings
from fwstart.template.render import create, preview
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
    if console.asks and settings.framework is None:
        return settle(place, console)
    advice = advise(settings.answers, fixed=settings.framework)
    if advice.verdict.framework is None:
        raise draw(place, advice)
    console.say(to_text(advice, console.screen, date.today()))
    console.say()
    return checked(make_plan(place, advice))


def carry_out(plan: Plan, console: Console, *, git: bool, dry_run: bool) -> None:
    """Create the project, or show what would be created, and what the machine lacks for it.

    Raises:
        FwstartError: the target or the disk refused; nothing is left.
    """
    outcome = None
    with examining(plan) as examine:
        if dry_run:
            files = show_dry_run(plan, console)
        else:
            files, outcome = create_project(plan, console, git=git)
        findings = examine()
    for line in warnings(findings):
        console.note(line)
    if not dry_run:
        show_result(plan, files, outcome, console)
    if console.json:
        console.document(to_json(plan, files, findings, dry_run=dry_run))


def show_dry_run(plan: Plan, console: Console) -> tuple[str, ...]:
    """Show what would be created, and from which answers; return the files."""
    files = preview(plan.project, plan.documents)
    console.say(console.heading("Answers"))
    for row in answer_rows(plan):
        console.say(f"  {row.key:<12} {row.shown}  ({row.source})")
    console.say()
    console.say(console.heading(f"{len(files)} files in {shown(plan.place.path)}; nothing was written"))
    for file in files:
        console.say(f"  {file}")
    return files


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
        console.prose(
            f"Pretrained weights: from {COLLECTIONS[project.framework]}; docs/pretrained.md says how."
        )
    if project.pipeline != project_question("pipeline").default:
        console.prose(
            f"Pipeline: {PIPELINES[project.pipeline]}{_because(plan)}; pipelines/README.md says how."
        )
    for remark in remarks(plan):
        console.prose(remark)
    if outcome and outcome.message:
        console.note(outcome.message)
    console.say()
    console.say(console.heading("Next"))
    for step in plan.next_steps:
        console.say(f"  {step}")
    console.say("Without uv, in that folder:")
    for step in plan.without_uv:
        console.say(f"  {step}")
    console.say()
    console.say(console.heading("The same project again"))
    console.say(f"  {plan.command}")


def _because(plan: Plan) -> str:
    """Return what to type where nobody asked for the pipeline."""
    given = "pipeline" in plan.place.settings.given
    return "" if given else ", as --community tfx proposes (--pipeline none leaves it out)"
