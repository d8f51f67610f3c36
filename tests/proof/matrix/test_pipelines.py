"""Kubeflow Pipelines, really run without containers: killed and continued, kept, refused, compiled."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
import yaml
from support.figures import tell
from support.smoke.processes import wait_until
from support.smoke.projects import with_row
from support.smoke.rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.smoke.project import Project
    from support.smoke.projects import Make

pytestmark = pytest.mark.matrix

RUN = [
    pytest.param(row, id=row.name, marks=with_row(row))
    for row in ROWS
    if row.is_run and row.pipeline == "kfp"
]


@pytest.fixture(params=RUN)
def project(request: pytest.FixtureRequest, installed_project: Make) -> Iterator[Project]:
    """Return a project with nothing in use, and give it back as it was: other tests have exports there."""
    project = installed_project(request.param).project
    exports, kept = project.path / "exports", project.path / "exports.kept"
    if exports.exists():
        exports.rename(kept)
    yield project
    shutil.rmtree(exports, ignore_errors=True)
    shutil.rmtree(project.path / "runs/pipeline", ignore_errors=True)
    if kept.exists():
        kept.rename(exports)


def test_printed_commands(project: Project) -> None:
    """The README's commands, one killed first; then nothing is changed, and then a figure is missed."""
    sync, run, *compiling = project.commands("pipelines/README.md")
    assert "uv sync" == sync
    before = kill_in_training(project, run)

    continued, seconds = timed(project, run)
    assert "published to exports/onnx: test accuracy 0.9" in continued
    assert before == runs_of(project)  # the run that was killed, and no other
    kept, again = timed(project, run)
    assert "exports/onnx holds this model already: test accuracy 0.9" in kept
    assert ["check-data", "gate", "push"] == re.findall(r"Executing task \S*'([\w-]+)'", kept)
    assert again < seconds
    tell(f"{project.framework}, the pipeline: {seconds:.0f} s, and {again:.0f} s with nothing changed")

    check_refusal(project, run)
    project.run(compiling[0])
    pipeline = yaml.safe_load((project.path / "pipelines/pipeline.yaml").read_text(encoding="utf-8"))
    assert 6 == len(pipeline["deploymentSpec"]["executors"])


def kill_in_training(project: Project, command: str) -> list[Path]:
    """Kill the pipeline with all that it started as soon as training has saved a state; return the runs."""
    process = subprocess.Popen(
        ["bash", "-c", command],
        cwd=project.path,
        env=project.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until(lambda: any(project.path.glob("runs/pipeline/*/*/checkpoints/last.*")))
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return runs_of(project)


def runs_of(project: Project) -> list[Path]:
    """Return the runs that pipelines have begun."""
    return [
        path.parent for path in project.path.glob("runs/pipeline/*/*/run.json") if "kfp" not in path.parts
    ]


def timed(project: Project, command: str) -> tuple[str, float]:
    """Run a command without a network; return all that it prints, and the seconds that it took."""
    started = time.monotonic()
    printed = project.run(f"{command} 2>&1")
    return printed, time.monotonic() - started


def check_refusal(project: Project, command: str) -> None:
    """Refuse a model that is below the floor: exit code 1 and the figure; what is in use stays as it is."""
    in_use = {path: path.read_bytes() for path in (project.path / "exports").rglob("*") if path.is_file()}
    # After one epoch no model labels every sample of the test split.
    words = "--set train.epochs=1 --set train.warmup_epochs=0 --floor 1 --tolerance 1"
    printed = project.run(f"{command} {words} 2>&1", exit_code=1)

    assert "is below the floor of 1.0000. What is in use in exports/onnx stays.\n" in printed
    assert in_use == {path: path.read_bytes() for path in in_use}
