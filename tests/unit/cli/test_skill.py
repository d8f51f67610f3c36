"""The skill for agents: its form, and that each command in it does what it says."""

import json
import os
import re
import shlex
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import release
import yaml
from support import CHECKOUT
from support.command_line import Runner, here, run
from support.smoke.documents import our_document
from support.update.history import copy_checkout

from fwstart.template import releases

__all__ = ["here", "run"]  # fixtures

SKILL = our_document("skills/fwstart/SKILL.md")


def test_form() -> None:
    """The front matter is as the Agent Skills specification (agentskills.io, 2026-11) asks."""
    head = yaml.safe_load(SKILL.text.split("---\n")[1])

    assert (CHECKOUT / SKILL.name).parent.name == head["name"]
    assert {"name", "description", "license", "compatibility"} == head.keys()
    assert 1 <= len(head["description"]) <= 1024
    assert len(head["compatibility"]) <= 500
    assert len(SKILL.text.splitlines()) <= 100


@pytest.fixture
def released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the newest release be the templates as they are now.

    Between releases a target comes from the newest one, and may conflict with what has changed since.
    """
    if release.unreleased_changes(CHECKOUT):
        checkout = copy_checkout(tmp_path / "checkout")
        major, minor, _ = releases.read_releases()[-1].version
        release.cut(checkout, f"{major}.{minor + 1}.0", date(2026, 11, 23))
        monkeypatch.setattr(releases, "BUNDLE", checkout / "src/fwstart/template/templates.bundle")


@pytest.mark.usefixtures("released")
def test_commands(run: Runner, here: Path) -> None:
    """All commands, from top to bottom in an empty folder, succeed; each --json prints one document."""
    said: dict[str, Any] = {}
    for command in SKILL.commands():
        program, *words = shlex.split(command)
        if program == "cd":
            os.chdir(words[0])
        elif program == "git":
            subprocess.run(command, shell=True, check=True, capture_output=True)  # noqa: S602
        else:
            assert "fwstart" == program
            outcome = run(*words)
            assert 0 == outcome.code, f"{command}\n{outcome.err}"
            said[command] = json.loads(outcome.out) if "--json" in words else outcome.out

    dry, made = (data for command, data in said.items() if command.startswith("fwstart new "))
    assert dry == {**made, "dry_run": True}
    assert {"settings", "machine", "next_steps", "next_steps_without_uv", "files", "flips"} <= dry.keys()
    added, really_added, removed = (
        said[command] for command in said if command.startswith(("fwstart add", "fwstart remove"))
    )
    assert ["edge"] == added["deploy"]["from"]
    assert ["edge", "browser"] == added["deploy"]["to"] == really_added["deploy"]["to"]
    assert ["edge"] == removed["deploy"]["to"]
    assert [] == added["doomed"]
    assert (here / "demo/deploy/browser").is_dir()
    assert not said["fwstart update --check --json"]["newer"]


def test_keys_and_words_in_the_text(run: Runner) -> None:
    """What the text sets as code is there: keys of the JSON, parts, flags and commands."""
    listed = json.loads(run("options").out)
    flags = {name for command in listed["commands"] for flag in command["flags"] for name in flag["names"]}
    words = {word for span in SKILL.spans for word in re.findall(r"--[\w-]+", span)}

    assert {"--from", "--spec"} == words - flags  # of uvx and of pipx
    assert {part["name"] for part in listed["parts"]} - {"pytorch-server"} <= set(SKILL.spans)
