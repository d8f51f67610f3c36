"""The notes that come with fwstart, what is refused on load, and when a note is old."""

import copy
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from check_notes import stale_notes

from fwstart.advice import notes as module
from fwstart.advice.notes import Note, Source, is_stale, load_notes, parse_notes

GIVEN = Path(__file__).with_name("notes.txt").read_text(encoding="utf-8")
MONTH = re.compile(r"\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b")


@pytest.fixture
def data() -> dict[str, Any]:
    text = Path(module.__file__).with_name("notes.toml").read_text(encoding="utf-8")
    return copy.deepcopy(tomllib.loads(text))


def listed(note: Note) -> str:
    """Return a note's facts as notes.txt next to this file lists them."""
    figures = sorted(figure.rstrip(".,") for figure in re.findall(r"\d[\d.,]*", note.text))
    concerns = ",".join(f"{question}.{option}" for question, option in note.concerns) or "always"
    lines = [
        f"{note.id} {note.dimension or '-'} {note.status} {note.grade} {note.checked} {concerns}",
        f"  figures: {' '.join([*figures, *sorted(set(MONTH.findall(note.text)))]) or '-'}",
        f"  dates: {' '.join(note.source_dates)}",
        *(f"  from: {source.address}" for source in note.sources),
    ]
    return "".join(f"{line}\n" for line in lines)


def test_facts_are_those_that_were_checked() -> None:
    """Ids, statuses, grades, dates, every figure in a text and every address are as they were checked.

    The words are ours; a fact that changes here was looked up again.
    """
    assert GIVEN == "".join(listed(note) for note in load_notes())


def test_number_of_notes() -> None:
    """There are 34 notes, each with at least one source and one date."""
    assert 34 == len(load_notes())
    assert all(note.sources and note.source_dates for note in load_notes())


def test_reported_notes_say_so() -> None:
    """Grade C is shown as reported, and nothing else is."""
    reported = {note.id for note in load_notes() if note.told.startswith("Reported: ")}

    assert {"tf-stability", "jobs"} == reported == {note.id for note in load_notes() if note.grade == "C"}


def test_links() -> None:
    """An address is a link unless it is the package index."""
    assert "https://pytorch.org/blog" == Source(title="x", address="pytorch.org/blog").link
    assert Source(title="x", address="package index").link is None


@pytest.mark.parametrize(
    ("checked", "today", "stale"),
    [
        (date(2026, 11, 22), date(2026, 11, 22), False),
        (date(2026, 11, 22), date(2027, 11, 22), False),
        (date(2026, 11, 22), date(2027, 11, 23), True),
        (date(2028, 2, 29), date(2029, 2, 28), False),
        (date(2028, 2, 29), date(2029, 3, 1), True),
        (date(2026, 11, 22), date(2026, 1, 1), False),  # a clock that is wrong
    ],
)
def test_stale(checked: date, today: date, stale: bool) -> None:
    """A note is stale from the day after the year is over."""
    assert stale is is_stale(checked, today)


def test_stale_notes_are_listed() -> None:
    """The calendar's check names each note with its age."""
    assert [] == stale_notes(load_notes(), date(2027, 11, 22))
    assert "torchserve: checked 2026-11-22, 366 days ago" == stale_notes(load_notes(), date(2027, 11, 23))[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "torchserve-cve"}, "note more than once: torchserve-cve"),
        ({"sources": []}, "note torchserve: sources missing or empty"),
        ({"source_dates": []}, "source_dates missing or empty"),
        ({"text": ""}, "text missing or empty"),
        ({"concerns": []}, "concerns missing or empty"),
        ({"status": "broken"}, "status is 'broken'; it must be one of holds, weakened, reversed, gone, new"),
        ({"grade": "D"}, "grade is 'D'; it must be one of A, B, C"),
        ({"source_dates": ["Feb 2025"]}, "a day, a month or a year"),
        ({"checked": "2026-11-22"}, "checked is '2026-11-22'; it must be a date"),
        ({"concerns": ["deploy"]}, 'it must be "question.option"'),
        ({"sources": [{"title": "x"}]}, "a source has a title and an address"),
        ({"sources": [{"title": "x", "address": "https://a.b"}]}, "without its scheme"),
        ({"sauce": "x"}, "unknown keys sauce"),
    ],
)
def test_contradictory_note(data: dict[str, Any], change: dict[str, Any], message: str) -> None:
    """A note that lacks something or contradicts itself is refused on load."""
    data["note"][0] |= change

    with pytest.raises(ValueError, match=message):
        parse_notes(data)
