"""The contract with copier that nobody wrote down: `git+x::y` reaches git's remote helper x."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from support.update.installation import copy_of

if TYPE_CHECKING:
    from pathlib import Path

    from support.update.history import History
    from support.update.installation import Machine

pytestmark = pytest.mark.update


def test_update(contracted: Machine, history: History, tmp_path: Path) -> None:
    """The address is passed on, and recorded again, as it is."""
    project = copy_of(history.project("pytorch", history.since_the_move), tmp_path / "demo")
    contracted.run(project, "copier", "update")

    recorded = yaml.safe_load((project / ".copier-answers.yml").read_text())
    assert ("git+fwstart::templates", history.releases[-1].tag) == (
        recorded["_src_path"],
        recorded["_commit"],
    )


def test_copy(contracted: Machine, history: History, tmp_path: Path) -> None:
    """A project can be made from the address alone, and is what `fwstart new` makes of the same answers."""
    answers = tmp_path / "answers.yml"
    made = history.project("keras", history.releases[-1])
    answers.write_text((made / ".copier-answers.yml").read_text())
    words = (
        "copier",
        "copy",
        "--defaults",
        "--quiet",
        "--data-file",
        answers,
        "git+fwstart::templates",
        "copy",
    )
    contracted.run(tmp_path, *words)

    assert contents(made) == contents(tmp_path / "copy")


def contents(folder: Path) -> dict[str, bytes]:
    """Return the template's files in a project."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts and path.name != "DECISION.md"
    }


def test_newest_release_is_found(contracted: Machine, history: History, tmp_path: Path) -> None:
    """`copier check-update` knows of the newest release."""
    project = copy_of(history.project("pytorch", history.releases[0]), tmp_path / "demo")

    assert str(history.releases[-1]) in contracted.run(project, "copier", "check-update")
