"""The questions, their options and what the article makes each answer worth, read from knowledge.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast, get_args

Framework = Literal["pytorch", "keras"]
FRAMEWORKS: tuple[Framework, ...] = get_args(Framework)
FRAMEWORK_NAMES: Mapping[Framework, str] = {"pytorch": "PyTorch", "keras": "Keras"}

Target = Literal["server", "edge", "browser"]
TARGETS: tuple[Target, ...] = get_args(Target)

NUM_DIMENSIONS = 6  # of the article


@dataclass(frozen=True, kw_only=True)
class Points:
    """How much something speaks for each side: whole numbers from 0."""

    pytorch: int = 0
    keras: int = 0

    def of(self, framework: Framework) -> int:
        """Return one side's points."""
        return self.pytorch if framework == "pytorch" else self.keras

    @property
    def favours(self) -> Framework | None:
        """The side with more points; None when they are level."""
        if self.pytorch == self.keras:
            return None
        return "pytorch" if self.pytorch > self.keras else "keras"


@dataclass(frozen=True, kw_only=True)
class Weight:
    """Points for exactly one side, and the reason in our own words."""

    points: Points
    reason: str

    @property
    def favours(self) -> Framework:
        """The side that the reason speaks for."""
        return "pytorch" if self.points.pytorch else "keras"


@dataclass(frozen=True, kw_only=True)
class Option:
    """One answer to a question; without a weight it is the neutral one."""

    id: str
    label: str
    weight: Weight | None
    target: Target | None  # what this deployment is called in copier.yml


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question, its id being the flag's name."""

    id: str
    dimension: int  # of the article, from 1
    title: str  # the dimension's
    prompt: str
    help: str
    options: tuple[Option, ...]
    multiple: bool  # any number of options, none being the neutral answer
    combined: Weight | None  # counts once where two or more options of its side are chosen

    @property
    def neutral(self) -> tuple[str, ...]:
        """The answer of someone who was not asked: option ids, none for a multiple question."""
        return tuple(option.id for option in self.options if option.weight is None)

    @property
    def values(self) -> tuple[str, ...]:
        """The ids of all options, in their order."""
        return tuple(option.id for option in self.options)

    def labels(self, chosen: tuple[str, ...]) -> str:
        """Return an answer as a person reads it."""
        return ", ".join(self.option(option_id).label for option_id in chosen) or "Nowhere yet"

    def option(self, option_id: str) -> Option:
        """Return one option.

        Raises:
            KeyError: there is no such option.
        """
        for option in self.options:
            if option.id == option_id:
                return option
        raise KeyError(f"{self.id} has no option {option_id}; it has {', '.join(self.values)}")


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
    text = files("fwstart").joinpath("knowledge.toml").read_text(encoding="utf-8")
    return parse_knowledge(tomllib.loads(text))


def parse_knowledge(data: Mapping[str, Any]) -> Knowledge:
    """Return checked knowledge from the contents of a knowledge.toml.

    Raises:
        ValueError: the file contradicts itself. That is a mistake of ours, not of a user.
    """
    article = data["article"]
    questions = tuple(_question(table) for table in data["question"])
    _check_unique("question", [question.id for question in questions])
    return Knowledge(
        article=Article(title=article["title"], author=article["author"], date=article["date"].isoformat()),
        questions=questions,
    )


def _question(table: Mapping[str, Any]) -> Question:
    _check_keys(f"question {table['id']}", table, {*Question.__annotations__, "option"} - {"options"})
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
    _check_keys(name, table, {"id", "label", "points", "reason", "target"})
    if table.get("target") not in (None, *TARGETS):
        raise ValueError(f"{name}: target is {table['target']!r}; it must be one of {', '.join(TARGETS)}")
    return Option(
        id=table["id"], label=table["label"], weight=_weight(name, table), target=table.get("target")
    )


def _weight(name: str, table: Mapping[str, Any]) -> Weight | None:
    if ("points" in table) != ("reason" in table):
        raise ValueError(f"{name}: points and reason go together; give both or neither")
    if "points" not in table:
        return None
    points = cast("dict[str, int]", table["points"])
    if len(points) != 1 or not set(points) <= set(FRAMEWORKS) or min(points.values()) < 1:
        raise ValueError(f"{name}: points is {points}; it must give one framework at least 1 point")
    return Weight(points=Points(**points), reason=table["reason"])


def _check_question(question: Question) -> None:
    """Refuse what the rule could not make sense of."""
    _check_unique(f"option of {question.id}", list(question.values))
    if not 1 <= question.dimension <= NUM_DIMENSIONS:
        raise ValueError(
            f"{question.id}: dimension is {question.dimension}; the article has 1 to {NUM_DIMENSIONS}"
        )
    if len(question.neutral) != (0 if question.multiple else 1):
        wanted = "no option" if question.multiple else "exactly one option"
        raise ValueError(f"{question.id}: {wanted} may be without points, got {list(question.neutral)}")
    if question.combined and not question.multiple:
        raise ValueError(f"{question.id}: only a multiple question can have combined points")


def _check_unique(what: str, ids: list[str]) -> None:
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise ValueError(f"{what} more than once: {', '.join(twice)}")


def _check_keys(name: str, table: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise ValueError(f"{name}: unknown keys {', '.join(unknown)}; known are {', '.join(sorted(known))}")
