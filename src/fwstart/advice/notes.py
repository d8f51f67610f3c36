"""What is known to have changed since the article: dated notes with their sources, read from notes.toml."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal, get_args

from fwstart.advice.tables import check_keys, check_unique, check_value, read_table

Status = Literal["holds", "weakened", "reversed", "gone", "new"]
STATUSES: tuple[Status, ...] = get_args(Status)
Grade = Literal["A", "B", "C"]
GRADES: Mapping[Grade, str] = {"A": "primary source", "B": "partly primary", "C": "reported"}

ALWAYS = "always"
KEYS = {"id", "dimension", "concerns", "status", "grade", "text", "sources", "source_dates", "checked"}


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a note's facts can be read."""

    title: str
    address: str  # without its scheme, or "package index"

    @property
    def link(self) -> str | None:
        """The address as a link; None for the package index."""
        return None if " " in self.address else f"https://{self.address}"


@dataclass(frozen=True, kw_only=True)
class Note:
    """One fact that concerns answers, in our words, and how well it is known."""

    id: str
    dimension: int | None  # of the article; None where it has none for this
    concerns: tuple[tuple[str, str], ...]  # (question, option)
    always: bool  # bears on every answer
    status: Status  # against the article
    grade: Grade
    text: str
    sources: tuple[Source, ...]
    source_dates: tuple[str, ...]  # a day, a month or a year, ISO
    checked: date

    @property
    def told(self) -> str:
        """The text as it is shown; facts that are only reported are marked."""
        return f"Reported: {self.text}" if self.grade == "C" else self.text


@cache
def load_notes() -> tuple[Note, ...]:
    """Return the notes that come with fwstart, checked."""
    return parse_notes(read_table(__file__, "notes.toml"))


def parse_notes(data: Mapping[str, Any]) -> tuple[Note, ...]:
    """Return checked notes from the contents of a notes.toml.

    Raises:
        ValueError: a note lacks something or contradicts itself. This is our mistake, not a user's.
    """
    notes = tuple(_note(table) for table in data["note"])
    check_unique("note", [note.id for note in notes])
    return notes


def is_stale(checked: date, today: date) -> bool:
    """Whether more than a year has passed since the day of the check."""
    return (today.year, today.month, today.day) > (checked.year + 1, checked.month, checked.day)


def _note(table: Mapping[str, Any]) -> Note:
    name = f"note {table.get('id')}"
    check_keys(name, table, KEYS)
    if missing := sorted(KEYS - {"dimension"} - {key for key, value in table.items() if value}):
        raise ValueError(f"{name}: {', '.join(missing)} missing or empty")
    check_value(f"{name}: status", table["status"], STATUSES)
    check_value(f"{name}: grade", table["grade"], tuple(GRADES))
    for text in table["source_dates"]:
        if not re.fullmatch(r"\d{4}(-\d\d){0,2}", text):
            raise ValueError(f"{name}: source date is {text!r}; it must be a day, a month or a year")
    if type(table["checked"]) is not date:
        raise ValueError(f"{name}: checked is {table['checked']!r}; it must be a date")
    return Note(
        id=table["id"],
        dimension=table.get("dimension"),
        concerns=tuple(_concern(name, text) for text in table["concerns"] if text != ALWAYS),
        always=ALWAYS in table["concerns"],
        status=table["status"],
        grade=table["grade"],
        text=table["text"],
        sources=tuple(_source(name, source) for source in table["sources"]),
        source_dates=tuple(table["source_dates"]),
        checked=table["checked"],
    )


def _concern(name: str, text: str) -> tuple[str, str]:
    question, _, option = text.partition(".")
    if not option:
        raise ValueError(f'{name}: concerns {text!r}; it must be "question.option" or "{ALWAYS}"')
    return question, option


def _source(name: str, table: Mapping[str, str]) -> Source:
    if set(table) != {"title", "address"} or "://" in table["address"]:
        raise ValueError(f"{name}: a source has a title and an address without its scheme, got {dict(table)}")
    return Source(title=table["title"], address=table["address"])
