"""What a project of 0.5.0 trained and exported is used by the same project after its modules moved."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.deploy.deployed import FRAMEWORKS
from support.deploy.prepared import EXPORTS
from support.deploy.servers import TOKEN, announced, serving, wait_until
from support.small_releases import ANSWERS
from support.smoke.rows import DEPLOYED

from fwstart.template.origin import ORIGIN
from fwstart.template.releases import read_releases, unbundle, unpack
from fwstart.template.render import regenerate

if TYPE_CHECKING:
    from pathlib import Path

    from support.smoke.project import Project
    from support.smoke.projects import Make

pytestmark = pytest.mark.deploy

EARLIER = (0, 5, 0)
EPOCHS = ("--set", "train.epochs=4")
NOT_COPIED = (".venv", ".git", "runs", "exports", "config.toml")


def earlier_project(installed: Project, folder: Path) -> Project:
    """Return the installed project as 0.5.0 generated it, which runs in the same environment."""
    (earlier,) = [release for release in read_releases() if release.version == EARLIER]
    unbundle(folder / "templates.git")
    unpack(folder / "templates.git", earlier, folder / "template")
    answers = {
        **ANSWERS.__dict__,
        "framework": installed.framework,
        "deploy": list(DEPLOYED[installed.framework].deploy),
        "project_name": installed.path.name,
        "package": installed.package,
    }
    path = folder / "earlier" / installed.path.name
    path.mkdir(parents=True)
    regenerate(folder / "template", path, answers, ORIGIN, earlier.tag)
    (path / ".venv").symlink_to(installed.path / ".venv")
    variables = {"PYTHONPATH": str(path / "src"), "UV_NO_SYNC": "1"}
    return replace(installed, path=path, environment=installed.environment | variables)


def updated(earlier: Project, installed: Project, folder: Path) -> Project:
    """Return today's project with the settings, the runs and the exports of the earlier one."""
    path = folder / "updated" / installed.path.name
    shutil.copytree(installed.path, path, ignore=shutil.ignore_patterns(*NOT_COPIED))
    shutil.copy(earlier.path / "config.toml", path)
    for name in ("runs", "exports"):
        shutil.move(earlier.path / name, path / name)
    (path / ".venv").symlink_to(installed.path / ".venv")
    return replace(installed, path=path)


def train_and_kill(project: Project) -> None:
    """Train until there is a best model and a state, then kill it, so that there is something to resume."""
    train = [f".venv/bin/{project.package}", "train", *EPOCHS]
    process = subprocess.Popen(train, cwd=project.path, env=project.environment)
    states = ("runs/*/checkpoints/last.*", "runs/*/checkpoints/best.*")
    try:
        wait_until(lambda: all(list(project.path.glob(pattern)) for pattern in states))
    finally:
        process.kill()
    assert -signal.SIGKILL == process.wait()


def with_zeros(evaluation: dict[str, Any]) -> dict[str, Any]:
    """Return an evaluation as 0.5.0 printed it: what is undefined was 0 then, and is null now."""
    scores = [
        {name: 0.0 if value is None else value for name, value in entry.items()}
        for entry in evaluation["per_class"]
    ]
    return evaluation | {"per_class": scores}


def asked(project: Project, log: Path) -> list[dict[str, Any]]:
    """Return what the embedded server answers to the project's examples."""
    variables = {"SERVE_TOKEN": TOKEN}
    client = replace(project, environment=project.environment | variables, offline=())
    with serving(project, log, variables=variables) as server:
        url = announced(server, r"(http\S+) answers")
        found: list[dict[str, Any]] = json.loads(
            client.run(f".venv/bin/{project.package} client --json --url {url} examples")
        )
    return found


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_runs_and_exports_of_0_5_0(framework: str, installed_project: Make, tmp_path: Path) -> None:
    """Evaluated to the same figures, predicted with, served, resumed; what cannot be served says so."""
    installed = installed_project(DEPLOYED[framework]).project
    earlier = earlier_project(installed, tmp_path)
    train_and_kill(earlier)
    exports = (["export", "--to", target] for target in (EXPORTS["server"][framework], "onnx"))
    expected, *_ = earlier.run_verbs(["evaluate", "--json"], *exports)

    project = updated(earlier, installed, tmp_path)
    answers = asked(project, tmp_path / "log")
    if framework == "pytorch":
        refused = project.run(f".venv/bin/{project.package} serve --with torchserve 2>&1", exit_code=1)
        assert f"Export again: {project.package} export --to torchserve" in refused
    evaluated, predicted, resumed = project.run_verbs(
        ["evaluate", "--json"], ["predict", "--json", "examples"], ["train", "--resume", *EPOCHS]
    )

    assert json.loads(expected) == with_zeros(json.loads(evaluated))
    assert [one["label"] for one in json.loads(predicted)] == [one["label"] for one in answers]
    (run,) = project.path.glob("runs/*")
    assert run.name in resumed
    assert 4 == len((run / "metrics.jsonl").read_text(encoding="utf-8").splitlines())
