"""Release 0.7.0 makes the hardened server a part of the target `server`: projects without it are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.small_releases import commit
from support.update.history import FRAMEWORKS, History
from support.update.installation import copy_of

from fwstart.template import releases
from fwstart.update.leaving import find_leaving
from fwstart.update.step import plan_step, worked_out

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.update

BEFORE = "src/demo/serving/supervision.py"
AFTER = "src/demo/targets/hardened/supervision.py"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_project_without_the_target(
    history: History, framework: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files of the hardened server are named, with the command that keeps them and the other targets."""
    monkeypatch.setattr(releases, "BUNDLE", history.bundle)
    project = copy_of(history.project(framework, history.first_since((0, 6, 0))), tmp_path / "demo")

    with worked_out(plan_step(project)) as worked:
        (leaving,) = find_leaving(worked, "demo", None)
        worked.make()
    assert "server" == leaving.target
    assert BEFORE in leaving.files
    assert "fwstart update demo --deploy edge --deploy server" == leaving.command
    assert not (project / BEFORE).exists()
    assert not (project / AFTER).exists()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_command_keeps_the_server(
    history: History, framework: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the target nothing leaves, and an edit of the server arrives where the file is now."""
    monkeypatch.setattr(releases, "BUNDLE", history.bundle)
    project = copy_of(history.project(framework, history.first_since((0, 6, 0))), tmp_path / "demo")
    (project / BEFORE).write_text((project / BEFORE).read_text(encoding="utf-8") + "\n# Mine.\n")
    commit(project)

    with worked_out(plan_step(project, deploy=["server", "edge"])) as worked:
        assert () == find_leaving(worked, "demo", None)
        worked.make()
    assert "# Mine.\n" in (project / AFTER).read_text(encoding="utf-8")
