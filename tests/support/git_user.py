"""A user of git with a home of their own, and a project that is not under git yet."""

import os
import subprocess
from pathlib import Path

import pytest

from fwstart import __version__
from fwstart.git.first_commit import GitOutcome

MESSAGE = f"Start demo with fwstart {__version__}"


@pytest.fixture(autouse=True)
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a user without system settings, whose ~/.gitconfig holds an identity."""
    home = tmp_path / "home"
    home.mkdir()
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_")) or name == "EMAIL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    configure(home, "user.name", "Ada Lovelace")
    configure(home, "user.email", "ada@example.com")
    return home


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project's relative path, as a user types it."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "README.md").write_text("read me\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return Path("demo")


def configure(home: Path, key: str, value: str) -> None:
    subprocess.run(["git", "config", "--file", home / ".gitconfig", key, value], check=True)


def output(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def executable(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def left_to_do(outcome: GitOutcome) -> str:
    """Return the one line that is said, for an outcome without a commit."""
    assert not outcome.committed
    assert outcome.message is not None
    assert outcome.message.isprintable()
    return outcome.message


def follow(message: str) -> None:
    """Run the commands with which a message ends."""
    subprocess.run(message[message.rindex(": git ") + 2 :], shell=True, check=True, capture_output=True)  # noqa: S602
