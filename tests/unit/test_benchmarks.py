"""What the benchmarks write."""

import re
from pathlib import Path

import pytest
from generate import Aim, Sample, aim_row, as_template, parts
from report import table, write_section
from training_gpu import text

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


@pytest.mark.parametrize(
    ("compiled", "verdict"),
    [(1500.0, "torch.compile pays: 1.50 of it."), (900.0, "torch.compile does not pay: 0.90 of it.")],
)
def test_share_of_the_peak(compiled: float, verdict: str) -> None:
    """Each loop stands beside the card's peak, and whether torch.compile pays is said."""
    rates = {"the project's training": 950.0, "a bare loop": 1000.0, "compiled": compiled}
    section = " ".join(text("Here", rates, sample=2e9, peak=1e13).split())

    assert f"The project reaches 0.95 of the bare loop; {verdict}" in section
    assert "| a bare loop | 1,000 | 20.0% |" in section
