"""The README's first command, typed by a newcomer into a terminal, in a fresh clone."""

from __future__ import annotations

import re
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pexpect
import pytest
from project import CHECKOUT, environment, quoted

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


def test_wheel_carries_the_templates_and_no_byte_code(tmp_path: Path) -> None:
    """The wheel holds copier.yml and every template file, and nothing that a Python left behind."""
    command = quoted("uv", "build", "--quiet", "--wheel", "--out-dir", tmp_path, CHECKOUT)
    subprocess.run(["bash", "-c", command], env=environment(tmp_path), check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()

    listing = subprocess.run(
        ["git", "ls-files", "templates"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    carried = {f"fwstart/template/{name}" for name in listing.stdout.splitlines()}
    assert len(carried) > 100
    assert "fwstart/template/copier.yml" in names
    assert carried <= set(names)
    assert [] == [name for name in names if name.endswith((".pyc", ".pyo")) or "__pycache__" in name]
