"""A generated project with an environment of its own, as a user would have it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from blocks import blocks_of

CHECKOUT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent
WITHOUT_NETWORK = (
    *("unshare", "--map-root-user", "--net"),
    *(sys.executable, str(Path(__file__).with_name("without_network.py"))),
)
# The compilers' and tools' settings of whoever runs the tests must not reach the project.
LEFT_OUT = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PROJECT_ENVIRONMENT")


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project's folder, the variables with which its commands run, and what cuts their network."""

    framework: str
    path: Path
    environment: dict[str, str]
    offline: tuple[str, ...] = WITHOUT_NETWORK

    @property
    def package(self) -> str:
        """The name of its Python package."""
        return self.path.name.replace("-", "_")

    def run(self, command: str, *, network: bool = False, exit_code: int = 0) -> str:
        """Run a shell command in the project's folder and return its stdout; without `network` there is none.

        The network is cut by a network namespace, which has but 127.0.0.1; it is the command's own, unless
        `offline` enters another one.
        """
        arguments = ["bash", "-euo", "pipefail", "-c", command]
        result = subprocess.run(
            arguments if network else [*self.offline, *arguments],
            cwd=self.path,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        print(f"$ {command}\n{result.stdout}{result.stderr}")
        assert exit_code == result.returncode, f"{command}\n{result.stdout}\n{result.stderr}"
        return result.stdout

    def commands(self, document: str, heading: str = "") -> list[str]:
        """Return the commands of a document that are not marked, those under `heading` if it is given."""
        blocks = blocks_of((self.path / document).read_text(encoding="utf-8"))
        return [
            command
            for block in blocks
            if not block.marker and heading in ("", block.heading)
            for command in block.commands
        ]


def environment(folder: Path) -> dict[str, str]:
    """Return the variables for a project's commands, which let it install the tested torch.

    Where PIP_FIND_LINKS names a folder of wheels (the CPU build of torch 2.13.0), pip is held to that
    version by a constraints file, and `uv sync`, which reads constraints only from a project, takes torch
    from that folder as its first index. Elsewhere the project's own settings choose the build.
    """
    variables = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    variables["PATH"] = f"{TOOLS}{os.pathsep}{variables['PATH']}"
    variables["UV_PYTHON"] = "3.11"
    variables |= {
        f"GIT_{who}_{what}": "Test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    if wheels := variables.get("PIP_FIND_LINKS"):
        settings, constraints = folder / "uv.toml", folder / "constraints.txt"
        settings.write_text(f'[[index]]\nname = "wheels"\nurl = "{wheels}"\nformat = "flat"\n')
        constraints.write_text("torch==2.13.0\n")
        variables |= {
            "UV_CONFIG_FILE": str(settings),
            "UV_FIND_LINKS": wheels,
            "UV_NO_SOURCES": "1",  # the index of CPU builds that the project names may be out of reach
            "PIP_CONSTRAINT": str(constraints),
        }
    return variables


def new_project(
    framework: str, folder: Path, fwstart: Path, *, deploy: tuple[str, ...] = (), extras: tuple[str, ...] = ()
) -> Project:
    """Return a project that the installed `fwstart` generated and that `uv sync` installed, with extras."""
    project = Project(
        framework=framework, path=folder / f"digits-{framework}", environment=environment(folder)
    )
    subprocess.run(
        [
            *(fwstart, "new", project.path, "--framework", framework, "--accelerator", "cpu", "--yes"),
            *(word for target in deploy for word in ("--deploy", target)),
        ],
        env=project.environment,
        check=True,
    )
    assert project.commands("README.md", "Four commands")[0] == "uv sync"
    project.run(
        quoted("uv", "sync", *(word for extra in extras for word in ("--extra", extra))), network=True
    )
    return project


def installed(folder: Path) -> Path:
    """Return the `fwstart` of a fresh environment into which the wheel of this checkout was installed."""
    subprocess.run(["uv", "build", "--quiet", "--wheel", "--out-dir", folder, CHECKOUT], check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run(["uv", "venv", "--quiet", "--python", "3.11", folder / "tool"], check=True)
    python = folder / "tool" / "bin" / "python"
    subprocess.run(["uv", "pip", "install", "--quiet", "--python", python, wheel], check=True)
    return folder / "tool" / "bin" / "fwstart"


def quoted(*words: str | Path) -> str:
    """Return words as one shell command."""
    return shlex.join(str(word) for word in words)
