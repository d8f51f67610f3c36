"""A generated project with an environment of its own, as a user would have it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from support import CHECKOUT
from support.smoke.blocks import blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from support.smoke.rows import Row

TOOLS = Path(sys.executable).parent
HOST_NAME = "moorhenbox"  # made up: no export may have the name of the machine
WITHOUT_NETWORK = (
    *("unshare", "--map-root-user", "--net", "--uts"),
    *(sys.executable, str(Path(__file__).with_name("without_network.py")), HOST_NAME),
)
# The compilers' and tools' settings of whoever runs the tests must not reach the project.
LEFT_OUT = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PROJECT_ENVIRONMENT")
# Several verbs in one process, as a framework takes seconds to import: prints what each of them printed.
VERBS = """
import contextlib, io, json, sys
from {package}.__main__ import main
outputs = []
for words in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as output:
        assert main(words) == 0, words
    outputs.append(output.getvalue())
print(json.dumps(outputs))
"""
# What each framework's server target needs beside the project itself.
SERVER_EXTRA = {"pytorch": "torchserve", "keras": "tf-serving"}


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project's folder, the variables with which its commands run, and what cuts their network.

    `passed` holds what commands printed that have passed, by the command as a document prints it.
    """

    framework: str
    path: Path
    environment: dict[str, str]
    passed: dict[str, str] = field(default_factory=dict, repr=False)
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

    def run_once(self, command: str) -> str:
        """Run a command as `run` does, unless it has passed before: what it printed is the same then."""
        if command not in self.passed:
            self.passed[command] = self.run(command)
        return self.passed[command]

    def run_verbs(self, *verbs: Iterable[str | Path]) -> list[str]:
        """Run verbs of the project, given as words, in one process; return what each of them printed."""
        words = json.dumps([[str(word) for word in verb] for verb in verbs])
        script = VERBS.format(package=self.package)
        output = self.run(quoted(".venv/bin/python", "-c", script, words))
        printed: list[str] = json.loads(output.splitlines()[-1])
        return printed

    def commands(self, document: str, heading: str = "") -> list[str]:
        """Return the commands of a document that are not marked, those under `heading` if it is given."""
        blocks = blocks_of((self.path / document).read_text(encoding="utf-8"))
        return [
            command
            for block in blocks
            if not block.marker and heading in ("", block.heading)
            for command in block.commands
        ]


def environment(folder: Path, python: str = "3.11") -> dict[str, str]:
    """Return the variables for a project's commands, which let it install the tested torch for a Python.

    Where PIP_FIND_LINKS names a folder of wheels (the CPU build of torch 2.13.0), pip is held to that
    version by a constraints file, and `uv sync`, which reads constraints only from a project, takes torch
    from that folder as its first index. Elsewhere the project's own settings choose the build.
    """
    variables = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    variables["PATH"] = f"{TOOLS}{os.pathsep}{variables['PATH']}"
    variables["UV_PYTHON"] = python
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
    row: Row, folder: Path, fwstart: Path, *, python: str = "3.11", extras: tuple[str, ...] | None = None
) -> Project:
    """Return a project that the installed `fwstart` generated and that `uv sync` installed.

    The extras are those that its targets need, unless `extras` names others.
    """
    project = Project(
        framework=row.framework,
        path=folder / f"digits-{row.framework}",
        environment=environment(folder, python),
    )
    subprocess.run(
        [
            *(fwstart, "new", project.path, "--yes", "--framework", row.framework),
            *("--license", row.license, "--accelerator", row.accelerator, "--python", row.python),
            *("--backbones", row.backbones, "--pipeline", row.pipeline),
            *(word for target in row.deploy for word in ("--deploy", target)),
        ],
        env=project.environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    assert project.commands("README.md", "Quick start")[0] == "uv sync"
    if extras is None:
        of_targets = {"server": SERVER_EXTRA[row.framework], "edge": "edge"}
        extras = tuple(of_targets[target] for target in row.deploy if target in of_targets)
    # As the READMEs print it, which leave other extras where they are; here there is none yet.
    inexact = ("--inexact",) if extras else ()
    sync = quoted("uv", "sync", *inexact, *(word for extra in extras for word in ("--extra", extra)))
    without = _without_cuda(project) if row.framework == "keras" and row.accelerator == "gpu" else []
    project.passed[sync] = project.run(f"{sync} {quoted(*without)}", network=True)
    return project


def _without_cuda(project: Project) -> list[str]:
    """Return options that leave out CUDA's libraries: several GB, which nothing could load here.

    TensorFlow computes on the processor without them. `uv run` must not install them after all.
    """
    project.run("uv lock", network=True)
    lock = tomllib.loads((project.path / "uv.lock").read_text(encoding="utf-8"))
    names = sorted({package["name"] for package in lock["package"]})
    project.environment["UV_NO_SYNC"] = "1"
    return [f"--no-install-package={name}" for name in names if name.startswith("nvidia-")]


def interpreter(version: str) -> str | None:
    """Return a Python of a version that this machine has, None if it has none.

    pyenv's folder is looked at first: its commands for versions not chosen fail, and uv gives up there.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT", "/nowhere")) / "versions"
    for python in sorted(pyenv.glob(f"{version}.*/bin/python{version}")):
        return str(python)
    finding = ["uv", "python", "find", "--no-project", "--no-python-downloads", version]
    found = subprocess.run(finding, capture_output=True, text=True, check=False)
    return found.stdout.strip() if found.returncode == 0 else None


def installed(folder: Path) -> Path:
    """Return the `fwstart` of a fresh environment into which the wheel of this checkout was installed."""
    subprocess.run(["uv", "build", "--quiet", "--wheel", "--out-dir", folder, CHECKOUT], check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run(["uv", "venv", "--quiet", "--python", "3.11", folder / "tool"], check=True)
    python = folder / "tool" / "bin" / "python"
    subprocess.run(["uv", "pip", "install", "--quiet", "--python", python, wheel], check=True)
    return folder / "tool" / "bin" / "fwstart"


def resolved(project: Path, *options: str, **variables: str) -> set[str]:
    """Return the packages that uv would install, as `name==version`; only metadata is fetched.

    Without the tests' own settings: the project's [tool.uv] is what is looked at.
    """
    left = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_"))}
    compiling = ["uv", "pip", "compile", "--quiet", "--no-annotate", "--no-header", "pyproject.toml"]
    result = subprocess.run(
        [*compiling, *options],
        cwd=project,
        env=left | {"MACOSX_DEPLOYMENT_TARGET": "14.0"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return {line.split(" ")[0] for line in result.stdout.splitlines()}


def quoted(*words: str | Path) -> str:
    """Return words as one shell command."""
    return shlex.join(str(word) for word in words)
