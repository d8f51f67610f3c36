"""The command `serve`: finds or makes the export that a server needs, and starts the server."""

import ipaddress
import sys
import threading
import webbrowser
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

from ..errors import ProjectError, command
from ..export.manifest import FILE_NAME, read_manifest
from ..export.targets import chosen_module, export_folder, is_there
from ..runs.run import find_run, list_runs

TOKEN_VARIABLE = "SERVE_TOKEN"  # noqa: S105 - its name, not its value
# The module of each server, and which export it serves; a project has those of its own targets.
SERVERS = {
    "embedded": ".serving.server",
    "torchserve": ".targets.torchserve.serve",
    "tf-serving": ".targets.tf_serving.serve",
    "browser": ".targets.browser.serve",
}
HARDENED = ".targets.hardened.serve"  # the embedded server of projects that have it
EXPORT_OF = {
    "embedded": "onnx",
    "torchserve": "torchserve",
    "tf-serving": "saved-model",
    "browser": "browser",
}


@dataclass(frozen=True, kw_only=True)
class ServeOptions:
    """Where a server listens; `token` is the secret that clients send, where a server asks for one."""

    host: str = "127.0.0.1"
    port: int = 8080  # 0 is any free one
    token: str | None = field(default=None, repr=False)
    open_page: bool = False


class Server(Protocol):
    """A module that runs a server."""

    def serve(self, export: Path, options: ServeOptions) -> int:
        """Serve the export in a folder until a signal ends it, and return the exit code.

        Raises:
            ProjectError: the export cannot be served, or something that the server needs is missing.
        """
        ...


def serve(name: str, options: ServeOptions, *, which_run: str | None, runs_folder: Path) -> int:
    """Serve a run's export until a signal ends it, and return the exit code.

    The run is exported first if no export is there, or that of another run than `which_run` names.

    Raises:
        ProjectError: this project has no such server, there is no run, or the server cannot start.
    """
    servers = SERVERS | ({"embedded": HARDENED} if is_there(HARDENED) else {})
    server = chosen_module("server", name, servers)
    if name == "embedded":
        server.check(options)  # refuses what is not safe before anybody waits for an export
    export = export_folder(EXPORT_OF[name])
    exported = read_manifest(export).run if (export / FILE_NAME).is_file() else None
    if exported and not which_run:
        print(f"Serving {export}, the export of run {exported}.", flush=True)
        _say_if_another_is_newer(exported, name, runs_folder)
    else:
        run = find_run(which_run or "latest", runs_folder)
        if exported != run.path.name:
            print(f"Exporting run {run.path.name} to {export} first.", flush=True)
            from ..export.export import export as write_export  # the framework takes seconds to load

            write_export(run, EXPORT_OF[name], folder=export)
    return cast("Server", server).serve(export, options)


def _say_if_another_is_newer(exported: str, server: str, runs_folder: Path) -> None:
    runs = [run.path.name for run in list_runs(runs_folder) if run.has("model")]
    if exported in runs and runs[-1] != exported:
        words = "serve" if server == "embedded" else f"serve --with {server}"
        print(f"Run {runs[-1]} is newer. To serve it: {command(f'{words} --run latest')}", flush=True)


def check_token(token: str) -> None:
    """Make sure that clients can send the token, and that what arrives is the same.

    Raises:
        ProjectError: it is empty, holds characters that a header cannot carry, or has a space at an end.
    """
    if not (token and token.isascii() and token.isprintable()):
        raise ProjectError(
            f"{TOKEN_VARIABLE} is empty or holds characters that a header cannot carry.",
            fix=f"Set it to letters and digits, for example {TOKEN_VARIABLE}=$(openssl rand -hex 32).",
        )
    if token != token.strip():
        raise ProjectError(
            f"{TOKEN_VARIABLE} begins or ends with a space, which HTTP removes from a header.",
            fix=f'Set it without the space; in a command prompt of Windows: set "{TOKEN_VARIABLE}=<secret>"',
        )


def open_in_browser(url: str) -> None:
    """Open a page without waiting for the browser: one in the terminal returns when it is closed."""
    threading.Thread(target=_open, args=(url,), daemon=True).start()


def _open(url: str) -> None:
    if not webbrowser.open(url):
        print(f"No browser could be opened: open {url} yourself.", file=sys.stderr)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def url_of(host: str, port: int) -> str:
    """Return the address under which this machine reaches what listens on `host`."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104  # nosec B104
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
