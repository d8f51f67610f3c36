"""The recommendation: what the answers add up to by the article's own words.

The rule adds up the table of knowledge.toml. Each question counts for the side that its answer speaks for; of
several deployment targets the strongest of a side counts, and one point more where two or more are chosen.
A tie is broken by background, then by deployment; else it is a draw, and said to be one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fwstart.knowledge import FRAMEWORKS, Framework, Points, Question, Weight, load_knowledge

DecidedBy = Literal["score", "tie-break: background", "tie-break: deploy", "fixed", "draw"]
Confidence = Literal["toss-up", "leaning", "moderate", "clear"]

# What decides where the points are level, in this order.
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


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Which framework, by what and how surely; no framework means a draw."""

    framework: Framework | None
    decided_by: DecidedBy
    confidence: Confidence  # the article's margin, also when the framework is fixed
    points: Points


@dataclass(frozen=True, kw_only=True)
class Advice:
    """A verdict with everything that it rests on."""

    verdict: Verdict
    article: Verdict  # what the article alone says; differs from the verdict only when that is fixed
    reasons: tuple[Reason, ...]  # in the order of the questions; their points add up to the totals
    answers: Answers  # complete: every question, neutral where not answered

    def reasons_for(self, framework: Framework) -> tuple[Reason, ...]:
        """Return the reasons that speak for one side."""
        return tuple(reason for reason in self.reasons if reason.favours == framework)


def advise(answers: Answers, *, fixed: Framework | None = None) -> Advice:
    """Return the advice for these answers; a question without an answer counts as answered neutrally.

    `fixed` is a framework that was decided elsewhere: it wins outright; the article's verdict stays visible.

    Raises:
        KeyError: an answer names no known question or option.
        ValueError: a question with one answer got none or several.
    """
    full = complete(answers)
    reasons = tuple(
        reason for question in load_knowledge().questions for reason in _reasons(question, full[question.id])
    )
    article = _article_verdict(reasons)
    verdict = article
    if fixed is not None:
        verdict = Verdict(
            framework=fixed, decided_by="fixed", confidence=article.confidence, points=article.points
        )
    return Advice(verdict=verdict, article=article, reasons=reasons, answers=full)


def complete(answers: Answers) -> Answers:
    """Return an answer to every question, in the questions' order, and options in theirs."""
    questions = load_knowledge().questions
    for question_id in answers:
        load_knowledge().question(question_id)
    return {
        question.id: _checked(question, answers.get(question.id, question.neutral)) for question in questions
    }


def confidence(margin: int) -> Confidence:
    """Return the word for a difference of points, 0 or more."""
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
            option_id: weight
            for option_id in chosen
            if (weight := question.option(option_id).weight) and weight.favours == framework
        }
        if side:
            strongest = max(side, key=lambda option_id: side[option_id].points.of(framework))
            reasons.append(_reason(question, (strongest,), side[strongest]))
        if len(side) > 1 and question.combined and question.combined.favours == framework:
            reasons.append(_reason(question, tuple(side), question.combined))
    return reasons


def _reason(question: Question, options: tuple[str, ...], weight: Weight) -> Reason:
    return Reason(
        question=question.id,
        options=options,
        dimension=question.dimension,
        title=question.title,
        points=weight.points.of(weight.favours),
        favours=weight.favours,
        text=weight.reason,
    )


def _article_verdict(reasons: tuple[Reason, ...]) -> Verdict:
    points = _total(reasons)
    framework, decided_by = _decide(points, reasons)
    margin = abs(points.pytorch - points.keras)
    return Verdict(framework=framework, decided_by=decided_by, confidence=confidence(margin), points=points)


def _decide(points: Points, reasons: tuple[Reason, ...]) -> tuple[Framework | None, DecidedBy]:
    if points.favours:
        return points.favours, "score"
    for question_id, decided_by in TIE_BREAKS:
        side = _total(tuple(reason for reason in reasons if reason.question == question_id)).favours
        if side:
            return side, decided_by
    return None, "draw"


def _total(reasons: tuple[Reason, ...]) -> Points:
    return Points(
        pytorch=sum(reason.points for reason in reasons if reason.favours == "pytorch"),
        keras=sum(reason.points for reason in reasons if reason.favours == "keras"),
    )
