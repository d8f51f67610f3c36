"""Advice for a terminal: pure, any width from 60 columns."""

import textwrap
from collections.abc import Iterable, Iterator
from datetime import date

from fwstart.advice.deployments import deployments_of
from fwstart.advice.flips import flips
from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.notes import Note, is_stale
from fwstart.advice.questions import FRAMEWORK_NAMES, Framework
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
    points_words,
    reason_today,
    sides,
    today_line,
    today_note,
    verdict_lines,
)
from fwstart.terminal.screen import Screen

MIN_WIDTH = 40


def to_text(advice: Advice, screen: Screen, today: date, *, verbose: bool = False) -> str:
    """Return the advice as text; `verbose` adds the notes, stale ones marked by the day `today`."""
    first, *rest = verdict_lines(advice)
    blocks = [
        [headline(first, screen), *(fill(line, screen.width) for line in rest)],
        list(_bar(advice, screen)),
        *(list(_side(advice, framework, title, screen)) for framework, title in sides(advice)),
        list(_today(advice, screen)),
        list(_flips(advice, screen)),
        list(_targets(advice, screen)),
        list(notes_text(advice.notes, screen, today)) if verbose else list(_pointer(advice, screen, today)),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def notes_text(notes: Iterable[Note], screen: Screen, today: date) -> Iterator[str]:
    """Yield the notes with their sources; an address has its own line and is never broken."""
    yield screen.heading("Notes")
    for note in notes:
        yield fill(f"  [{note.id}] {note_facts(note, stale=is_stale(note.checked, today))}", screen.width, 6)
        yield fill(f"      {note.told}", screen.width, 6)
        for source in note.sources:
            title = fill(f"      {source.title}:", screen.width, 6)
            together = f"{title} {source.address}"
            fits = len(together.splitlines()[-1]) <= screen.width
            yield together if fits else f"{title}\n      {source.address}"
        yield fill(f"      Dated {', '.join(note.source_dates)}.", screen.width, 6)


def headline(text: str, screen: Screen) -> str:
    """Return the text broken to the width, each line made to stand out."""
    return "\n".join(screen.heading(line) for line in fill(text, screen.width).splitlines())


def fill(text: str, width: int, hang: int = 0) -> str:
    """Return the text broken to a width, further lines indented by `hang`; its own indent stays."""
    return textwrap.fill(
        text,
        max(width, MIN_WIDTH),
        subsequent_indent=" " * hang,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _bar(advice: Advice, screen: Screen) -> Iterator[str]:
    """Yield a line for each dimension: Keras's points left of the middle, PyTorch's right of it."""
    dimensions = load_knowledge().dimensions
    labels = {number: f"{number}. {title}" for number, title in dimensions.items()}
    points = {
        number: {
            side: sum(reason.points for reason in advice.reasons_for(side) if reason.dimension == number)
            for side in FRAMEWORK_NAMES
        }
        for number in dimensions
    }
    column = max(len(label) for label in labels.values()) + 2
    left = max(len(FRAMEWORK_NAMES["keras"]), *(of["keras"] for of in points.values())) + 1
    title = "Points by dimension"
    yield screen.heading(
        f"{title:<{column}}{FRAMEWORK_NAMES['keras']:>{left - 1}}   {FRAMEWORK_NAMES['pytorch']}"
    )
    for number, label in labels.items():
        keras, pytorch = (screen.block * points[number][side] for side in ("keras", "pytorch"))
        yield f"{label:<{column}}{keras:>{left}}|{pytorch}"


def _side(advice: Advice, framework: Framework, title: str, screen: Screen) -> Iterator[str]:
    reasons = advice.reasons_for(framework)
    yield screen.heading(f"{title}: {points_words(sum(reason.points for reason in reasons))}")
    for reason in reasons:
        yield fill(f"  +{reason.points}  {reason.text}", screen.width, 6)
        yield fill(f"      {origin(reason)}. {reason_today(reason)}", screen.width, 6)
    if not reasons:
        yield "  (none of your answers)"


def _today(advice: Advice, screen: Screen) -> Iterator[str]:
    yield headline(today_line(advice), screen)
    if advice.reasons:
        yield fill(today_note(advice), screen.width)
    for reason in advice.changes:
        yield fill(f"  {change_line(reason)}", screen.width, 6)


def _flips(advice: Advice, screen: Screen) -> Iterator[str]:
    found = flips(advice)
    yield screen.heading(flips_title(advice))
    column = max((len(flip_change(flip)) for flip in found), default=0)
    for flip in found:
        yield f"  {flip.question:<10}  {flip_change(flip):<{column}}  {outcome(flip.framework)}"
    if not found:
        yield "  None: at least two answers would have to change."


def _targets(advice: Advice, screen: Screen) -> Iterator[str]:
    framework = advice.verdict.framework
    deployments = deployments_of(advice.targets, framework)
    if framework and deployments:
        yield screen.heading(f"What the targets mean in a {FRAMEWORK_NAMES[framework]} project")
        for one in deployments:
            yield fill(f"  {one.target}: {deployment_line(one)}", screen.width, 6)


def _pointer(advice: Advice, screen: Screen, today: date) -> Iterator[str]:
    old = sum(is_stale(note.checked, today) for note in advice.notes)
    marked = f", {old} of them checked more than a year ago," if old else ""
    told = f"{len(advice.notes)} notes with sources{marked} concern these answers. To see them:"
    yield fill(told, screen.width)
    yield f"  {advise_command(advice, '--verbose')}"  # never broken, so that it can be copied
