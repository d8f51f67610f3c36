"""The README's first command, typed by a newcomer into a terminal, in a fresh clone."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pexpect
import pytest
from support import CHECKOUT
from support.smoke.project import environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.smoke

ENTER, DOWN = "\r", "\x1b[B"


def test_first_command_asks_and_generates(tmp_path: Path) -> None:
    """It installs, asks, recommends and generates a project, whose next commands it prints."""
    clone = tmp_path / "fwstart"
    subprocess.run(["git", "clone", "--quiet", CHECKOUT, clone], check=True)
    readme = (clone / "README.md").read_text(encoding="utf-8")
    command = re.search(r"^```bash\n(.*fwstart new \.\./myproject)\n```$", readme, flags=re.MULTILINE)
    assert command
    variables = {name: value for name, value in environment(tmp_path).items() if name != "CI"}
    shell = pexpect.spawn(
        "bash",
        ["-c", command[1]],
        cwd=clone,
        env=variables | {"TERM": "xterm"},
        encoding="utf-8",
        dimensions=(40, 100),
        timeout=300,
    )

    shell.expect("Is the framework already decided")
    shell.send(ENTER)
    shell.expect("1/7")
    shell.send(DOWN + ENTER)  # experienced
    for number in range(2, 8):
        shell.expect(f"{number}/7")
        shell.send(ENTER)
    shell.expect("PyTorch")
    shell.expect("Create the project with")
    shell.send(ENTER)
    shell.expect("uv run myproject train")
    shell.expect(pexpect.EOF)
    shell.close()

    assert 0 == shell.exitstatus
    assert (tmp_path / "myproject" / "docs" / "DECISION.md").read_text().startswith("# Why PyTorch\n")
    assert (tmp_path / "myproject" / ".git").is_dir()
