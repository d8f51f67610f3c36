"""What deploy/server/README.md prints is typed and does what it says; what images install is enough."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest
from make_requirements import commands
from support.deploy.deployed import FRAMEWORKS
from support.deploy.servers import TOKEN, announced, started
from support.figures import tell
from support.smoke.documents import project_document
from support.smoke.project import quoted
from support.smoke.projects import with_row
from support.smoke.reading import reading
from support.smoke.rows import DEPLOYED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.deploy.prepared import Prepared
    from support.smoke.project import Project

pytestmark = pytest.mark.deploy

README = "deploy/server/README.md"
KEY = {"<the file that it names>": r"\(cat (.+)\)"}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_printed_commands(deployed: Callable[[str], Prepared], tmp_path: Path, framework: str) -> None:
    """TorchServe labels the examples as they are called; the SavedModel is written."""
    project = deployed(framework).project
    with reading(project, tmp_path, placeholders=KEY) as reader:
        reader.read(project_document(project.path, README, framework))

    tell(f"{README} of a {framework} project: {reader.summary}")
    if framework == "pytorch":
        (output,) = (text for command, text in reader.outputs.items() if command.endswith("client examples"))
        assert [str(digit) for digit in range(10)] == [line.split()[1] for line in output.splitlines()]
        (answer,) = (text for command, text in reader.outputs.items() if command.startswith("curl"))
        assert "7" == json.loads(answer)["predictions"][0]["label"]
    else:
        (answer,) = (text for command, text in reader.outputs.items() if "saved_model.load" in command)
        assert "'probabilities': <tf.Tensor: shape=(1, 10)" in answer
        assert "saved-model" in reader.outputs[f"uv run {project.package} export --to saved-model"]


@with_row(DEPLOYED["keras"])  # the file is the same for both frameworks
def test_embedded_image(deployed: Callable[[str], Prepared], tmp_path: Path) -> None:
    """What its Dockerfile installs, each file by its hash, is all that the server needs to predict."""
    project = deployed("keras").project
    environment = installed_image(project, "Dockerfile", tmp_path / "environment")

    variables = {"PYTHONPATH": "src", "SERVE_TOKEN": TOKEN}
    command = (str(environment / "bin" / "python"), "-m", project.package, "serve", "--port", "0")
    with started(project, tmp_path / "server.log", *command, variables=variables) as process:
        assert announced(process, r"(http\S+) answers")


@with_row(DEPLOYED["pytorch"])
def test_torchserve_image(deployed: Callable[[str], Prepared], tmp_path: Path) -> None:
    """What its Dockerfile installs, all but torch by its hash, is complete, as `pip check` says there."""
    project = deployed("pytorch").project
    environment = installed_image(project, "Dockerfile.torchserve", tmp_path / "environment")

    project.run(quoted(environment / "bin" / "python", "-c", "import ts.model_server, torch, yaml"))


def installed_image(project: Project, dockerfile: str, environment: Path) -> Path:
    """Return an environment in which the `RUN pip` lines of a Dockerfile have been run.

    Its torch comes from the folder in PIP_FIND_LINKS if there is one: PyTorch's index may be out of reach.
    """
    text = (project.path / "deploy" / "server" / dockerfile).read_text(encoding="utf-8")
    lines = re.findall(r"^RUN (pip .+)$", text.replace("\\\n", ""), flags=re.MULTILINE)
    assert any("--require-hashes" in line for line in lines)
    project.run(quoted(".venv/bin/python", "-m", "venv", environment))
    for line in lines:
        found = re.sub(r"--index-url \S+", "--no-index", line) if "PIP_FIND_LINKS" in os.environ else line
        path = f"PATH={quoted(environment / 'bin')}:$PATH"
        project.run(f"cd deploy/server && export {path} && {found}", network=True)
    return environment


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_requirements_are_made_again(deployed: Callable[[str], Prepared], framework: str) -> None:
    """The command at the top of each file writes it as it is; the index may have got more files since."""
    project = deployed(framework).project
    made = list(commands(project.path))

    assert made
    for name, command in made:
        before = (project.path / name).read_text(encoding="utf-8")
        project.run(f"env -u UV_FIND_LINKS -u UV_CONFIG_FILE {command}", network=True)
        after = (project.path / name).read_text(encoding="utf-8")
        assert [] == [line for line in words(before) if line not in words(after)]
        assert [line for line in words(before) if "==" in line] == [
            line for line in words(after) if "==" in line
        ]


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("processor", ["x86_64", "aarch64"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_pins_serve_every_image(
    deployed: Callable[[str], Prepared], tmp_path: Path, framework: str, processor: str, python: str
) -> None:
    """A wheel with a known hash is there for each, and nothing that a package needs has been left out."""
    project = deployed(framework).project
    dry_run = ("uv", "pip", "install", "--dry-run", "--require-hashes", "--only-binary", ":all:")
    image = ("--python-version", python, "--python-platform", f"{processor}-manylinux_2_28")
    for name, command in commands(project.path):
        without = ("--no-deps",) if "--no-deps" in command else ()
        install = quoted(*dry_run, *without, *image, "--target", tmp_path / "image", "--requirement", name)
        project.run(f"env -u UV_FIND_LINKS -u UV_CONFIG_FILE {install}", network=True)


def words(requirements: str) -> list[str]:
    """Return the pins and hashes of a file, without what continues a line."""
    return [line.removesuffix("\\").strip() for line in requirements.splitlines()]
