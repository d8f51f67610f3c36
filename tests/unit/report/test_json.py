"""Advice as JSON, as docs/advice.schema.json describes it."""

import json
from datetime import date
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support import CHECKOUT
from support.answer_space import sample

from fwstart.advice.rule import Advice, advise
from fwstart.report.json import SCHEMA_VERSION, to_json

TODAY = date(2026, 12, 1)
SCHEMA = json.loads((CHECKOUT / "docs/advice.schema.json").read_text(encoding="utf-8"))
CLOSE = advise({"background": ("experienced",), "deploy": ("edge", "browser")})
TIE = advise({"style": ("flexible",), "deploy": ("server",)})
DRAW = advise({"style": ("flexible",), "setting": ("enterprise",)})
FIXED = advise({"background": ("beginner",)}, fixed="pytorch")


def as_json(advice: Advice, today: date = TODAY) -> dict[str, Any]:
    """Return what a program reads."""
    data: dict[str, Any] = json.loads(json.dumps(to_json(advice, today)))
    return data


def test_schema_is_one() -> None:
    """The schema itself is valid, and describes this version."""
    Draft202012Validator.check_schema(SCHEMA)

    assert SCHEMA_VERSION == SCHEMA["properties"]["schema_version"]["const"]


@pytest.mark.parametrize("advice", [CLOSE, TIE, DRAW, FIXED, *(advise(one) for one in sample(50, seed=2))])
def test_schema(advice: Advice) -> None:
    """Every key is described, and nothing that is described is missing."""
    Draft202012Validator(SCHEMA).validate(as_json(advice))


def test_verdicts() -> None:
    """The framework that was taken, and the article's word beside it."""
    data = as_json(FIXED)

    assert ("pytorch", "fixed", "clear", {"pytorch": 0, "keras": 5}) == (
        data["framework"],
        data["decided_by"],
        data["confidence"],
        data["points"],
    )
    assert {
        "framework": "keras",
        "decided_by": "score",
        "confidence": "clear",
        "points": {"pytorch": 0, "keras": 5},
    } == data["article"]


def test_reasons() -> None:
    """Each reason with its side, its points in both readings, its status and its notes."""
    assert [
        {
            "question": "background",
            "option": "beginner",
            "dimension": 1,
            "title": "Ease of use and learning curve",
            "points": 5,
            "favours": "keras",
            "text": "You are new to deep learning: Keras is the simple, well-documented way in.",
            "status": "new",
            "points_today": 5,
            "notes": ["keras3"],
            "side": "against",
        }
    ] == as_json(FIXED)["reasons"]


def test_today() -> None:
    """What today's view comes to, whether it differs, and the notes behind each change."""
    assert {
        "framework": "pytorch",
        "decided_by": "score",
        "confidence": "leaning",
        "points": {"pytorch": 2, "keras": 1},
        "differs": True,
        "because": ["executorch", "litert", "litertjs", "tfjs"],
        "changes": [
            {
                "question": "deploy",
                "option": "server",
                "favours": "keras",
                "from": 2,
                "to": 1,
                "text": TIE.changes[0].text_today,
                "because": ["executorch", "litert", "litertjs", "tfjs"],
            }
        ],
    } == as_json(TIE)["today"]


def test_flips() -> None:
    """Answers as `answers` has them: an id, a list for deploy."""
    flips = as_json(TIE)["flips"]

    assert {
        "question": "background",
        "from": "some",
        "to": "experienced",
        "framework": "pytorch",
    } in flips
    assert {"question": "deploy", "from": ["server"], "to": [], "framework": "pytorch"} in flips


def test_targets() -> None:
    """What the chosen targets mean with the verdict's framework."""
    assert [("server", "keras", "TensorFlow Serving", "maintained")] == [
        (one["target"], one["framework"], one["name"], one["status"]) for one in as_json(TIE)["targets"]
    ]
    assert ["TorchServe"] == [
        one["name"] for one in as_json(advise({"deploy": ("server",)}, fixed="pytorch"))["targets"]
    ]


def test_notes() -> None:
    """Notes are whole, so that nothing has to be looked up; stale ones are marked by the day given."""
    (note,) = [note for note in as_json(CLOSE)["notes"] if note["id"] == "jobs"]

    assert (["setting.undecided"], "C", "2026-11-22", False) == (
        note["concerns"],
        note["grade"],
        note["checked"],
        note["stale"],
    )
    assert note["text"].startswith("Reported: ")
    assert {True} == {note["stale"] for note in as_json(CLOSE, date(2028, 1, 1))["notes"]}


def test_draw() -> None:
    """A draw has no framework, and its reasons no side."""
    data = as_json(DRAW)

    assert data["framework"] is None
    assert [False, False] == ["side" in reason for reason in data["reasons"]]


def test_answers() -> None:
    """Answers are complete: one id each, a list for deploy; targets that count together are joined."""
    data = as_json(CLOSE)

    assert {
        "background": "experienced",
        "style": "no-preference",
        "deploy": ["edge", "browser"],
    }.items() <= data["answers"].items()
    assert ["experienced", "edge", "edge+browser"] == [reason["option"] for reason in data["reasons"]]
