"""`fwstart advise` on the command line: the recommendation in every form."""

import json
from pathlib import Path

import pytest
from support.command_line import BEGINNER, Runner, fwstart, here, run

__all__ = ["here", "run"]  # fixtures


def test_advise(run: Runner) -> None:
    """The recommendation goes to stdout, and without a terminal there is no escape code in it."""
    outcome = run("advise", *BEGINNER)

    assert (0, "") == (outcome.code, outcome.err)
    assert outcome.out.startswith("Recommendation: Keras, 5 points to 0 (clear).\n")
    assert "\x1b" not in outcome.out


def test_advise_json(run: Runner) -> None:
    """One JSON document and nothing else."""
    outcome = run("advise", *BEGINNER, "--framework", "pytorch", "--json")
    data = json.loads(outcome.out)

    assert (0, "") == (outcome.code, outcome.err)
    assert ("pytorch", "fixed", "keras") == (
        data["framework"],
        data["decided_by"],
        data["article"]["framework"],
    )


def test_advise_draw(run: Runner) -> None:
    """A draw is an answer."""
    text, data = run("advise", "--yes"), run("advise", "--json")

    assert (0, 0) == (text.code, data.code)
    assert text.out.startswith("A draw: PyTorch 0, Keras 0")
    assert json.loads(data.out)["framework"] is None


def test_advise_verbose(run: Runner) -> None:
    """The notes with their sources are shown when they are asked for."""
    plain, verbose = run("advise", *BEGINNER), run("advise", *BEGINNER, "--verbose")

    command = plain.out.splitlines()[-1]
    assert "  fwstart advise --background beginner --yes --verbose" == command
    assert verbose == run(*command.split()[1:])
    assert "github.com/keras-team/keras" not in plain.out
    assert "github.com/keras-team/keras\n" in verbose.out


def test_advise_markdown(run: Runner, here: Path) -> None:
    """The document is the one that `new` puts into the project."""
    document = run("advise", *BEGINNER, "--markdown")
    run("new", "demo", *BEGINNER, "--no-git")

    assert (0, "") == (document.code, document.err)
    assert (here / "demo/docs/DECISION.md").read_text(encoding="utf-8") == document.out


def test_advise_explain(run: Runner) -> None:
    """One question with all its options, as text or JSON; nothing is recommended."""
    text, data = run("advise", "--explain", "setting"), run("advise", "--explain", "setting", "--json")

    assert (0, "", 0, "") == (text.code, text.err, data.code, data.err)
    assert text.out.startswith("setting: Where will the work live?\n")
    assert "Recommendation" not in text.out
    assert ["enterprise", "undecided", "moving-to-pytorch", "research"] == [
        option["id"] for option in json.loads(data.out)["options"]
    ]


@pytest.mark.parametrize(("encoding", "bar"), [("utf-8", "|■■"), ("ascii", "|##")])
def test_bar(encoding: str, bar: str) -> None:
    """The bar is drawn with what the terminal can show."""
    outcome = fwstart("advise", "--style", "flexible", PYTHONIOENCODING=encoding)

    assert f"1. Ease of use and learning curve        {bar}\n" in outcome.out
