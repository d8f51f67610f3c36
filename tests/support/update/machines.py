"""What the slow tests of updating share: a history of releases, and installations of its last one."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from support.update.history import History, build_wheel, make_history
from support.update.installation import NEWEST_COPIER, OLDEST_COPIER, Machine, install, install_beside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def somebody_without_settings(home: Path) -> Iterator[None]:
    """Let git commit for somebody whose home is empty."""
    home.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            patch.delenv(name)
        patch.setenv("HOME", str(home))
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Ada")
            patch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")
        yield


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Return a history of releases; its projects are committed by somebody without settings."""
    folder = tmp_path_factory.mktemp("history")
    with somebody_without_settings(folder / "home"):
        return make_history(folder)


@pytest.fixture(autouse=True)
def _with_history(request: pytest.FixtureRequest) -> Iterator[None]:
    """Be somebody without settings in tests with a history, and nowhere else: uv's cache is in the home."""
    if "history" not in request.fixturenames:
        yield
        return
    history: History = request.getfixturevalue("history")
    with somebody_without_settings(history.folder / "home"):
        yield


@pytest.fixture(scope="session")
def wheel(history: History) -> Path:
    """Return the wheel of the history's checkout."""
    return build_wheel(history)


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Machine:
    """Return a machine where pip installed fwstart into an active environment."""
    return install(tmp_path_factory.mktemp("pip"), wheel, "pip")


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> dict[str, Machine]:
    """Return machines with the other ways to install."""
    return {
        "uv tool": install(tmp_path_factory.mktemp("uv"), wheel, "uv tool"),
        "pipx": install(tmp_path_factory.mktemp("pipx"), wheel, "pipx"),
    }


@pytest.fixture(scope="session", params=[OLDEST_COPIER, NEWEST_COPIER])
def contracted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, wheel: Path
) -> Machine:
    """Return an installation with the oldest copier that is accepted, and one with the newest."""
    machine = install_beside(tmp_path_factory.mktemp("contract"), wheel, request.param)
    assert "copier 9." in machine.run(machine.home, "copier", "--version")
    return machine
