"""What linters for security find in the tool and in its projects, and what must never get into one."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from support import CHECKOUT
from support.trees import ANSWERS

from fwstart.template.render import Framework, Target, create

pytestmark = pytest.mark.combinations

TOOLS = Path(sys.executable).parent
FRAMEWORKS: tuple[Framework, ...] = get_args(Framework)
SECRET = "sentinel-9b1f4e"  # noqa: S105  (no secret: it is looked for)


@pytest.fixture(scope="module", params=FRAMEWORKS)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with all targets."""
    folder = tmp_path_factory.mktemp("security") / "project"
    create(folder, replace(ANSWERS, framework=request.param, deploy=get_args(Target)), {})
    return folder


def findings(*command: str | Path, folder: Path) -> str:
    """Return what a linter says, nothing if it is content."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def bandit(folder: Path, *sources: str) -> str:
    """Return bandit's findings from medium severity on; ruff's rules S, which are bandit's, find all."""
    return findings(TOOLS / "bandit", "-q", "-ll", "-r", *sources, folder=folder)


def zizmor(folder: Path) -> str:
    """Return what is wrong with the workflows: permissions, actions that are not pinned, injections."""
    return findings(TOOLS / "zizmor", "--offline", "--quiet", ".github", folder=folder)


def test_the_tool() -> None:
    """Bandit and zizmor find nothing in fwstart itself."""
    assert "" == bandit(CHECKOUT, "src", "scripts", "benchmarks", "noxfile.py")
    assert "" == zizmor(CHECKOUT)


def test_generated_project(project: Path) -> None:
    """Nor do they in a project, whatever it is deployed to."""
    assert "" == bandit(project, "src", "examples")
    assert "" == zizmor(project)


def test_linters_are_not_blind(tmp_path: Path) -> None:
    """A shell with a command from outside, and an action that follows a tag, are found."""
    (tmp_path / "bad.py").write_text("import os, sys\nos.system(sys.argv[1])\nexec(sys.argv[2])\n")
    workflow = tmp_path / ".github" / "workflows" / "bad.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: a/b@main\n")

    assert "B102" in bandit(tmp_path, "bad.py")
    assert "unpinned-uses" in zizmor(tmp_path)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_nothing_of_the_machine_gets_into_a_project(tmp_path: Path, framework: str) -> None:
    """Neither the home's path nor the value of a variable is in any file of a project, or in its history."""
    home = tmp_path / f"home-{SECRET}"
    home.mkdir()
    names = ("GITHUB_TOKEN", "SERVE_TOKEN", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "UV_INDEX_PASSWORD", "USER")
    environment = os.environ | dict.fromkeys(names, SECRET) | {"HOME": str(home)}
    project = tmp_path / "project"
    targets = [f"--deploy={target}" for target in get_args(Target)]
    subprocess.run(
        [TOOLS / "fwstart", "new", project, "--framework", framework, *targets, "--yes"],
        env=environment,
        check=True,
        capture_output=True,
    )

    texts = [path.read_bytes() for path in project.rglob("*") if path.is_file()]
    commit = ["git", "log", "--all", "--patch", "--format=raw"]
    texts.append(subprocess.run(commit, cwd=project, check=True, capture_output=True).stdout)
    assert len(texts) > 100
    assert [] == [text for text in texts if SECRET.encode() in text or os.fsencode(tmp_path) in text]
