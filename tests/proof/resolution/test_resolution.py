"""Projects work with the versions that UV_RESOLUTION chooses: the newest, or the lowest that they allow."""

from __future__ import annotations

import json
import os
import re
import time
import tomllib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from support.deploy.prepared import EXPORTS
from support.figures import tell
from support.smoke.project import Project, new_project, quoted
from support.smoke.rows import DEFAULT, Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.resolution

RESOLUTION = os.environ.get("UV_RESOLUTION", "highest")
# Old releases lack types, so with them a project runs but is not checked.
CHECKS = ("pytest",) if RESOLUTION == "lowest-direct" else ("pytest", "mypy")
TRACKERS = ("mlflow", "sweep", "tensorboard")
NAME = re.compile(r"[\w-]+")  # with which a requirement begins


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What a project is made for, and the extras that it is installed with."""

    row: Row
    extras: tuple[str, ...]

    @property
    def exports(self) -> list[str]:
        """What it then exports."""
        return ["onnx", *(EXPORTS[target][self.row.framework] for target in self.row.deploy)]


CHOICES = {
    "pytorch": Choice(
        row=replace(DEFAULT["pytorch"], deploy=("server", "browser"), pipeline="kfp"),
        extras=(*TRACKERS, "torchserve"),
    ),
    # ExecuTorch holds torch back, so it has a project of its own.
    "pytorch edge": Choice(row=replace(DEFAULT["pytorch"], deploy=("edge",)), extras=("edge",)),
    # What an extra brings is a dependency here.
    "pytorch hub": Choice(row=replace(DEFAULT["pytorch"], backbones="hub"), extras=()),
    "keras": Choice(
        row=replace(DEFAULT["keras"], deploy=("server", "edge", "browser"), pipeline="kfp"),
        extras=(*TRACKERS, "edge", "pretrained", "tf-serving"),
    ),
}


@dataclass(kw_only=True)
class Outcome:
    """How far a project came: the last of `ran` is what failed if it failed."""

    name: str
    versions: dict[str, str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    accuracy: float | None = None
    minutes: float = 0.0


@pytest.fixture(scope="module")
def outcomes() -> Iterator[list[Outcome]]:
    """Return the list of what came of each project, which is printed in the end."""
    listed: list[Outcome] = []
    yield listed
    tell(f"projects with UV_RESOLUTION={RESOLUTION}:")
    for outcome in listed:
        accuracy = "-" if outcome.accuracy is None else f"{outcome.accuracy:.4f}"
        tell(f"{outcome.name:14} {outcome.minutes:5.1f} min  accuracy {accuracy:6}  {', '.join(outcome.ran)}")
    tell(" ".join(["version of".ljust(24), *(f"{outcome.name:14}" for outcome in listed)]))
    for package in sorted({package for outcome in listed for package in outcome.versions}):
        versions = (f"{outcome.versions.get(package, '-'):14}" for outcome in listed)
        tell(" ".join([package.ljust(24), *versions]))


@pytest.mark.parametrize("name", CHOICES)
def test_project_works(name: str, tmp_path: Path, fwstart: Path, outcomes: list[Outcome]) -> None:
    """It passes its own tests, learns the digits, and exports and predicts, with the network cut off."""
    choice = CHOICES[name]
    if choice.row.framework == "pytorch" and choice.row.backbones == "hub" and "PIP_FIND_LINKS" in os.environ:
        pytest.skip("no torchvision loads with the build of torch in PIP_FIND_LINKS")
    outcome = Outcome(name=name)
    outcomes.append(outcome)
    started = time.monotonic()
    try:
        run_all(choice, tmp_path, fwstart, outcome)
    finally:
        outcome.minutes = (time.monotonic() - started) / 60

    assert outcome.accuracy is not None
    assert outcome.accuracy >= 0.98


def run_all(choice: Choice, folder: Path, fwstart: Path, outcome: Outcome) -> None:
    """Generate and install a project and let it do everything, noting in `outcome` how far it came."""
    outcome.ran.append("uv sync")
    project = new_project(choice.row, folder, fwstart, extras=choice.extras)
    outcome.versions |= versions(project, choice.extras)
    commands = [
        *(*CHECKS, f"{project.package} train", f"{project.package} evaluate"),
        *(f"{project.package} export --to {target}" for target in choice.exports),
        f"{project.package} predict examples",
    ]
    for command in commands:
        outcome.ran.append(command.removeprefix(f"{project.package} "))
        output = project.run(f".venv/bin/{command}")
        if outcome.ran[-1] == "evaluate":
            outcome.accuracy = float(re.search(r"^accuracy (\S+),", output, flags=re.MULTILINE)[1])  # type: ignore[index]


def versions(project: Project, extras: tuple[str, ...]) -> dict[str, str]:
    """Return the installed version of everything that the project itself asks for."""
    settings = tomllib.loads((project.path / "pyproject.toml").read_text(encoding="utf-8"))
    optional = settings["project"]["optional-dependencies"]
    wanted = [
        *settings["project"]["dependencies"],
        *settings["dependency-groups"]["dev"],
        *(requirement for extra in extras for requirement in optional[extra]),
    ]
    names = sorted({NAME.match(requirement)[0] for requirement in wanted})  # type: ignore[index]
    script = (
        "import json, sys; from importlib.metadata import version;"
        "print(json.dumps({name: version(name) for name in sys.argv[1:]}))"
    )
    found: dict[str, str] = json.loads(project.run(quoted(".venv/bin/python", "-c", script, *names)))
    return found
