"""The command line of a user in an empty folder, in this process or in one of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from fwstart.cli.app import main

BEGINNER = ("--background", "beginner")


class Outcome(NamedTuple):
    """What a run came to."""

    code: int
    out: str
    err: str


def without_warnings(err: str) -> str:
    """Return what stderr said, but for what this very machine lacks."""
    lines = err.splitlines(keepends=True)
    return "".join(line for line in lines if " work on this machine: " not in line)


class Runner:
    """Runs the command line in this process, which spares the start of Python for every test."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: str) -> Outcome:
        """Run with these arguments."""
        code = main(arguments)
        return Outcome(code, *self.capsys.readouterr())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], here: Path) -> Runner:  # noqa: ARG001  (nothing of ours is set there)
    return Runner(capsys)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in an empty folder, with a home without settings and no variable of ours."""
    for name in [name for name in os.environ if name.startswith("FWSTART_") or name in {"CI", "COLUMNS"}]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    yield folder
    assert [] == list(folder.glob(".*fwstart-*"))


def fwstart(*arguments: str, **environment: str) -> Outcome:
    """Run the command line as a user does, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "fwstart", *arguments],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)
