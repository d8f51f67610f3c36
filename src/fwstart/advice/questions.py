"""A question, its options, and how much each answer speaks for PyTorch or for Keras."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

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


Reading = Literal["article", "today"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """How today's reading changes a weight: other points for the same side, and why."""

    points: int
    reason: str
    because: tuple[str, ...]  # ids of notes, all of grade A


@dataclass(frozen=True, kw_only=True)
class Weight:
    """Points for exactly one side, and the reason in our own words."""

    points: Points
    reason: str
    today: Change | None  # None: the points are still the same

    @property
    def favours(self) -> Framework:
        """The side that the reason speaks for."""
        return "pytorch" if self.points.pytorch else "keras"

    def worth(self, reading: Reading) -> int:
        """Return the points for that side."""
        if reading == "today" and self.today:
            return self.today.points
        return self.points.of(self.favours)


@dataclass(frozen=True, kw_only=True)
class Option:
    """One answer to a question; without a weight it is the neutral one."""

    id: str
    label: str
    weight: Weight | None
    target: Target | None  # what this deployment is called in copier.yml
    backbones: str | None  # the choice of copier.yml that this collection of models proposes
    pipeline: Mapping[Framework, str] | None  # the choices of copier.yml that ready pipelines propose


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
        """The answer if the question is not answered: option ids, none for a multiple question."""
        return tuple(option.id for option in self.options if option.weight is None)

    @property
    def values(self) -> tuple[str, ...]:
        """The ids of all options, in their order."""
        return tuple(option.id for option in self.options)

    def favoring(self, framework: Framework) -> tuple[str, ...]:
        """Return the ids of the options that speak for one side."""
        return tuple(
            option.id for option in self.options if option.weight and option.weight.favours == framework
        )

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
