"""Where the time of a CI run went, printed just before pytest's last line."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import small_releases

from fwstart import releases

if TYPE_CHECKING:
    from collections.abc import Generator

pytest_plugins = ["machines"]  # the fixtures of tests/update

# .ci/run writes its own stages there, a line each: seconds, then the stage's name.
STAGES = os.environ.get("CI_STAGES")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    """Print the stages of .ci/run and the minutes that each test file took."""
    yield
    if STAGES is None:
        return
    seconds: defaultdict[str, float] = defaultdict(float)
    for line in Path(STAGES).read_text(encoding="utf-8").splitlines():
        elapsed, _, stage = line.partition(" ")
        seconds[stage] += int(elapsed)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[stage_of(report.nodeid)] += report.duration
    terminalreporter.section("stages")
    for stage, duration in (*seconds.items(), ("all", sum(seconds.values()))):
        terminalreporter.line(f"{duration / 60:6.1f} min  {stage}")


def stage_of(nodeid: str) -> str:
    """Return the test file and, where its tests are run for both, the framework."""
    file = nodeid.partition("::")[0]
    framework = next((name for name in ("pytorch", "keras") if f"[{name}" in nodeid), "")
    return f"{file} {framework}".strip()


@pytest.fixture
def clean_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a test a home without settings, an identity for git, and no variable of ours."""
    return give_home(tmp_path, monkeypatch)


def give_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a home in a folder, above which git finds no repository."""
    for name in [
        name for name in os.environ if name.startswith(("FWSTART_", "GIT_", "XDG_")) or name == "CI"
    ]:
        if name != "FWSTART_STAGES":
            monkeypatch.delenv(name)
    home = folder / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")
    return home


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a checkout of a small template, released as 0.1.0, and a project made from it."""
    folder = tmp_path_factory.mktemp("small")
    checkout = small_releases.small_checkout(folder / "checkout")
    with pytest.MonkeyPatch.context() as patch:
        give_home(folder, patch)
        small_releases.cut(checkout, "0.1.0", small_releases.FIRST, "- The first.")
        patch.setattr(releases, "BUNDLE", small_releases.bundle_of(checkout))
        patch.setattr("fwstart.project.template_root", lambda: checkout)
        small_releases.start_project(folder / "demo")
    return folder


@pytest.fixture
def checkout(
    small_world: Path,
    tmp_path: Path,
    clean_home: Path,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """Return a checkout of a small template with release 0.1.0, whose releases are the ones in use."""
    folder = tmp_path / "checkout"
    shutil.copytree(small_world / "checkout", folder)
    monkeypatch.setattr(releases, "BUNDLE", small_releases.bundle_of(folder))
    monkeypatch.setattr("fwstart.project.template_root", lambda: folder)
    return folder


@pytest.fixture
def project(small_world: Path, checkout: Path, tmp_path: Path) -> Path:  # noqa: ARG001
    """Return a committed project that is at release 0.1.0 of the small template."""
    folder = tmp_path / "demo"
    shutil.copytree(small_world / "demo", folder, symlinks=True)
    small_releases.git(folder, "status")  # git notes that these are other files, of the same content
    return folder
