"""Every row of the matrix: installed, tested, trained, killed, resumed, exported, served and asked."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.deploy.prepared import Stopwatch
from support.deploy.servers import TOLERANCE, embedded
from support.figures import tell
from support.smoke.project import quoted, resolved
from support.smoke.projects import with_row
from support.smoke.rows import EVERY_WEEK, ROWS, Row
from support.trees import ANSWERS

from fwstart.template.render import create

if TYPE_CHECKING:
    from pathlib import Path

    from support.deploy.prepared import Prepare, Prepared

pytestmark = pytest.mark.matrix

ACCURACY_FLOOR = 0.98  # of the test split; a support vector machine reaches 0.983
RUN = {
    row: pytest.param(
        row, id=row.name, marks=[with_row(row), *([pytest.mark.weekly] if row in EVERY_WEEK else [])]
    )
    for row in ROWS
    if row.is_run
}
PRETRAINED = [param for row, param in RUN.items() if row.backbones == "hub"]
RESOLVED = [pytest.param(row, id=row.name) for row in ROWS if not row.is_run]


@pytest.mark.parametrize("row", RUN.values())
def test_row_is_proved(row: Row, prepared: Prepare, tmp_path: Path) -> None:
    """Its own tests pass, it learns in spite of a `kill -9`, and what is served is what was trained."""
    of = prepared(row)
    watch = Stopwatch(dict(of.seconds))
    with watch("own tests"):
        of.project.run_once(row.suite)
    with watch("serve"), embedded(of.project, of.samples, tmp_path) as server:
        distance = server.largest_distance()
    with watch("predict"):
        labels = predicted_labels(of)

    times = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in watch.seconds.items())
    exports = ", ".join(of.exports)
    tell(f"{row.name}: accuracy {of.accuracy:.4f}, parity {distance:.1g}; {exports}; {times}")
    assert of.accuracy >= ACCURACY_FLOOR
    assert distance <= TOLERANCE
    assert [str(digit) for digit in range(10)] == labels
    assert all(exported_whole(of, target) for target in of.exports)


@pytest.mark.parametrize("row", PRETRAINED)
def test_pretrained_weights_are_listed(row: Row, prepared: Prepare) -> None:
    """The guide's command lists weights without a network; what it and config.toml name is listed."""
    project = prepared(row).project
    (command,) = project.commands("docs/pretrained.md")
    printed = project.run(command)

    listed = {each["name"] for each in json.loads(project.run(f"uv run {project.package} backbones --json"))}
    proposed = re.findall(r'^# backbone = "(.*?)"', (project.path / "config.toml").read_text(), re.MULTILINE)
    assert len(proposed) == 4
    assert set(proposed) <= listed
    assert proposed[0] in printed
    assert f"fetch {proposed[0]}\n" in (project.path / "docs/pretrained.md").read_text(encoding="utf-8")


def predicted_labels(of: Prepared) -> list[str]:
    """Return the labels of the ten example files, which are called after what they show."""
    output = of.project.run(quoted(f".venv/bin/{of.project.package}", "predict", "--json", "examples"))
    return [answer["label"] for answer in json.loads(output)]


def exported_whole(of: Prepared, target: str) -> bool:
    """Whether an export has its manifest, and nothing that it should hold was refused by its gate."""
    manifests = list((of.project.path / "exports" / target).rglob("manifest.json"))
    return bool(manifests) and "not written" not in of.exports[target].errors


@pytest.mark.parametrize("row", RESOLVED)
def test_row_is_resolved(row: Row, tmp_path: Path) -> None:
    """Where the tested torch has no build for a Python, uv finds packages for it that fit together."""
    started = time.monotonic()
    create(tmp_path / "project", replace(ANSWERS, **vars(row)), {})

    # The index of CPU builds, which may be out of reach, has the same versions as every other.
    options = ("--universal", "--all-extras", "--python-version", row.python)
    packages = resolved(tmp_path / "project", *options, UV_NO_SOURCES="1")

    tell(f"{row.name}: rendered, {len(packages)} packages resolved; {time.monotonic() - started:.0f} s")
    assert any(package.startswith("torch==2.") for package in packages)
