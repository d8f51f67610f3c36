"""What documents print is typed, from top to bottom and with the network cut off, and does what they say."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from support.figures import tell
from support.smoke.documents import (
    PROJECT,
    RUN_BY,
    is_usable,
    our_document,
    our_documents,
    project_document,
    project_documents,
    runnable,
)
from support.smoke.project import Project, environment, quoted
from support.smoke.projects import FRAMEWORKS
from support.smoke.reading import Reader, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Read = Callable[[str], Reader]

pytestmark = pytest.mark.smoke

# Reads a command line as the project does, without doing it.
PARSE = "import sys, {package}.__main__ as main; main._parser().parse_args(sys.argv[1:])"
READ_HERE = [
    name.removeprefix(PROJECT)
    for name, by in RUN_BY.items()
    if by == "tests/proof/smoke/test_commands.py::read"
]
NATIVE = re.compile(r"\.(pt|keras|npz)$")  # what a checkpoint is called in either framework


@pytest.fixture(scope="module")
def read(both: dict[str, Project], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Read]:
    """Return a function that returns who read the documents of a framework's project, once."""
    readers: dict[str, Reader] = {}

    def by(framework: str) -> Reader:
        if framework not in readers:
            folder = tmp_path_factory.mktemp("reader")
            reader = readers[framework] = stack.enter_context(reading(both[framework], folder))
            for name in READ_HERE:
                reader.read(project_document(both[framework].path, name, framework))
            tell(f"{', '.join(READ_HERE)} of a {framework} project: {reader.summary}")
        return readers[framework]

    with ExitStack() as stack:
        yield by


@pytest.fixture(params=FRAMEWORKS)
def reader(request: pytest.FixtureRequest, read: Read) -> Reader:
    """Return the reader of one project after the other."""
    return read(request.param)


def test_accuracy_is_the_readmes(reader: Reader) -> None:
    """The accuracy is the one that README states, give or take two of 360 samples.

    Tolerance: another processor adds up in another order, and ends with slightly other weights.
    """
    readme = (reader.project.path / "README.md").read_text(encoding="utf-8")
    output = reader.outputs[f"uv run {reader.project.package} evaluate --baseline"]

    accuracy = float(re.search(r"^accuracy (\S+),", output, flags=re.MULTILINE)[1])  # type: ignore[index]
    stated = float(re.search(r"^\| test accuracy \| (\S+) ", readme, flags=re.MULTILINE)[1])  # type: ignore[index]
    assert accuracy >= 0.98
    assert abs(accuracy - stated) <= 2 / 360 + 1e-4


@pytest.mark.parametrize("verb", ["predict", "client"])
def test_examples_are_labelled(reader: Reader, verb: str) -> None:
    """The trained model and its server label the ten examples as they are called."""
    output = reader.outputs[f"uv run {reader.project.package} {verb} examples"]

    assert [str(digit) for digit in range(10)] == [line.split()[1] for line in output.splitlines()]


def test_python_of_the_guide_labels_the_examples(reader: Reader) -> None:
    """The lines of Python in docs/code.md use the trained model as they stand."""
    (output,) = (output for command, output in reader.outputs.items() if " python -c " in command)

    assert [str(digit) for digit in range(10)] == re.findall(r"label='(\d)'", output)


def test_page_is_opened_and_a_file_labelled(reader: Reader) -> None:
    """`serve --open` opens its page where README says it is; the file that curl sends is a seven."""
    (answer,) = (output for command, output in reader.outputs.items() if command.startswith("curl "))

    assert ["http://127.0.0.1:8080"] == reader.pages
    assert ["7"] == [prediction["label"] for prediction in json.loads(answer)["predictions"]]


def test_checks_are_asked_for_and_pass(reader: Reader) -> None:
    """Developers are told to run the tests, the linter, the formatter and mypy, which passed."""
    checks = {"uv run pytest", "uv run mypy", "uv run ruff check .", "uv run ruff format --check ."}

    assert checks <= reader.outputs.keys()
    assert re.search(r" \d+ passed", reader.outputs["uv run pytest"])


def test_hook_is_installed(reader: Reader) -> None:
    """The hook that checks every commit is git's now."""
    assert (reader.project.path / ".git" / "hooks" / "pre-commit").is_file()


def test_verbs_in_the_text_can_be_typed(reader: Reader) -> None:
    """What the text writes as `uv run PACKAGE VERB` or as `VERB --option` is understood."""
    project = reader.project
    spans = [
        span.removeprefix(f"uv run {project.package} ")
        for path in (project.path / "README.md", project.path / "AGENTS.md", *project.path.glob("docs/*.md"))
        for span in project_document(
            project.path, path.relative_to(project.path).as_posix(), project.framework
        ).spans
        if span.startswith(f"uv run {project.package} ")
        or re.match(r"(train|export|serve|evaluate) .*--", span)
    ]

    assert {"runs", "train --resume", "export --help"} <= set(spans)
    for span in spans:
        project.run(f".venv/bin/python -c {quoted(PARSE.format(package=project.package))} {span}")


def test_runs_are_listed(reader: Reader) -> None:
    """`runs` knows every training so far, and the test accuracy of the one that was evaluated."""
    rows = json.loads(reader.project.run(f"uv run {reader.project.package} runs --json"))

    assert len(rows) >= 1
    assert rows[-1]["epochs"] > 1
    assert max(row["test_accuracy"] or 0 for row in rows) >= 0.98


def test_twins_leave_the_same_files_and_keys(read: Read) -> None:
    """A run has the same files, metrics and evaluation keys in both frameworks."""
    first, second = (shape(read(framework).project) for framework in FRAMEWORKS)

    assert first == second


def shape(project: Project) -> dict[str, object]:
    """Return the files and keys of the latest run that was evaluated."""
    run = max(
        (path.parent for path in project.path.glob("runs/*/evaluation.json")), key=lambda path: path.name
    )
    record = json.loads((run / "run.json").read_text())
    return {
        "files": sorted(NATIVE.sub("", path.relative_to(run).as_posix()) for path in run.rglob("*")),
        "record": sorted(record),
        "config": record["config"],
        "parameters": record["num_parameters"],
        "metrics": sorted(json.loads((run / "metrics.jsonl").read_text().splitlines()[0])),
        "evaluation": sorted(json.loads((run / "evaluation.json").read_text())),
    }


def test_our_commands(fwstart: Path, tmp_path: Path) -> None:
    """The commands that decide and create run in an empty folder, where `fwstart` is installed."""
    folder = tmp_path / "folder"
    folder.mkdir()
    variables = environment(tmp_path)
    variables["PATH"] = f"{fwstart.parent}:{variables['PATH']}"
    with reading(Project(framework="", path=folder, environment=variables), tmp_path) as reader:
        reader.read(our_document("docs/decide.md"))

    tell(f"docs/decide.md: {reader.summary}")
    report = next(output for command, output in reader.outputs.items() if command.endswith("edge --json"))
    assert {"answers.toml", "another", "myproject"} == {path.name for path in folder.iterdir()}
    assert '"schema_version"' in report
    assert "keras" in (folder / "myproject" / "pyproject.toml").read_text(encoding="utf-8")
    assert "torch" in (folder / "another" / "pyproject.toml").read_text(encoding="utf-8")


def test_marked_blocks_lack_their_tool(tmp_path: Path) -> None:
    """No block is left out that could be run here, where its tool is."""
    documents = [*our_documents(), *project_documents(tmp_path)]
    blocks = [block for document in documents for block in document.blocks]
    marked = [block.marker for block in blocks if block.marker]

    num_run = len(blocks) - len(marked)
    tell(
        f"{len(blocks)} blocks of commands in {len(documents)} documents: {num_run} run, {len(marked)} marked"
    )
    tell(*(f"not run: {marker.tool}: {marker.reason}" for marker in marked))
    assert [] == runnable(documents, is_usable)
