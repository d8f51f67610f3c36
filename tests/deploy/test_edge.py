"""A project for devices exports its model, and the runtime alone labels images as the trained model does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from figures import tell
from project import Project, new_project, quoted

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.tmpdir import TempPathFactory

pytestmark = pytest.mark.deploy

FRAMEWORKS = ("pytorch", "keras")
VARIANTS = {"pytorch": ["float32", "int8"], "keras": ["float32", "float16", "dynamic", "int8"]}
NOISE = re.compile(r"Failed to load|Warning|XNNPACK delegate|cpuinfo|loader\.cc")


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A trained project and what the export of its README printed, on stdout and on stderr."""

    project: Project
    table: list[str]
    errors: str


@pytest.fixture(scope="module", params=FRAMEWORKS)
def exported(request: pytest.FixtureRequest, tmp_path_factory: TempPathFactory, fwstart: Path) -> Exported:
    """Return one project after the other, with the files for devices in it."""
    folder = tmp_path_factory.mktemp("edge")
    project = new_project(request.param, folder, fwstart, deploy=("edge",))
    sync, export = project.commands("deploy/edge/README.md")
    project.run(sync, network=True)
    project.run(quoted(f".venv/bin/{project.package}", "train"))
    errors = folder / "errors.txt"
    table = project.run(f"{export} 2>{quoted(errors)}").splitlines()
    return Exported(project=project, table=table, errors=errors.read_text(encoding="utf-8"))


def test_table_names_every_variant(exported: Exported) -> None:
    """All passed their gates on the runtime, and no noise of a library is in between or on stderr."""
    tell(f"{exported.project.framework}, files for devices:", *exported.table)

    assert VARIANTS[exported.project.framework] == [line.split()[0] for line in exported.table[1:-1]]
    assert "not written" not in "".join(exported.table)
    assert not NOISE.search(exported.errors), exported.errors


def test_example_needs_no_training_framework(exported: Exported) -> None:
    """The commands of its README, in an environment of its own, print what `predict` prints."""
    project = exported.project
    expected = project.run(quoted(f".venv/bin/{project.package}", "predict", "examples"))
    commands = project.commands("examples/edge/README.md")

    outputs = [project.run(command, network="pip install" in command) for command in commands]

    frameworks = project.run(
        "build/edge-environment/bin/python -c 'from importlib.util import find_spec;"
        ' print([name for name in ("torch", "tensorflow", "keras") if find_spec(name)])\''
    )
    assert "[]" == frameworks.strip()
    assert _labels(expected) == _labels(outputs[-1]) == _labels(outputs[-2])
    assert _probabilities(expected) == pytest.approx(_probabilities(outputs[-2]), abs=2e-4)  # two roundings


def test_changed_file_is_refused(exported: Exported) -> None:
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
