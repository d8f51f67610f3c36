"""A row's project, made ready for every proof: trained through a `kill -9`, exported for its targets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.deploy.servers import Samples
from support.smoke.project import WITHOUT_NETWORK, Project, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.smoke.projects import Make
    from support.smoke.rows import Row

HERE = Path(__file__).parent
NUM_SAMPLES = 128
USER = "quillfeather"  # made up, with a home folder of that name: no export may tell who made it
CHECKPOINT_SECONDS = 120  # in which a training must have saved a state
# What a target's export is called, which may need the network for what it fetches once.
EXPORTS = {
    "server": {"pytorch": "torchserve", "keras": "saved-model"},
    "edge": {"pytorch": "edge", "keras": "edge"},
    "browser": {"pytorch": "browser", "keras": "browser"},
}


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What `export` printed: the table on stdout, and what else there was on stderr."""

    table: list[str]
    errors: str


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A project with a trained and exported model, and what that model itself answers."""

    row: Row
    project: Project
    accuracy: float  # on the test split, of the best model of a training that was killed and resumed
    samples: Samples
    exports: dict[str, Exported]
    seconds: dict[str, float]


Prepare = Callable[["Row"], Prepared]


@dataclass
class Stopwatch:
    """Seconds by what they were spent on."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Add the time that the block takes."""
        started = time.monotonic()
        yield
        self.seconds[name] = self.seconds.get(name, 0) + time.monotonic() - started


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, installed_project: Make) -> Prepare:
    """Return a function that returns the prepared project of a row, made when it is first asked for."""
    made: dict[Row, Prepared] = {}

    def of(row: Row) -> Prepared:
        if row not in made:
            one = installed_project(row)
            watch = Stopwatch({"install": one.seconds})
            made[row] = prepare(row, one.project, tmp_path_factory.mktemp("prepared"), watch)
        return made[row]

    return of


def prepare(row: Row, installed: Project, folder: Path, watch: Stopwatch) -> Prepared:
    """Train a project's model, through `kill -9`, and export it for every target that the project has."""
    project = replace(installed, environment=installed.environment | _made_up(folder))
    program = f".venv/bin/{project.package}"
    with watch("train"):
        train_killed_and_resumed(project, folder / "killed")
        evaluation = json.loads(project.run(quoted(program, "evaluate", "--json")))
    exports = {}
    with watch("export"):
        for target in ("onnx", *(EXPORTS[target][row.framework] for target in row.deploy)):
            command = f"uv run {project.package} export --to {target}"  # as its README prints it
            errors = folder / f"{target}.errors"
            output = project.run(f"{command} 2>{quoted(errors)}", network=target == "browser")
            project.passed[command] = output
            exports[target] = Exported(table=output.splitlines(), errors=errors.read_text(encoding="utf-8"))
    return Prepared(
        row=row,
        project=installed,
        accuracy=evaluation["accuracy"],
        samples=real_samples(project, folder / "samples.json"),
        exports=exports,
        seconds=watch.seconds,
    )


def _made_up(folder: Path) -> dict[str, str]:
    """Return the variables of a user who is not there; what was downloaded before is found nevertheless."""
    home = folder / USER
    home.mkdir()
    kept = {
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"),
        "NPM_CONFIG_CACHE": os.environ.get("NPM_CONFIG_CACHE") or str(Path.home() / ".npm"),
    }
    return kept | {"HOME": str(home), "USER": USER, "LOGNAME": USER, "HOSTNAME": f"{USER}-host"}


def train_killed_and_resumed(project: Project, log: Path) -> None:
    """Train with the network cut; `kill -9` it when it has saved a state, then let it go on to its end."""
    train = [f".venv/bin/{project.package}", "train"]
    earlier = set(project.path.glob("runs/*"))
    with log.open("w") as output:
        process = subprocess.Popen(
            [*WITHOUT_NETWORK, *train],
            cwd=project.path,
            env=project.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + CHECKPOINT_SECONDS
        while not (states := _states(project, earlier)):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
    finally:
        process.kill()
    assert -signal.SIGKILL == process.wait()
    (state,) = states
    run = state.parents[1].relative_to(project.path)

    assert str(run) in project.run(quoted(*train, "--resume"))


def _states(project: Project, earlier: set[Path]) -> list[Path]:
    new = set(project.path.glob("runs/*")) - earlier
    return [state for run in new for state in (run / "checkpoints").glob("last.*")]


def real_samples(project: Project, file: Path) -> Samples:
    """Return test images with what the trained model answers, which `file` is written for."""
    script = (".venv/bin/python", HERE / "samples.py", project.package, str(NUM_SAMPLES), file)
    project.run(quoted(*script))
    return Samples(**json.loads(file.read_text(encoding="utf-8")))
