"""Advice in words and as data."""

import json

import pytest

from fwstart.advice import Advice, advise
from fwstart.report import SCHEMA_VERSION, to_json, to_markdown, to_text, why

CLOSE = advise({"background": ("experienced",), "deploy": ("edge", "browser")})
TIE = advise({"style": ("flexible",), "deploy": ("server",)})
DRAW = advise({"style": ("flexible",), "setting": ("enterprise",)})
FIXED = advise({"background": ("beginner",)}, fixed="pytorch")
FIXED_BLINDLY = advise({}, fixed="keras")
ALL = [CLOSE, TIE, DRAW, FIXED, FIXED_BLINDLY]


def test_text() -> None:
    """Both totals, the confidence, and the reasons for and against with their dimensions."""
    expected = """\
Recommendation: PyTorch, 5 points to 4 (leaning).

For PyTorch: 5 points
  +5  You are experienced: PyTorch gives you flexibility in code that reads like
      ordinary Python. (1. Ease of use and learning curve)

Against it, for Keras: 4 points
  +3  It must run on a phone or an edge device: TensorFlow Lite is made for
      that. (5. Deployment options)
  +1  You have several targets: TensorFlow's tools cover servers, devices and
      browsers together. (5. Deployment options)"""

    assert expected == to_text(CLOSE, 80)


@pytest.mark.parametrize(
    ("advice", "first_line"),
    [
        (TIE, "Recommendation: Keras, by deployment, as points are level at 2 to 2 (toss-up)."),
        (DRAW, "A draw: PyTorch 2, Keras 2, and neither background nor deployment decides."),
        (FIXED, "Framework: PyTorch, as already decided."),
    ],
)
def test_first_line(advice: Advice, first_line: str) -> None:
    """The verdict comes first and says what decided."""
    assert first_line == to_text(advice, 100).splitlines()[0]


def test_fixed_framework_shows_the_article() -> None:
    """What the article alone says stands below a framework that was decided elsewhere."""
    assert "The article alone recommends Keras, 5 points to 0 (clear)." in to_text(FIXED)
    assert "The article alone has nothing to go by." in to_text(FIXED_BLINDLY)


@pytest.mark.parametrize("advice", ALL)
@pytest.mark.parametrize("width", [60, 80, 200])
def test_width(advice: Advice, width: int) -> None:
    """No line is wider than the terminal, and none has an escape code."""
    lines = to_text(advice, width).splitlines()

    assert width >= max(len(line) for line in lines)
    assert not any("\x1b" in line for line in lines)


def test_heading() -> None:
    """The caller decides how headings stand out."""
    text = to_text(CLOSE, heading=lambda line: f"*{line}*")

    assert ["*Recommendation: PyTorch, 5 points to 4 (leaning).*", "*For PyTorch: 5 points*"] == [
        line for line in text.splitlines() if line.startswith("*")
    ][:2]


@pytest.mark.parametrize(
    ("advice", "line"),
    [
        (CLOSE, "PyTorch, 5 points to 4 (leaning): background experienced"),
        (TIE, "Keras, by deployment, as points are level at 2 to 2 (toss-up): deploy server"),
        (FIXED, "PyTorch, as you decided; the article alone recommends Keras"),
        (FIXED_BLINDLY, "Keras, as you decided; the article alone has nothing to go by"),
        (
            advise({"background": ("beginner",)}, fixed="keras"),
            "Keras, as you decided; the article alone agrees",
        ),
        (DRAW, "no framework: the answers end in a draw"),
    ],
)
def test_why(advice: Advice, line: str) -> None:
    """One line says which framework and why."""
    assert line == why(advice)


def test_json() -> None:
    """The documented keys, all of JSON types."""
    data = json.loads(json.dumps(to_json(FIXED)))

    assert (SCHEMA_VERSION, "pytorch", "fixed", "clear", {"pytorch": 0, "keras": 5}) == (
        data["schema_version"],
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
    assert [
        {
            "question": "background",
            "option": "beginner",
            "dimension": 1,
            "title": "Ease of use and learning curve",
            "points": 5,
            "favours": "keras",
            "text": "You are new to deep learning: Keras is the simple, well-documented way in.",
            "side": "against",
        }
    ] == data["reasons"]


def test_json_of_a_draw() -> None:
    """A draw has no framework, and its reasons no side."""
    data = to_json(DRAW)

    assert data["framework"] is None
    assert [False, False] == ["side" in reason for reason in data["reasons"]]  # type: ignore[attr-defined]


def test_json_answers() -> None:
    """Answers are complete: one id each, a list for deploy; targets that count together are joined."""
    data = to_json(CLOSE)

    assert {
        "background": "experienced",
        "style": "no-preference",
        "deploy": ["edge", "browser"],
    }.items() <= dict(
        data["answers"]  # type: ignore[call-overload]
    ).items()
    reasons = json.loads(json.dumps(data["reasons"]))
    assert ["experienced", "edge", "edge+browser"] == [reason["option"] for reason in reasons]


@pytest.mark.parametrize("advice", ALL)
def test_markdown(advice: Advice) -> None:
    """The document has every reason, every answer, and the command that shows it again."""
    text = to_markdown(advice)

    assert all(reason.text in text for reason in advice.reasons)
    assert "| How much deep learning have you done? |" in text
    assert "    fwstart advise " in text
    assert text.endswith("--yes\n")


def test_markdown_is_plain() -> None:
    """A document for the project is not a transcript: lines are trimmed and never doubly empty."""
    text = to_markdown(CLOSE)

    assert "\n\n\n" not in text
    assert [] == [line for line in text.splitlines() if line != line.rstrip()]
