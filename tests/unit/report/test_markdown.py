"""Advice as a document."""

from datetime import date

import pytest
from support.answer_space import sample

from fwstart.advice.flips import flips
from fwstart.advice.rule import Advice, advise
from fwstart.report.markdown import to_markdown

TODAY = date(2026, 12, 1)
CLOSE = advise({"background": ("experienced",), "deploy": ("edge", "browser")})
DRAW = advise({"style": ("flexible",), "setting": ("enterprise",)})
FIXED = advise({"background": ("beginner",)}, fixed="pytorch")
ALL = [CLOSE, DRAW, FIXED, advise({}, fixed="keras"), *(advise(answers) for answers in sample(10, seed=3))]


@pytest.mark.parametrize("advice", ALL)
def test_whole(advice: Advice) -> None:
    """The document has every reason, flip, note, source and answer, and the command that shows it again."""
    text = to_markdown(advice, TODAY)

    assert all(reason.text in text for reason in advice.reasons)
    assert all(f"- {flip.question}: " in text for flip in flips(advice))
    for note in advice.notes:
        assert f"- **{note.id}** {note.told}" in text
        assert all(source.address in text for source in note.sources)
    assert "| How much deep learning have you done? |" in text
    assert "    fwstart advise " in text
    assert text.endswith("--yes\n")


@pytest.mark.parametrize("advice", ALL)
def test_plain(advice: Advice) -> None:
    """A document for the project is not a transcript: lines are trimmed and never doubly empty."""
    text = to_markdown(advice, TODAY)

    assert "\n\n\n" not in text
    assert [] == [line for line in text.splitlines() if line != line.rstrip()]


def test_headings() -> None:
    """The order is the terminal's."""
    assert [
        "# Why PyTorch",
        "## For PyTorch",
        "## Against it, for Keras",
        "## Today",
        "## Single answers that would change the verdict",
        "## What the targets mean",
        "## The answers",
        "## Notes",
        "## Where this comes from",
    ] == [line for line in to_markdown(CLOSE, TODAY).splitlines() if line.startswith("#")]


def test_points_by_dimension() -> None:
    """The bar of the terminal is a table here."""
    assert "| 5. Deployment options | 4 | 0 |" in to_markdown(CLOSE, TODAY).splitlines()


def test_same_text_on_another_day() -> None:
    """The day changes nothing until a note is stale, which is then marked."""
    assert to_markdown(CLOSE, TODAY) == to_markdown(CLOSE, date(2027, 11, 22))
    assert 10 == to_markdown(CLOSE, date(2027, 11, 23)).count("checked more than a year ago, 2026-11-22")
