"""fwstart and copier as a user installs them, and machines that run them: offline, each with its own home."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from small_releases import git

UV = Path(sys.executable).with_name("uv")
SYSTEM = "/usr/local/bin:/usr/bin:/bin"
OLDEST_COPIER = "copier==9.19.0"
NEWEST_COPIER = "copier>=9.19,<10"
Installer = Literal["pip", "uv tool", "pipx"]


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A home, and the folder of commands that an installation put there."""

    home: Path
    commands: Path | None

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a plain terminal."""
        return {
            "HOME": str(self.home),
            "PATH": f"{self.commands}:{SYSTEM}" if self.commands else SYSTEM,
            "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def run(self, folder: Path, *command: str | Path, code: int = 0, **variables: str) -> str:
        """Run a command without network and terminal; return what it says."""
        done = subprocess.run(
            ["unshare", "--map-root-user", "--net", *command],
            cwd=folder,
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert code == done.returncode, f"{command}: {done.stdout}"
        return done.stdout

    def start(self, folder: Path, *command: str, **variables: str) -> subprocess.Popen[str]:
        """Start a command in the same way, and return it running; communicate() ends it."""
        return subprocess.Popen(
            ["unshare", "--map-root-user", "--net", *command],
            cwd=folder,
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def install(folder: Path, wheel: Path, installer: Installer, copier: str = NEWEST_COPIER) -> Machine:
    """Install the wheel and copier as the generated README says."""
    home = folder / "home"
    home.mkdir(parents=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"HOME": str(home), "UV_CACHE_DIR": _uv_cache(), "UV_PYTHON": "3.11"}
    if installer == "uv tool":
        environment |= {"UV_TOOL_DIR": str(folder / "tools"), "UV_TOOL_BIN_DIR": str(folder / "bin")}
        words: list[str | Path] = [
            UV,
            "tool",
            "install",
            "--quiet",
            "--with-executables-from",
            "copier",
            wheel,
        ]
        subprocess.run(words, env=environment, check=True)
        return Machine(home=home, commands=folder / "bin")
    packages: list[str | Path] = ["pipx"] if installer == "pipx" else [wheel, copier]
    subprocess.run([UV, "venv", "--quiet", folder / "venv"], env=environment, check=True)
    python = folder / "venv/bin/python"
    subprocess.run(
        [UV, "pip", "install", "--quiet", "--python", python, *packages], env=environment, check=True
    )
    if installer == "pip":
        return Machine(home=home, commands=folder / "venv/bin")
    environment |= {"PIPX_HOME": str(folder / "pipx"), "PIPX_BIN_DIR": str(folder / "bin")}
    pipx: list[str | Path] = [python, "-m", "pipx", "install", "--quiet", "--include-deps", wheel]
    subprocess.run(pipx, env=environment, check=True, capture_output=True)
    return Machine(home=home, commands=folder / "bin")


def _uv_cache() -> str:
    return subprocess.run([UV, "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()


def another_machine(machine: Machine, folder: Path, *, commands: bool = True) -> Machine:
    """Return a machine with the same installation and an empty home."""
    folder.mkdir()
    return Machine(home=folder, commands=machine.commands if commands else None)


def copy_of(project: Path, folder: Path) -> Path:
    """Return a copy of a project that may be changed."""
    shutil.copytree(project, folder, symlinks=True)
    git(folder, "status")
    return folder


def clone_of(project: Path, folder: Path) -> Path:
    """Return a fresh clone of a project, as a teammate has it."""
    git(project.parent, "clone", "--quiet", str(project), str(folder))
    return folder
