"""TorchServe's front end as a process of ours: it ends when we do, and takes its workers with it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from ...errors import ProjectError, command_to_install
from ...serving.child_server import Program, running

STOP_SECONDS = 15  # for TorchServe to end its workers; then they are killed
_FOREIGN_SETTINGS = ("LOG_LOCATION", "METRICS_LOCATION", "TS_")  # what these begin is another TorchServe's


@contextmanager
def started(
    java: Path, folder: Path, *, num_threads: int | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start TorchServe with the settings in `folder`, where its files go too; leave no process behind.

    `num_threads` is how many a worker computes with, unless OMP_NUM_THREADS says so; None: one a core.

    Raises:
        ProjectError: what is installed is not TorchServe.
    """
    (folder / "tmp").mkdir()
    program = Program(
        command=_command(java, folder),
        stop_seconds=STOP_SECONDS,
        folder=folder,  # where it writes its keys
        environment=_environment(folder, num_threads),
    )
    with (folder / "java.log").open("wb") as log, running(program, log=log) as process:
        yield process


def _command(java: Path, folder: Path) -> list[str]:
    """Return the front end's command; the script `torchserve` would stand between it and our signals."""
    home = _torchserve()
    return [
        str(java),
        f"-Dmodel_server_home={home.parent}",
        f"-Djava.io.tmpdir={folder / 'tmp'}",
        f"-Dlog4j.configurationFile={(folder / 'log4j2.xml').as_uri()}",
        "-XX:-UsePerfData",  # nothing in the shared temporary folder
        "-cp",
        str(home / "frontend" / "*"),
        "org.pytorch.serve.ModelServer",
        "--python",
        sys.executable,
        "--ts-config-file",
        str(folder / "config.properties"),
        "--no-config-snapshot",
    ]


def _torchserve() -> Path:
    """Return the folder of the installed TorchServe."""
    specification = find_spec("ts")
    home = Path(specification.origin).parent if specification and specification.origin else Path()
    if not (home / "frontend" / "model-server.jar").is_file():
        raise ProjectError(
            "The installed module ts is not TorchServe: it has no frontend/model-server.jar.",
            fix=f"Run: {command_to_install('torchserve')}.",
        )
    return home


def _environment(folder: Path, num_threads: int | None) -> dict[str, str]:
    """Return this environment without another TorchServe's settings, and with this package for workers."""
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [Path(__file__).parents[3], *(Path(path).absolute() for path in others if path)]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN_SETTINGS)}
    threads = {} if num_threads is None else {"OMP_NUM_THREADS": str(num_threads)}
    settings = {
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "TEMP": str(folder / "tmp"),
        "TMPDIR": str(folder / "tmp"),
        "TS_DECODE_INPUT_REQUEST": "false",  # the handler wants the body as it was sent
    }
    return threads | inherited | settings
