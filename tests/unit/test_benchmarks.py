"""What the benchmarks write."""

import re
import time
from pathlib import Path

import pytest
from generate import Aim, Sample, aim_row, as_template, parts
from report import table, write_section
from training_gpu import FIRST_STEP, Ladder, Result, attempted, text, untried

AIM = Aim(command="fwstart new", against="copier copy", aim=0.6, limit=0.8, reason="copier is imported")


def test_sections_stand_beside_each_other(tmp_path: Path) -> None:
    """A section is replaced in its place; the others stay as they are."""
    path = tmp_path / "benchmarks.md"
    write_section("one", "First.", path)
    write_section("two", "Second \\1.", path)
    write_section("one", "First, again.", path)
    text = path.read_text(encoding="utf-8")

    assert text.startswith("# Benchmarks\n")
    assert text.endswith(
        "<!-- one -->\nFirst, again.\n<!-- end of one -->\n\n<!-- two -->\nSecond \\1.\n<!-- end of two -->\n"
    )


@pytest.mark.parametrize(
    ("cpu", "verdict"),
    [(0.6, "met"), (0.7, "missed (passes at 0.8): copier is imported"), (0.9, "missed: copier is imported")],
)
def test_aims(cpu: float, verdict: str) -> None:
    """A missed aim is called missed, with the reason; the least sample decides."""
    samples = {
        "fwstart new": [Sample(cpu=5.0, wall=5.0), Sample(cpu=cpu, wall=2.0)],
        "copier copy": [Sample(cpu=1.0, wall=1.0), Sample(cpu=1.0, wall=1.0)],
    }

    row = aim_row(AIM, samples)
    assert (f"{cpu:.2f}", verdict) == (row[3], row[5])


def test_parts_add_up() -> None:
    """What a new project is made of comes to the whole of its share."""
    seconds = {"import copier": 0.3, "copier copy": 1.0, "fwstart new --no-git": 0.5, "fwstart new": 0.6}
    words = " ".join(parts({name: [Sample(cpu=cpu, wall=cpu)] for name, cpu in seconds.items()}).split())

    assert ["0.30", "0.10", "0.20", "0.50"] == re.findall(r"0\.\d\d", words)


def test_table() -> None:
    """A Markdown table."""
    assert "| a | b |\n| --- | --- |\n| 1 | 2 |" == table(["a", "b"], [["1", "2"]])


def test_template_of_like_size() -> None:
    """A file's own braces come through as they are."""
    assert "{% raw %}{{ x }}{% endraw %}" == as_template("{{ x }}", "demo")
    assert "from {{ cookiecutter.repo_name }}.x import y" == as_template("from demo.x import y", "demo")


RATES = {"bare loop, both": 1000.0, "project": 960.0, "photos in memory": 500.0}


def test_rungs_of_a_gpu() -> None:
    """Each stands next to the card's peak, each aim next to what was reached; what is left out is named."""
    results = {name: Result(rate=rate, first=9.0, megabytes=1500.0) for name, rate in RATES.items()}
    results[FIRST_STEP] = Result(first=30.0)
    results["photos in memory, preset"] = Result(left_out="kornia is not installed")
    section = text("Here", results, share=2e-4)

    assert "| project / bare loop, both | 0.96 | 0.95 | met |" in section
    assert "| photos in memory, preset / none | not measured | 0.85 |  |" in section
    assert "| from command to first step, compiled | 30.0 s | under 25 s | missed |" in section
    assert "| project | 960 | 19.2% | 9.0 | 1,500 |" in section
    assert "- photos in memory, preset: kornia is not installed." in section


def test_without_a_gpu() -> None:
    """It says that nothing was measured, and which rungs could be trained."""
    section = untried("Here", {"bare loop": Result(rate=1.0), "project": Result(left_out="failed: a reason")})
    words = " ".join(section.split())

    assert "**Not run: there was no GPU.**" in words
    assert "1 of 2 rungs were trained: bare loop." in words
    assert "| project / bare loop, both | not measured | 0.95 |  |" in section
    assert "- project: failed: a reason." in section


def test_rung_that_stops() -> None:
    """What is not installed, what fails and what takes too long is left out, and the next one is tried."""

    def wait() -> Result:
        time.sleep(5)
        return Result(rate=1.0)

    def fail() -> Result:
        raise ValueError("a reason\nand more")

    def need() -> Result:
        raise ModuleNotFoundError("No module named 'kornia'", name="kornia")

    assert "stopped: the time was over" == attempted(wait, 0.01).left_out
    assert "failed: a reason" == attempted(fail, 5).left_out
    assert "kornia is not installed" == attempted(need, 5).left_out
    assert Result(rate=2.0) == attempted(lambda: Result(rate=2.0), 5)


def test_no_rung_begins_without_time(capsys: pytest.CaptureFixture[str]) -> None:
    """The ladder ends within its seconds, and says what it left out."""
    ladder = Ladder(seconds=1)
    ladder.attempt("project", lambda: Result(rate=1.0))

    assert "no time was left" == ladder.results["project"].left_out
    assert "project: no time was left" in capsys.readouterr().out
