"""The README's commands that install nothing: a checkout, and uv or pipx."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from support import CHECKOUT
from support.smoke.documents import our_document
from support.smoke.project import environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.smoke

DOCUMENTS = ("README.md", "docs/index.md")
COMMANDS = [span for span in our_document("README.md").spans if span.startswith(("uvx ", "pipx "))]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.partition(" ")[0])
def test_nothing_is_installed(command: str, tmp_path: Path) -> None:
    """It builds fwstart from the checkout, creates a project, and leaves no command behind."""
    clone, home, commands = tmp_path / "fwstart", tmp_path / "home", tmp_path / "bin"
    subprocess.run(["git", "clone", "--quiet", CHECKOUT, clone], check=True)
    commands.mkdir()
    pipx = commands / "pipx"
    pipx.write_text('#!/bin/sh\nexec uvx pipx "$@"\n', encoding="utf-8")
    pipx.chmod(0o755)
    variables = environment(tmp_path)
    cache = subprocess.run(["uv", "cache", "dir"], env=variables, capture_output=True, text=True, check=True)
    variables |= {"HOME": str(home), "UV_CACHE_DIR": cache.stdout.strip(), "PIPX_HOME": str(home / "pipx")}
    variables["PATH"] = f"{commands}:{variables['PATH']}"
    done = subprocess.run(
        ["bash", "-c", f"{command} --framework keras --yes"],
        cwd=clone,
        env=variables,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert 0 == done.returncode, done.stderr
    assert "uv run myproject train" in done.stdout
    assert (tmp_path / "myproject/pyproject.toml").is_file()
    assert not (home / ".local/bin/fwstart").exists()


def test_both_documents_say_both() -> None:
    """README.md and the first page of the site print the same two commands."""
    first, second = (
        [span for span in our_document(name).spans if span.startswith(("uvx ", "pipx "))]
        for name in DOCUMENTS
    )

    assert ["uvx", "pipx"] == [command.partition(" ")[0] for command in first]
    assert first == second
