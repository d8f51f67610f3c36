"""fwstart and copier as a user installs them, and machines that run them: offline, each with its own home."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from support.small_releases import git
from support.smoke.documents import our_document

UV = Path(sys.executable).with_name("uv")
SYSTEM = "/usr/local/bin:/usr/bin:/bin"
DOCUMENT = "docs/updating.md"
KEY = f"{DOCUMENT}#Plain Copier"
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


def install(folder: Path, wheel: Path, installer: Installer) -> Machine:
    """Install as our docs and a project's docs/update.md say, with the wheel in the place of a checkout."""
    (printed,) = (each for each in our_document(DOCUMENT).commands(KEY) if each.startswith(f"{installer} "))
    environment = _environment(folder)
    commands, path = folder / "bin", [UV.parent]
    environment |= {"UV_TOOL_DIR": str(folder / "tools"), "UV_TOOL_BIN_DIR": str(commands)}
    environment |= {"PIPX_HOME": str(folder / "pipx"), "PIPX_BIN_DIR": str(commands)}
    if installer != "uv tool":
        _run([UV, "venv", "--quiet", "--seed", folder / "venv"], environment)
        environment["VIRTUAL_ENV"] = str(folder / "venv")  # it is active
        path = [folder / "venv/bin"]
    if installer == "pipx":
        _run([UV, "pip", "install", "--quiet", "pipx"], environment)
    if installer == "pip":
        commands = folder / "venv/bin"
    command = printed.replace("<fwstart checkout>", shlex.quote(str(wheel)))
    environment["PATH"] = ":".join([*map(str, path), SYSTEM])
    _run(["bash", "-c", command], environment)
    return Machine(home=folder / "home", commands=commands)


def install_beside(folder: Path, wheel: Path, copier: str) -> Machine:
    """Install the wheel together with a version of copier."""
    environment = _environment(folder)
    _run([UV, "venv", "--quiet", folder / "venv"], environment)
    environment["VIRTUAL_ENV"] = str(folder / "venv")
    _run([UV, "pip", "install", "--quiet", wheel, copier], environment)
    return Machine(home=folder / "home", commands=folder / "venv/bin")


def _environment(folder: Path) -> dict[str, str]:
    """Return the variables of an installation, with a home of its own."""
    (folder / "home").mkdir(parents=True)
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return variables | {"HOME": str(folder / "home"), "UV_CACHE_DIR": _uv_cache(), "UV_PYTHON": "3.11"}


def _run(command: list[str | Path], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert 0 == done.returncode, f"{command}: {done.stdout}"


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
