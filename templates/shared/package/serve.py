"""The verb `serve`: finds or makes the export that a server needs, and starts the server."""

import importlib
import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, cast

from .errors import ProjectError
from .manifest import FILE_NAME, read_manifest
from .runs import find_run
from .serving.options import TOKEN_VARIABLE, ServeOptions

EXPORTS = Path("exports")


class Server(NamedTuple):
    """Where a server's `serve(export, options)` is, and which export it serves."""

    module: str
    target: str


# Those of targets that this project does not have are not there.
SERVERS = {
    "embedded": Server(".serving.server", "onnx"),
    "torchserve": Server(".server.torchserve", "torchserve"),
    "tf-serving": Server(".server.tf_serving", "saved-model"),
}


def available_servers() -> tuple[str, ...]:
    """Return the names of the servers that this project has the code for."""
    return tuple(name for name, server in SERVERS.items() if _is_there(server.module))


def serve(name: str, options: ServeOptions, *, which_run: str | None, runs_folder: Path) -> int:
    """Serve a run's export until a signal ends it, and return the exit code.

    Without an export, or where `which_run` names another run than the export is of, it is exported first.

    Raises:
        ProjectError: there is no such server, no run, or the server cannot start.
    """
    if name not in available_servers():
        raise ProjectError(
            f"{name} is not a server of this project; it must be one of {', '.join(available_servers())}.",
            fix="Others are added by fwstart, where the framework has them: fwstart update --deploy server.",
        )
    options.check()
    export = EXPORTS / SERVERS[name].target
    _make_sure_of(export, which_run, runs_folder)
    module = importlib.import_module(SERVERS[name].module, __package__)
    return cast("Callable[[Path, ServeOptions], int]", module.serve)(export, options)


def token_of_the_environment() -> str | None:
    """Return the secret that clients must send, None where there is none."""
    return os.environ.get(TOKEN_VARIABLE)


def _make_sure_of(export: Path, which_run: str | None, runs_folder: Path) -> None:
    """Export the wanted run, unless its export is there."""
    is_there = (export / FILE_NAME).is_file()
    if is_there and which_run is None:
        print(f"{export} is the export of run {read_manifest(export).run}.", flush=True)
        return
    run = find_run(which_run or "latest", runs_folder)
    if is_there and read_manifest(export).run == run.path.name:
        return
    print(f"Exporting run {run.path.name} to {export} first.", flush=True)
    from .export import export as write_export  # the framework takes seconds to load

    write_export(run, export.name, folder=export)


def _is_there(module: str) -> bool:
    try:
        return find_spec(module, __package__) is not None
    except ModuleNotFoundError:  # the package that it would be in
        return False
