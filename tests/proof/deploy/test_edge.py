"""A project for devices exports its model, and the runtime alone labels images as the trained model does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from support.figures import tell
from support.smoke.project import quoted
from support.smoke.projects import with_row
from support.smoke.rows import EDGE

if TYPE_CHECKING:
    from support.deploy.prepared import Prepare, Prepared

pytestmark = pytest.mark.deploy

VARIANTS = {"pytorch": ["float32", "int8"], "keras": ["float32", "float16", "dynamic", "int8"]}
NOISE = re.compile(r"Failed to load|Warning|XNNPACK delegate|cpuinfo|loader\.cc")


@pytest.fixture(params=[pytest.param(name, marks=with_row(row)) for name, row in EDGE.items()])
def exported(request: pytest.FixtureRequest, prepared: Prepare) -> Prepared:
    """Return one project after the other, with the files for devices in it."""
    return prepared(EDGE[request.param])


def test_printed_commands(exported: Prepared) -> None:
    """What its README prints is what was typed to install the runtime and to export."""
    assert set(exported.project.commands("deploy/edge/README.md")) <= exported.project.passed.keys()


def test_table_names_every_variant(exported: Prepared) -> None:
    """All passed their gates on the runtime, and no noise of a library is in between or on stderr."""
    table, errors = exported.exports["edge"].table, exported.exports["edge"].errors
    tell(f"{exported.row.framework}, files for devices:", *table)

    assert VARIANTS[exported.row.framework] == [line.split()[0] for line in table[2:-1]]
    assert "not written" not in errors
    assert not NOISE.search(errors), errors


def test_example_needs_no_training_framework(exported: Prepared) -> None:
    """The commands of its README, in an environment of its own, print what `predict` prints."""
    project = exported.project
    expected = project.run(quoted(f".venv/bin/{project.package}", "predict", "examples"))
    commands = project.commands("examples/edge/README.md")

    printed = [project.run(command, network="pip install" in command) for command in commands]
    outputs = [text for command, text in zip(commands, printed, strict=True) if "run.py" in command]

    frameworks = project.run(
        "build/edge-environment/bin/python -c 'from importlib.util import find_spec;"
        ' print([name for name in ("torch", "tensorflow", "keras") if find_spec(name)])\''
    )
    assert "[]" == frameworks.strip()
    assert [_labels(expected)] * len(outputs) == [_labels(output) for output in outputs]
    assert _probabilities(expected) == pytest.approx(_probabilities(outputs[0]), abs=2e-4)  # two roundings


def test_changed_file_is_refused(exported: Prepared) -> None:
    """The example runs nothing but what was exported, and says so in words."""
    project = exported.project
    (file,) = (project.path / "exports" / "edge").glob("model-float32.*")
    content = file.read_bytes()
    file.write_bytes(b"something else")
    try:
        output = project.run(
            "build/edge-environment/bin/python examples/edge/run.py examples 2>&1", exit_code=1
        )
    finally:
        file.write_bytes(content)

    assert "is not the file that was exported" in output
    assert "Traceback" not in output


def _labels(output: str) -> list[str]:
    return [line.split()[1] for line in output.splitlines()]


def _probabilities(output: str) -> list[float]:
    return [float(line.split()[2]) for line in output.splitlines()]
