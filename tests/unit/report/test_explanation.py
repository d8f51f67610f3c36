"""One question explained."""

import json
from datetime import date

import pytest
from jsonschema import Draft202012Validator
from support import CHECKOUT
from support.answer_space import QUESTIONS

from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.questions import Question
from fwstart.report.explanation import explain_json, explain_text
from fwstart.terminal.screen import Screen

TODAY = date(2026, 12, 1)
KNOWLEDGE = load_knowledge()
SCHEMA = json.loads((CHECKOUT / "docs/advice.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_every_option(question: Question) -> None:
    """Every option with its points, reason and notes, and no line wider than the terminal."""
    text = explain_text(question, KNOWLEDGE, Screen(width=60), TODAY)
    words = " ".join(text.split())

    for option in question.options:
        assert f"{option.id}: {option.label}" in words
        assert option.weight is None or option.weight.reason in words
        for note in KNOWLEDGE.notes_about(question.id, (option.id,)):
            assert note.told in words
    assert [] == [line for line in text.splitlines() if len(line) > 60 and len(line.split()) > 1]


def test_points_in_both_readings() -> None:
    """The article's points, today's where they differ, and why."""
    text = explain_text(KNOWLEDGE.question("deploy"), KNOWLEDGE, Screen(width=100), TODAY)

    assert (
        "edge: On a phone or an edge device\n"
        "  Keras +3: It must run on a phone or an edge device: TensorFlow Lite is made for that.\n"
        "  Today: weakened; +1 instead of +3. PyTorch has a runtime for phones too, and LiteRT takes its\n"
        "      models. [executorch, litert]\n"
    ) in text
    assert "two or more for one side\n  Keras +1: You have several targets" in text


def test_neutral_answer() -> None:
    """An answer that counts for nothing says so, with the notes about it."""
    text = explain_text(KNOWLEDGE.question("setting"), KNOWLEDGE, Screen(), TODAY)

    assert "undecided: Not decided\n  No points: the neutral answer. [jobs]\n" in text


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_schema(question: Question) -> None:
    """The JSON is as docs/advice.schema.json describes an explanation."""
    data = json.loads(json.dumps(explain_json(question, KNOWLEDGE, TODAY)))

    Draft202012Validator({"$ref": "#/$defs/explanation", "$defs": SCHEMA["$defs"]}).validate(data)
    assert list(question.values) == [option["id"] for option in data["options"]]
