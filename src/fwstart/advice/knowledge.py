"""All questions and the notes about them, read from knowledge.toml and checked.

The article makes the points. A second reading, today's, has its own where notes have changed the picture.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from fwstart.advice.notes import Note, load_notes
from fwstart.advice.questions import (
    FRAMEWORKS,
    NUM_DIMENSIONS,
    TARGETS,
    Change,
    Option,
    Points,
    Question,
    Weight,
)
from fwstart.advice.tables import check_keys, check_unique, check_value, read_table


@dataclass(frozen=True, kw_only=True)
class Article:
    """Where the points were read from."""

    title: str
    author: str
    date: str  # ISO


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """Everything that the advice rests on."""

    article: Article
    questions: tuple[Question, ...]
    notes: tuple[Note, ...]

    @property
    def dimensions(self) -> Mapping[int, str]:
        """The title of each dimension of the article, in its order."""
        return {question.dimension: question.title for question in self.questions}

    def note(self, note_id: str) -> Note:
        """Return one note.

        Raises:
            KeyError: there is no such note.
        """
        for note in self.notes:
            if note.id == note_id:
                return note
        raise KeyError(f"there is no note {note_id}")

    def notes_about(self, question_id: str, option_ids: tuple[str, ...]) -> tuple[Note, ...]:
        """Return the notes that concern any of these answers, and those behind their points today."""
        question = self.question(question_id)
        weights = [question.option(option_id).weight for option_id in option_ids]
        if len(option_ids) > 1:
            weights.append(question.combined)
        because = {
            note_id for weight in weights if weight and weight.today for note_id in weight.today.because
        }
        concerned = {(question_id, option_id) for option_id in option_ids}
        return tuple(note for note in self.notes if concerned & set(note.concerns) or note.id in because)

    def question(self, question_id: str) -> Question:
        """Return one question.

        Raises:
            KeyError: there is no such question.
        """
        for question in self.questions:
            if question.id == question_id:
                return question
        raise KeyError(f"there is no question {question_id}")


@cache
def load_knowledge() -> Knowledge:
    """Return the knowledge that comes with fwstart, checked."""
    return parse_knowledge(read_table(__file__, "knowledge.toml"), load_notes())


def parse_knowledge(data: Mapping[str, Any], notes: tuple[Note, ...]) -> Knowledge:
    """Return checked knowledge from the contents of a knowledge.toml and the notes that go with it.

    Raises:
        ValueError: the file contradicts itself. This is our mistake, not a user's.
    """
    article = data["article"]
    questions = tuple(_question(table) for table in data["question"])
    check_unique("question", [question.id for question in questions])
    knowledge = Knowledge(
        article=Article(title=article["title"], author=article["author"], date=article["date"].isoformat()),
        questions=questions,
        notes=notes,
    )
    _check_notes(knowledge)
    return knowledge


def _question(table: Mapping[str, Any]) -> Question:
    check_keys(f"question {table['id']}", table, {*Question.__annotations__, "option"} - {"options"})
    question = Question(
        id=table["id"],
        dimension=table["dimension"],
        title=table["title"],
        prompt=table["prompt"],
        help=table["help"],
        options=tuple(_option(table["id"], option) for option in table["option"]),
        multiple=table.get("multiple", False),
        combined=_weight(f"{table['id']}.combined", table["combined"]) if "combined" in table else None,
    )
    _check_question(question)
    return question


def _option(question_id: str, table: Mapping[str, Any]) -> Option:
    name = f"{question_id}.{table['id']}"
    check_keys(name, table, {"id", "label", "points", "reason", "target", "backbones", "pipeline", "today"})
    if "target" in table:
        check_value(f"{name}: target", table["target"], TARGETS)
    return Option(
        id=table["id"],
        label=table["label"],
        weight=_weight(name, table),
        target=table.get("target"),
        backbones=table.get("backbones"),
        pipeline=table.get("pipeline"),
    )


def _weight(name: str, table: Mapping[str, Any]) -> Weight | None:
    if ("points" in table) != ("reason" in table):
        raise ValueError(f"{name}: points and reason go together; give both or neither")
    if "points" not in table:
        if "today" in table:
            raise ValueError(f"{name}: only an answer that has points can have others today")
        return None
    points = cast("dict[str, int]", table["points"])
    if len(points) != 1 or not set(points) <= set(FRAMEWORKS) or min(points.values()) < 1:
        raise ValueError(f"{name}: points is {points}; it must give one framework at least 1 point")
    today = _change(f"{name}.today", table["today"], *points.values()) if "today" in table else None
    return Weight(points=Points(**points), reason=table["reason"], today=today)


def _change(name: str, table: Mapping[str, Any], before: int) -> Change:
    check_keys(name, table, set(Change.__annotations__))
    change = Change(points=table["points"], reason=table["reason"], because=tuple(table["because"]))
    if change.points < 0 or change.points == before:
        raise ValueError(
            f"{name}: points is {change.points}; it must be another number than {before}, from 0"
        )
    if not change.because:
        raise ValueError(f"{name}: because is empty; it must name the notes behind it")
    return change


def _check_question(question: Question) -> None:
    """Refuse what the rule cannot handle."""
    check_unique(f"option of {question.id}", list(question.values))
    if not 1 <= question.dimension <= NUM_DIMENSIONS:
        raise ValueError(
            f"{question.id}: dimension is {question.dimension}; the article has 1 to {NUM_DIMENSIONS}"
        )
    if len(question.neutral) != (0 if question.multiple else 1):
        wanted = "no option" if question.multiple else "exactly one option"
        raise ValueError(f"{question.id}: {wanted} may be without points, got {list(question.neutral)}")
    if question.combined and not question.multiple:
        raise ValueError(f"{question.id}: only a multiple question can have combined points")
    weights = [option.weight for option in question.options if option.weight]
    for stronger, weaker in itertools.permutations(weights, 2):
        if not question.multiple or stronger.favours != weaker.favours:
            continue
        # The rule counts the strongest option of a side, and that must be the same one in both readings.
        if stronger.worth("article") > weaker.worth("article") and stronger.worth("today") < weaker.worth(
            "today"
        ):
            raise ValueError(f"{question.id}: today's points reverse the order of its options")


def _check_notes(knowledge: Knowledge) -> None:
    """Refuse notes about answers that do not exist, and points without a note of grade A."""
    for note in knowledge.notes:
        if note.dimension is not None and note.dimension not in knowledge.dimensions:
            raise ValueError(f"note {note.id}: dimension is {note.dimension}; the article has 1 to 6")
        for question_id, option_id in note.concerns:
            if option_id not in next((q.values for q in knowledge.questions if q.id == question_id), ()):
                raise ValueError(f"note {note.id}: there is no answer {question_id}.{option_id}")
    grades = {note.id: note.grade for note in knowledge.notes}
    for question in knowledge.questions:
        for weight in (question.combined, *(option.weight for option in question.options)):
            for note_id in weight.today.because if weight and weight.today else ():
                if grades.get(note_id) != "A":
                    raise ValueError(
                        f"{question.id}: today rests on {note_id}, which is not a note of grade A"
                    )
