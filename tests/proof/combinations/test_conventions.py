"""fwstart and its projects follow scientific-python's guide, and pass the hooks that are not Python's."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from support import CHECKOUT
from support.trees import ANSWERS

from fwstart.template.render import Framework, Target, create

pytestmark = pytest.mark.combinations

TOOLS = Path(sys.executable).parent
MOST_REFUSED = 3
SKIPPED_FOR_DEPENDABOT = {"PC901", "PC902", "PC903"}  # settings of pre-commit.ci, which it replaces


@pytest.fixture(scope="module", params=["fwstart", *get_args(Framework)])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return this checkout, and a project of each framework with all targets."""
    if request.param == "fwstart":
        return CHECKOUT
    project = tmp_path_factory.mktemp("conventions") / "project"
    create(
        project,
        replace(ANSWERS, framework=request.param, deploy=get_args(Target)),
        {"docs/DECISION.md": "# Why\n"},
    )
    return project


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment in a folder."""
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_checks_pass_or_are_refused(place: Path) -> None:
    """repo-review finds nothing, and skips only what pyproject.toml refuses with a reason."""
    review = run(TOOLS / "repo-review", "--format", "json", ".", folder=place)
    checks: dict[str, dict[str, Any]] = json.loads(review.stdout)["checks"]
    refused = {name for name, check in checks.items() if check.get("skip_reason")}
    skipped = {name for name, check in checks.items() if check["result"] is None} - SKIPPED_FOR_DEPENDABOT

    assert {} == {name: check["err_msg"] for name, check in checks.items() if check["result"] is False}
    assert refused == skipped
    assert len(refused) <= MOST_REFUSED


def test_spelling_and_markdown(place: Path) -> None:
    """Codespell and rumdl find nothing in the files that the hooks would show them."""
    spelling = run(TOOLS / "codespell", folder=place)
    markdown = run(TOOLS / "rumdl", "check", "--no-cache", ".", folder=place)

    assert (0, "") == (spelling.returncode, spelling.stdout)
    assert markdown.returncode == 0, markdown.stdout
