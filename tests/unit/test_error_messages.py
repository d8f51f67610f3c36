"""What the page of errors reads from sources is what a user would see."""

from pathlib import Path

import pytest
from error_messages import Message, messages

AGAIN = 'AGAIN = "Try again."\n'


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """Return a module's file, next to one with a constant."""
    (tmp_path / "words.py").write_text(AGAIN, encoding="utf-8")
    return tmp_path / "module.py"


@pytest.mark.parametrize(
    ("source", "problem", "fix"),
    [
        ('raise ProjectError(f"{path.name} is gone.", fix=AGAIN)', "<path name> is gone.", "Try again."),
        (
            'raise ProjectError(f"{len(rows)} rows.", fix=f"Run: {command(\'train\')}")',
            "<number of rows> rows.",
            "Run: myproject train",
        ),
        (
            'raise UsageError("One" if a else "Two", fix="A" + (" and B" if b else ""))',
            "[One | Two]",
            "A[ and B]",
        ),
        (
            'raise ProjectError(f"All {_said(a)}", fix="-")\ndef _said(a): return f"rows nobody wants: {a}"',
            "All rows nobody wants: <a>",
            "-",
        ),
    ],
)
def test_words_are_read(module: Path, source: str, problem: str, fix: str) -> None:
    """Constants and functions that word something are followed; what is worked out becomes its name."""
    module.write_text(f"from .words import AGAIN\n{source}\n", encoding="utf-8")

    (message,) = messages(module)
    assert (problem, fix) == (message.problem, message.fix)


def test_each_branch_is_an_error(module: Path) -> None:
    """A problem that is worded in two branches is two errors; the one before has its words alone."""
    module.write_text(
        "def check(a, b):\n"
        '    problem = "None."\n    if a: raise ProjectError(problem, fix="1")\n'
        '    problem = "One."\n    if b: problem = "Two."\n    raise UsageError(problem, fix="2")\n',
        encoding="utf-8",
    )

    assert [("None.", "1", 1), ("One.", "2", 2), ("Two.", "2", 2)] == [
        (each.problem, each.fix, each.exit_code) for each in messages(module)
    ]


def test_callers_word_an_error(module: Path) -> None:
    """What a function is given is what its callers say."""
    module.write_text(
        'def refused(problem, fix):\n    return ProjectError(f"No: {problem}", fix=fix)\n'
        'def one():\n    raise refused("one.", "1")\ndef two():\n    raise refused("two.", fix="2")\n',
        encoding="utf-8",
    )

    assert [Message("No: one.", "1", 1), Message("No: two.", "2", 1)] == list(messages(module))
