"""One question explained: every option, its points in both readings, reason and notes; pure."""

from collections.abc import Iterator
from datetime import date

from fwstart.advice.knowledge import Knowledge
from fwstart.advice.notes import Note
from fwstart.advice.questions import FRAMEWORK_NAMES, FRAMEWORKS, Question, Weight
from fwstart.advice.rule import status_today
from fwstart.report.json import SCHEMA_VERSION, note_json
from fwstart.report.text import fill, headline, notes_text
from fwstart.report.wording import STATUS_WORDS
from fwstart.terminal.screen import Screen

COMBINED = "two or more for one side"


def notes_of(question: Question, knowledge: Knowledge) -> tuple[Note, ...]:
    """Return the notes about any option, and those about every answer that belong to the same dimension."""
    about = {note.id for note in knowledge.notes_about(question.id, question.values)}
    return tuple(
        note
        for note in knowledge.notes
        if note.id in about or (note.always and note.dimension == question.dimension)
    )


def notes_of_combined(question: Question, knowledge: Knowledge) -> tuple[Note, ...]:
    """Return the notes about several options of one side together."""
    if question.combined is None:
        return ()
    return knowledge.notes_about(question.id, question.favoring(question.combined.favours))


def explain_text(question: Question, knowledge: Knowledge, screen: Screen, today: date) -> str:
    """Return the explanation for a terminal."""
    blocks = [
        [
            headline(f"{question.id}: {question.prompt}", screen),
            fill(f"{question.dimension}. {question.title}. {question.help}", screen.width),
        ]
    ]
    for option in question.options:
        notes = knowledge.notes_about(question.id, (option.id,))
        blocks.append(
            [headline(f"{option.id}: {option.label}", screen), *_weight(option.weight, notes, screen)]
        )
    if question.combined:
        notes = notes_of_combined(question, knowledge)
        blocks.append([screen.heading(COMBINED), *_weight(question.combined, notes, screen)])
    if notes := notes_of(question, knowledge):
        blocks.append(list(notes_text(notes, screen, today)))
    return "\n\n".join("\n".join(block) for block in blocks)


def explain_json(question: Question, knowledge: Knowledge, today: date) -> dict[str, object]:
    """Return the explanation as JSON types."""
    options = [
        {
            "id": option.id,
            "label": option.label,
            **weight_json(option.weight, knowledge.notes_about(question.id, (option.id,))),
        }
        for option in question.options
    ]
    combined = weight_json(question.combined, notes_of_combined(question, knowledge))
    return {
        "schema_version": SCHEMA_VERSION,
        "question": question.id,
        "prompt": question.prompt,
        "help": question.help,
        "dimension": question.dimension,
        "title": question.title,
        "options": options,
        "combined": combined if question.combined else None,
        "notes": [note_json(note, today) for note in notes_of(question, knowledge)],
    }


def weight_json(weight: Weight | None, notes: tuple[Note, ...]) -> dict[str, object]:
    """Return points in both readings, the reason, and what has happened to it."""
    return {
        "points": {side: weight.points.of(side) if weight else 0 for side in FRAMEWORKS},
        "reason": weight.reason if weight else None,
        "today": {
            "points": {
                side: weight.worth("today") if weight and weight.favours == side else 0 for side in FRAMEWORKS
            },
            "reason": weight.today.reason if weight and weight.today else None,
            "because": list(weight.today.because) if weight and weight.today else [],
        },
        "status": status_today(weight, notes) if weight else None,
        "notes": [note.id for note in notes],
    }


def _weight(weight: Weight | None, notes: tuple[Note, ...], screen: Screen) -> Iterator[str]:
    ids = f" [{', '.join(note.id for note in notes)}]" if notes else ""
    if weight is None:
        yield fill(f"  No points: the neutral answer.{ids}", screen.width, 6)
        return
    name, points, today = FRAMEWORK_NAMES[weight.favours], weight.worth("article"), weight.worth("today")
    yield fill(f"  {name} +{points}: {weight.reason}", screen.width, 6)
    status = STATUS_WORDS[status_today(weight, notes)]
    changed = f"; +{today} instead of +{points}. {weight.today.reason}" if weight.today else "."
    yield fill(f"  Today: {status}{changed}{ids}", screen.width, 6)
