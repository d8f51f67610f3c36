"""Advice in sentences."""

import pytest

from fwstart.advice.flips import Flip
from fwstart.advice.rule import Advice, advise
from fwstart.report.wording import (
    change_line,
    flip_change,
    reason_today,
    today_line,
    today_note,
    verdict_lines,
    why,
)

CLOSE = advise({"background": ("experienced",), "deploy": ("edge", "browser")})
TIE = advise({"style": ("flexible",), "deploy": ("server",)})
DRAW = advise({"style": ("flexible",), "setting": ("enterprise",)})
FIXED = advise({"background": ("beginner",)}, fixed="pytorch")
FIXED_BLINDLY = advise({}, fixed="keras")


@pytest.mark.parametrize(
    ("advice", "lines"),
    [
        (CLOSE, ["Recommendation: PyTorch, 5 points to 4 (leaning)."]),
        (TIE, ["Recommendation: Keras, by deployment, as points are tied at 2 to 2 (toss-up)."]),
        (DRAW, ["A draw: PyTorch 2, Keras 2, and neither background nor deployment decides."]),
        (
            FIXED,
            [
                "Framework: PyTorch, as already decided.",
                "The article alone recommends Keras, 5 points to 0 (clear).",
            ],
        ),
        (
            FIXED_BLINDLY,
            ["Framework: Keras, as already decided.", "The article alone has nothing to go by."],
        ),
    ],
)
def test_verdict_lines(advice: Advice, lines: list[str]) -> None:
    """The verdict comes first and says what decided; a fixed framework leaves the article its word."""
    assert lines == verdict_lines(advice)


@pytest.mark.parametrize(
    ("advice", "line"),
    [
        (CLOSE, "PyTorch, 5 points to 4 (leaning): background experienced"),
        (TIE, "Keras, by deployment, as points are tied at 2 to 2 (toss-up): deploy server"),
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


@pytest.mark.parametrize(
    ("advice", "line", "note"),
    [
        (
            CLOSE,
            "Today's view: the same, PyTorch, 5 points to 1 (moderate)",
            "These answers count differently",
        ),
        (
            TIE,
            "Today's view: would decide differently, PyTorch, 2 points to 1 (leaning)",
            "It does not replace the verdict, which rests on the article alone.",
        ),
        (
            advise({"setting": ("enterprise",), "style": ("flexible",)}, fixed="keras"),
            "Today's view: would decide differently, PyTorch, 2 points to 1 (leaning)",
            "It does not replace the article's verdict.",
        ),
        (
            advise({"background": ("beginner",)}),
            "Today's view: the same, Keras, 5 points to 0 (clear)",
            "None of these answers counts differently today.",
        ),
        (FIXED_BLINDLY, "Today's view: nothing to go by either", "None of these answers"),
    ],
)
def test_today(advice: Advice, line: str, note: str) -> None:
    """It is said plainly when today's view would decide differently, and that it replaces nothing."""
    assert line == today_line(advice)
    assert today_note(advice).startswith(note)


def test_changed_points() -> None:
    """A reason tells its status and its points today; the change names the facts behind them."""
    (reason,) = TIE.changes

    assert "Today: weakened; 1 point instead of 2." == reason_today(reason)
    assert (
        "deploy server: 1 point for Keras instead of 2. Covering every target set TensorFlow apart; "
        "it is no longer alone in that. [executorch, litert, litertjs, tfjs]"
    ) == change_line(reason)
    assert "Today: holds." == reason_today(TIE.reasons[0])


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (("some",), ("beginner",), "some -> beginner"),
        ((), ("edge",), "add edge"),
        (("edge",), (), "drop edge"),
        (("edge", "browser"), ("edge",), "drop browser"),
        (("edge",), ("server", "edge"), "add server"),
    ],
)
def test_flip_change(before: tuple[str, ...], after: tuple[str, ...], words: str) -> None:
    """One answer for another, or a target added or dropped."""
    assert words == flip_change(Flip(question="x", before=before, after=after, framework=None))
