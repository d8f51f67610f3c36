"""The verb `serve`: finds or makes the export that a server needs, and starts the server."""

from pathlib import Path
from typing import Protocol, cast

from ..export.manifest import FILE_NAME, read_manifest
from ..export.targets import chosen_module, export_folder, is_there
from ..runs.run import find_run, list_runs
from .options import ServeOptions

# Where each server is, and which export it serves; those of targets that this project does not have are
# not there.
SERVERS = {
    "embedded": ".serving.server",
    "torchserve": ".targets.torchserve.serve",
    "tf-serving": ".targets.tf_serving.serve",
    "browser": ".targets.browser.serve",
}
HARDENED = ".targets.hardened.serve"  # is the embedded server of projects that have it
EXPORT_OF = {
    "embedded": "onnx",
    "torchserve": "torchserve",
    "tf-serving": "saved-model",
    "browser": "browser",
}


class Server(Protocol):
    """A module that knows how to run one server."""

    def serve(self, export: Path, options: ServeOptions) -> int:
        """Serve the export in a folder until a signal ends it, and return the exit code.

        Raises:
            ProjectError: the export cannot be served, or something that the server needs is missing.
        """
        ...


class EmbeddedServer(Server, Protocol):
    """One that can tell before a model is exported whether it may be started."""

    def check(self, options: ServeOptions) -> None:
        """Make sure that the options are safe to serve with.

        Raises:
            ProjectError: they are not.
        """
        ...


def serve(name: str, options: ServeOptions, *, which_run: str | None, runs_folder: Path) -> int:
    """Serve a run's export until a signal ends it, and return the exit code.

    Without an export, or where `which_run` names another run than the export is of, it is exported first.

    Raises:
        ProjectError: there is no such server, no run, or the server cannot start.
    """
    servers = SERVERS | ({"embedded": HARDENED} if is_there(HARDENED) else {})
    server = cast("Server", chosen_module("server", name, servers))
    if name == "embedded":
        cast("EmbeddedServer", server).check(options)
    export = export_folder(EXPORT_OF[name])
    _make_sure_of(export, name, which_run, runs_folder)
    return server.serve(export, options)


def _say_if_another_is_newer(exported: str, server: str, runs_folder: Path) -> None:
    runs = [run.path.name for run in list_runs(runs_folder) if run.has("model")]
    if exported in runs and runs[-1] != exported:
        verb = "serve" if server == "embedded" else f"serve --with {server}"
        print(f"Run {runs[-1]} is newer: `{verb} --run latest` exports and serves it.", flush=True)


def _make_sure_of(export: Path, server: str, which_run: str | None, runs_folder: Path) -> None:
    """Export the wanted run for the server, unless its export is there."""
    exported = read_manifest(export).run if (export / FILE_NAME).is_file() else None
    if exported is not None and which_run is None:
        print(f"Serving {export}, the export of run {exported}.", flush=True)
        _say_if_another_is_newer(exported, server, runs_folder)
        return
    run = find_run(which_run or "latest", runs_folder)
    if exported != run.path.name:
        print(f"Exporting run {run.path.name} to {export} first.", flush=True)
        from ..export.export import export as write_export  # the framework takes seconds to load

        write_export(run, EXPORT_OF[server], folder=export)
