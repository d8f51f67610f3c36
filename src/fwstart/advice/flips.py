"""Which single answer, given differently, would change the verdict."""

from collections.abc import Iterator
from dataclasses import dataclass

from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.questions import Framework, Question
from fwstart.advice.rule import Advice, advise


@dataclass(frozen=True, kw_only=True)
class Flip:
    """One answer, its replacement, and what the article would then say."""

    question: str
    before: tuple[str, ...]  # option ids
    after: tuple[str, ...]
    framework: Framework | None  # None: a draw


def flips(advice: Advice) -> tuple[Flip, ...]:
    """Return every single answer that would change the article's verdict, in the order of the questions.

    One answer is another option; of a multiple question it is one option added or removed. From a framework
    to a draw is a change, too. A fixed framework never changes: then this is about the article.
    """
    return tuple(
        Flip(question=question.id, before=advice.answers[question.id], after=after, framework=framework)
        for question in load_knowledge().questions
        for after in other_answers(question, advice.answers[question.id])
        if (framework := advise({**advice.answers, question.id: after}).article.framework)
        != advice.article.framework
    )


def other_answers(question: Question, chosen: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the answers that are one step away from the chosen one."""
    for option_id in question.values:
        if question.multiple:
            yield tuple(value for value in question.values if (value in chosen) != (value == option_id))
        elif option_id not in chosen:
            yield (option_id,)
