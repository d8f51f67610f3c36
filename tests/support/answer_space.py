"""Every way to answer the questions, and what comes of each."""

import itertools
import random

import pytest

from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.questions import Question
from fwstart.advice.rule import Advice, Answers, advise

QUESTIONS = load_knowledge().questions
Vector = tuple[tuple[str, ...], ...]


def possible_answers(question: Question) -> list[tuple[str, ...]]:
    """Return every way to answer one question: one option, or any set of them."""
    if not question.multiple:
        return [(option_id,) for option_id in question.values]
    sizes = range(len(question.values) + 1)
    return [chosen for size in sizes for chosen in itertools.combinations(question.values, size)]


def answers_of(vector: Vector) -> Answers:
    """Return a vector as answers."""
    return {question.id: chosen for question, chosen in zip(QUESTIONS, vector, strict=True)}


def all_vectors() -> list[Vector]:
    """Return every vector, in the order of the options."""
    return list(itertools.product(*(possible_answers(question) for question in QUESTIONS)))


def sample(count: int, seed: int) -> list[Answers]:
    """Return some answers, the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311  (nothing secret)
    return [answers_of(vector) for vector in chance.sample(all_vectors(), count)]


@pytest.fixture(scope="session")
def space() -> dict[Vector, Advice]:
    """Return the advice for every answer vector."""
    return {vector: advise(answers_of(vector)) for vector in all_vectors()}
