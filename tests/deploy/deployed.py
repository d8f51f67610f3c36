"""Both projects with a server target, trained and exported once, and their servers running."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from project import Project, new_project, quoted
from servers import RunningServer, Samples, embedded, torchserve

if TYPE_CHECKING:
    from _pytest.tmpdir import TempPathFactory

HERE = Path(__file__).parent
NUM_SAMPLES = 128
# The extras that a project's servers need, and the exports that they serve.
EXTRAS: dict[str, tuple[str, ...]] = {"pytorch": ("torchserve",), "keras": ("tf-serving",)}
TARGETS: dict[str, tuple[str, ...]] = {"pytorch": ("onnx", "torchserve"), "keras": ("onnx", "saved-model")}

Start = Callable[[Project, Samples, Path], AbstractContextManager[RunningServer]]
# Every server that can run here: its framework, and how it is started.
SERVERS: dict[str, tuple[str, Start]] = {
    "pytorch-embedded": ("pytorch", embedded),
    "pytorch-torchserve": ("pytorch", torchserve),
    "keras-embedded": ("keras", embedded),
}


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A project whose model is trained and exported, and what that model answers."""

    project: Project
    samples: Samples


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: TempPathFactory, fwstart: Path) -> Callable[[str], Deployed]:
    """Return a function that returns the project of a framework, made when it is first asked for."""
    made: dict[str, Deployed] = {}

    def of(framework: str) -> Deployed:
        if framework not in made:
            made[framework] = _deployed(framework, tmp_path_factory.mktemp("deployed"), fwstart)
        return made[framework]

    return of


def _deployed(framework: str, folder: Path, fwstart: Path) -> Deployed:
    project = new_project(framework, folder, fwstart, deploy=("server", "browser"), extras=EXTRAS[framework])
    program = f".venv/bin/{project.package}"
    project.run(quoted(program, "train"))
    for target in TARGETS[framework]:
        project.run(quoted(program, "export", "--to", target))
    return Deployed(project=project, samples=real_samples(project, folder / "samples.json"))


def real_samples(project: Project, file: Path) -> Samples:
    """Return test images with what the trained model answers, which `file` is written for."""
    script = (".venv/bin/python", HERE / "samples.py", project.package, str(NUM_SAMPLES), file)
    project.run(quoted(*script))
    return Samples(**json.loads(file.read_text(encoding="utf-8")))


@pytest.fixture(scope="session", params=SERVERS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: TempPathFactory, deployed: Callable[[str], Deployed]
) -> Iterator[RunningServer]:
    """Return one running server after the other."""
    framework, start = SERVERS[request.param]
    of = deployed(framework)
    with start(of.project, of.samples, tmp_path_factory.mktemp("server")) as running:
        yield running
