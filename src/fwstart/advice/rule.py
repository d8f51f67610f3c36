"""The recommendation: the sum of the answers, according to the article's own words.

The rule adds up the table of knowledge.toml. Each question counts for the side that its answer speaks for; of
several deployment targets the strongest of a side counts, and one point more where two or more are chosen.
A tie is broken by background, then by deployment; otherwise the result is a draw.

The same rule reads the answers a second time with the points that the notes would give them today. That view
is shown next to the article's verdict and never replaces it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.notes import Note, Status
from fwstart.advice.questions import FRAMEWORKS, TARGETS, Framework, Points, Question, Reading, Target, Weight

DecidedBy = Literal["score", "tie-break: background", "tie-break: deploy", "fixed", "draw"]
Confidence = Literal["toss-up", "leaning", "moderate", "clear"]

# Of several statuses, a reason shows the gravest.
GRAVEST_FIRST: tuple[Status, ...] = ("gone", "reversed", "weakened", "holds", "new")

# What decides when the points are tied, in this order.
TIE_BREAKS: tuple[tuple[str, DecidedBy], ...] = (
    ("background", "tie-break: background"),
    ("deploy", "tie-break: deploy"),
)

Answers = Mapping[str, tuple[str, ...]]  # question id -> ids of the chosen options


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One row that counted: an answer, the side it speaks for and how much."""

    question: str
    options: tuple[str, ...]  # one, or all of a side where they count together
    dimension: int
    title: str  # the dimension's
    points: int
    favours: Framework
    text: str
    points_today: int
    text_today: str | None  # why today's points differ; None where they do not
    because: tuple[str, ...]  # ids of the notes behind that
    status: Status | None  # of what it rests on, against the article; None where no note is about it
    notes: tuple[str, ...]  # ids of the notes about it

    def worth(self, reading: Reading) -> int:
        """Return the points by one reading."""
        return self.points_today if reading == "today" else self.points


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Which framework, decided by what and how clearly; no framework means a draw."""

    framework: Framework | None
    decided_by: DecidedBy
    confidence: Confidence  # the article's margin, also when the framework is fixed
    points: Points


@dataclass(frozen=True, kw_only=True)
class Advice:
    """A verdict with everything that it is based on."""

    verdict: Verdict
    article: Verdict  # what the article alone says; differs from the verdict only when that is fixed
    today: Verdict  # what the notes make of the same answers; never replaces the verdict
    reasons: tuple[Reason, ...]  # in the order of the questions; their points add up to the totals
    answers: Answers  # complete: every question, neutral where not answered

    def reasons_for(self, framework: Framework) -> tuple[Reason, ...]:
        """Return the reasons that speak for one side."""
        return tuple(reason for reason in self.reasons if reason.favours == framework)

    @property
    def changes(self) -> tuple[Reason, ...]:
        """The reasons whose points differ today."""
        return tuple(reason for reason in self.reasons if reason.points_today != reason.points)

    @property
    def decides_otherwise_today(self) -> bool:
        """Whether today's view and the article's verdict differ; a draw counts as a verdict."""
        return self.today.framework != self.article.framework

    @property
    def targets(self) -> tuple[Target, ...]:
        """The chosen deployment targets by copier.yml's names, in its order."""
        deploy = load_knowledge().question("deploy")
        chosen = {deploy.option(option_id).target for option_id in self.answers["deploy"]}
        return tuple(target for target in TARGETS if target in chosen)

    @property
    def because(self) -> tuple[str, ...]:
        """The ids of the notes behind the points that differ today, each once."""
        return tuple(dict.fromkeys(note_id for reason in self.changes for note_id in reason.because))

    @property
    def notes(self) -> tuple[Note, ...]:
        """Every note that concerns these answers, in the order of the notes."""
        knowledge = load_knowledge()
        about = {
            note.id
            for question in knowledge.questions
            for note in knowledge.notes_about(question.id, self.answers[question.id])
        }
        return tuple(note for note in knowledge.notes if note.always or note.id in about)


def advise(answers: Answers, *, fixed: Framework | None = None) -> Advice:
    """Return the advice for these answers; a question without an answer counts as answered neutrally.

    `fixed` is a framework that was already decided: it takes precedence; the article's verdict stays visible.

    Raises:
        KeyError: an answer names no known question or option.
        ValueError: a question with one answer got none or several.
    """
    full = complete(answers)
    reasons = tuple(
        reason for question in load_knowledge().questions for reason in _reasons(question, full[question.id])
    )
    article = _verdict(reasons, "article")
    verdict = article
    if fixed is not None:
        verdict = Verdict(
            framework=fixed, decided_by="fixed", confidence=article.confidence, points=article.points
        )
    today = _verdict(reasons, "today")
    return Advice(verdict=verdict, article=article, today=today, reasons=reasons, answers=full)


def complete(answers: Answers) -> Answers:
    """Return an answer to every question, in the questions' order, and options in theirs."""
    questions = load_knowledge().questions
    for question_id in answers:
        load_knowledge().question(question_id)
    return {
        question.id: _checked(question, answers.get(question.id, question.neutral)) for question in questions
    }


def confidence(margin: int) -> Confidence:
    """Return the word for a difference of points of 0 or more."""
    if margin == 0:
        return "toss-up"
    if margin <= 2:  # noqa: PLR2004  (the decision table's bands)
        return "leaning"
    return "moderate" if margin <= 4 else "clear"  # noqa: PLR2004


def _checked(question: Question, chosen: tuple[str, ...]) -> tuple[str, ...]:
    for option_id in chosen:
        question.option(option_id)
    if not question.multiple and len(chosen) != 1:
        raise ValueError(f"{question.id} takes exactly one answer, got {chosen}")
    return tuple(option_id for option_id in question.values if option_id in chosen)


def _reasons(question: Question, chosen: tuple[str, ...]) -> list[Reason]:
    """Return what one question's answer counts: the strongest option of each side, and the combined point."""
    reasons = []
    for framework in FRAMEWORKS:
        side = {
            option_id: weight.points.of(framework)
            for option_id in chosen
            if (weight := question.option(option_id).weight) and weight.favours == framework
        }
        if side:
            reasons.append(_reason(question.id, (max(side, key=lambda option_id: side[option_id]),)))
        if len(side) > 1 and question.combined and question.combined.favours == framework:
            reasons.append(_reason(question.id, tuple(side)))
    return reasons


@cache
def _reason(question_id: str, options: tuple[str, ...]) -> Reason:
    """Return the row for one option, or for several that count together."""
    question = load_knowledge().question(question_id)
    weight = question.combined if len(options) > 1 else question.option(options[0]).weight
    assert weight is not None  # noqa: S101  (only options with points get a row)
    notes = load_knowledge().notes_about(question_id, options)
    return Reason(
        question=question_id,
        options=options,
        dimension=question.dimension,
        title=question.title,
        points=weight.worth("article"),
        favours=weight.favours,
        text=weight.reason,
        points_today=weight.worth("today"),
        text_today=weight.today.reason if weight.today else None,
        because=weight.today.because if weight.today else (),
        status=status_today(weight, notes),
        notes=tuple(note.id for note in notes),
    )


def status_today(weight: Weight, notes: tuple[Note, ...]) -> Status | None:
    """Return the gravest status of the notes about an answer; if it counts more today, it holds."""
    if weight.worth("today") > weight.worth("article"):
        return "holds"
    return min((note.status for note in notes), key=GRAVEST_FIRST.index, default=None)


def _verdict(reasons: tuple[Reason, ...], reading: Reading) -> Verdict:
    points = _total(reasons, reading)
    framework, decided_by = _decide(points, reasons, reading)
    margin = abs(points.pytorch - points.keras)
    return Verdict(framework=framework, decided_by=decided_by, confidence=confidence(margin), points=points)


def _decide(
    points: Points, reasons: tuple[Reason, ...], reading: Reading
) -> tuple[Framework | None, DecidedBy]:
    if points.favours:
        return points.favours, "score"
    for question_id, decided_by in TIE_BREAKS:
        own = tuple(reason for reason in reasons if reason.question == question_id)
        if side := _total(own, reading).favours:
            return side, decided_by
    return None, "draw"


def _total(reasons: tuple[Reason, ...], reading: Reading) -> Points:
    return Points(
        **{
            framework: sum(reason.worth(reading) for reason in reasons if reason.favours == framework)
            for framework in FRAMEWORKS
        }
    )
