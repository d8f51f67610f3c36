"""What is made from the knowledge, the settings and the errors is fresh."""

import json
import re

import make_errors
import make_settings
import pytest
from make_documents import DOCS, documents, knowledge_json

from fwstart.advice.knowledge import load_knowledge


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_fresh(path: object) -> None:
    """The file is what `python scripts/make_documents.py` would write."""
    (current, text) = next((one, text) for one, text in documents().items() if one == path)

    assert text == current.read_text(encoding="utf-8")


def test_settings_are_fresh() -> None:
    """docs/reference/settings.md is what `python scripts/make_settings.py` would write."""
    assert make_settings.page() == make_settings.PAGE.read_text(encoding="utf-8")


def test_errors_are_fresh() -> None:
    """docs/reference/errors.md is what `python scripts/make_errors.py` would write."""
    assert make_errors.page() == make_errors.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "entry",
    [
        "- **PATH is missing: the folder to create the project in.** For example: fwstart new myproject *(u",
        "- **&lt;wanted by&gt; needs &lt;module&gt;, which is not installed.** Run: uv sync ",
        r'- **\[train\] device is "gpu", but PyTorch &lt;torch version&gt; sees no GPU.** ',
        "- **there are &lt;number of instances&gt; instances; send 1 to 256.** *(refused)*",
    ],
)
def test_errors_are_readable(entry: str) -> None:
    """A message is there as users see it, with names for what is worked out."""
    assert entry in make_errors.PAGE.read_text(encoding="utf-8")


def test_document_has_every_note() -> None:
    """docs/knowledge.md has every question, reason, note and source."""
    text = (DOCS / "knowledge.md").read_text(encoding="utf-8")

    for question in load_knowledge().questions:
        assert f"## {question.id}: {question.prompt}" in text
        assert all(option.weight is None or option.weight.reason in text for option in question.options)
    for note in load_knowledge().notes:
        assert note.told in text
        assert all(source.address in text for source in note.sources)


def test_comparison_has_the_figures_of_the_benchmark() -> None:
    """docs/compare.md rounds what docs/benchmarks.md has of creating a project, and gives its month."""
    section = (DOCS / "benchmarks.md").read_text(encoding="utf-8").partition("<!-- end of generate -->")[0]
    least = {name: float(seconds) for name, seconds in re.findall(r"(?m)^\| `(.+?)` \| (\d\.\d+) ", section)}
    about = re.compile(r"generate.py`, (\d+-\d+)-\d+.*?a project of (\d+)\sfiles", re.DOTALL)
    ((month, num_files),) = about.findall(section)
    text = " ".join((DOCS / "compare.md").read_text(encoding="utf-8").split())

    assert f"in {least['uv init']:.2f} s of CPU; fwstart takes {least['fwstart new']:.2f} s" in text
    assert f"for a project of {num_files} files ([measured](benchmarks.md) in {month})" in text


def test_page_has_the_points() -> None:
    """The page's data holds both readings' points, so that the page only adds."""
    deploy = json.loads(json.dumps(knowledge_json(load_knowledge())))["questions"][5]

    assert [("server", 2, 1), ("edge", 3, 1), ("browser", 3, 1), ("pytorch-server", 1, 1)] == [
        (option["id"], option["weight"]["points"], option["weight"]["points_today"])
        for option in deploy["options"]
    ]
