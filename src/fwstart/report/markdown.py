"""Advice as a Markdown document: a project's docs/DECISION.md and `fwstart advise --markdown`; pure."""

from collections.abc import Iterable, Iterator
from datetime import date

from fwstart import __version__
from fwstart.advice.deployments import deployments_of
from fwstart.advice.flips import flips
from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.notes import Note, is_stale
from fwstart.advice.questions import FRAMEWORK_NAMES
from fwstart.advice.rule import Advice
from fwstart.report.suggested_commands import advise_command
from fwstart.report.wording import (
    change_line,
    deployment_line,
    flip_change,
    flips_title,
    note_facts,
    origin,
    outcome,
    reason_today,
    sides,
    today_line,
    today_note,
    verdict_lines,
)


def to_markdown(advice: Advice, today: date) -> str:
    """Return the document; `today` is the day by which notes are stale, and nothing else depends on it."""
    article = load_knowledge().article
    verdict, *rest = verdict_lines(advice)
    name = (
        f"Why {FRAMEWORK_NAMES[advice.verdict.framework]}" if advice.verdict.framework else "PyTorch or Keras"
    )
    parts: list[Iterable[str]] = [
        [f"# {name}"],
        [f"**{verdict}**"],
        *([line] for line in rest),
        _points_table(advice),
        *_reasons(advice),
        *_today(advice),
        *_flips(advice),
        *_targets(advice),
        ["## The answers"],
        ["| Question | Answer |", "|---|---|", *_answer_rows(advice)],
        ["## Notes"],
        ["What is known to have changed since the article and concerns these answers."],
        notes_markdown(advice.notes, today),
        ["## Where this comes from"],
        [
            f'The points are our reading of "{article.title}" ({article.author}, {article.date}).',
            "Each of its six dimensions is covered by one or two questions, and an answer counts as strongly",
            "for a side as the article's own words do.",
            "A tie is broken by background, then by deployment; otherwise it is a draw.",
            f"Written by fwstart {__version__}; decision.json holds the same for programs. To show it again:",
        ],
        [f"    {advise_command(advice)}"],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def notes_markdown(notes: Iterable[Note], today: date | None) -> Iterator[str]:
    """Yield the notes as a list, each with its sources; without `today` none is marked as stale."""
    for note in notes:
        stale = today is not None and is_stale(note.checked, today)
        sources = "; ".join(
            f"[{source.title}]({source.link})" if source.link else f"{source.title} ({source.address})"
            for source in note.sources
        )
        yield f"- **{note.id}** {note.told}"
        yield f"  ({note_facts(note, stale=stale)}; sources of {', '.join(note.source_dates)}: {sources})"


def _points_table(advice: Advice) -> Iterator[str]:
    yield "| Points by dimension | Keras | PyTorch |"
    yield "|---|---:|---:|"
    for number, title in load_knowledge().dimensions.items():
        keras, pytorch = (
            sum(reason.points for reason in advice.reasons_for(side) if reason.dimension == number)
            for side in ("keras", "pytorch")  # the order of the bar in a terminal
        )
        yield f"| {number}. {title} | {keras} | {pytorch} |"


def _reasons(advice: Advice) -> Iterator[list[str]]:
    for framework, title in sides(advice):
        yield [f"## {title}"]
        yield [
            f"- **+{reason.points}** {reason.text} ({origin(reason)}. {reason_today(reason)})"
            for reason in advice.reasons_for(framework)
        ] or ["None of the answers."]


def _today(advice: Advice) -> Iterator[list[str]]:
    yield ["## Today"]
    yield [f"**{today_line(advice)}.** {today_note(advice)}"]
    if advice.changes:
        yield [f"- {change_line(reason)}" for reason in advice.changes]


def _flips(advice: Advice) -> Iterator[list[str]]:
    yield [f"## {flips_title(advice)}"]
    yield [
        f"- {flip.question}: {flip_change(flip)}: {outcome(flip.framework)}" for flip in flips(advice)
    ] or ["None: at least two answers would have to change."]


def _targets(advice: Advice) -> Iterator[list[str]]:
    deployments = deployments_of(advice.targets, advice.verdict.framework)
    if deployments:
        yield ["## What the targets mean"]
        names = FRAMEWORK_NAMES
        yield [f"- {one.target} with {names[one.framework]}: {deployment_line(one)}" for one in deployments]


def _answer_rows(advice: Advice) -> Iterator[str]:
    for question in load_knowledge().questions:
        yield f"| {question.prompt} | {question.labels(advice.answers[question.id])} |"
