"""The embedded server's processes: one that answers, and one that starts it again if it dies."""

import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from functools import partial
from multiprocessing import parent_process
from pathlib import Path

from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.supervisors import Multiprocess

from ..errors import EXIT_DONE, EXIT_FAILED, ProjectError
from .app import load_app
from .http_protocol import BoundedHttpProtocol
from .observation import LOGGING
from .onnx_model import OnnxModel
from .options import ServeOptions, url_of

BACKLOG = 2048  # connections that wait while the server is busy or starts again
KEEP_ALIVE_SECONDS = 15
SHUTDOWN_SECONDS = 30  # for requests in flight
START_SECONDS = 60  # after which a process that has not answered counts as hung
READY_SECONDS = 120


def serve(export: Path, options: ServeOptions) -> int:
    """Serve the export in a folder until a signal ends it, and return the exit code.

    SIGINT and SIGTERM let the requests in flight finish. A worker that dies is replaced; the socket belongs
    to the process that watches it, so that requests which come meanwhile wait instead of being refused.

    Raises:
        ProjectError: the export cannot be served, the port is in use, or the options are not safe.
    """
    options.check()
    OnnxModel(export).check()  # what is wrong with it is said here, once, and not by every worker
    with listening(options.host, options.port) as listener:
        _allow_many_connections()
        supervisor = _Supervisor(_config(export, options), [listener])
        url = url_of(options.host, listener.getsockname()[1])
        threading.Thread(target=_announce, args=(url, options, supervisor.should_exit), daemon=True).start()
        supervisor.run()
    return EXIT_FAILED if supervisor.failed else EXIT_DONE


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        ProjectError: the port is in use, may not be used, or the host is not this machine's.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ProjectError(
            f"{host}:{port} cannot be listened on ({reason}).",
            fix="Choose another port: --port 0 takes any free one.",
        ) from error
    listener.set_inheritable(True)
    return listener


def _config(export: Path, options: ServeOptions) -> Config:
    return Config(
        partial(_worker_app, export.resolve(), options.token),
        factory=True,
        http=BoundedHttpProtocol,
        ws="none",
        lifespan="on",
        workers=1,
        log_config=LOGGING,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        timeout_worker_healthcheck=START_SECONDS,
    )


def _worker_app(export: Path, token: str | None) -> ASGIApp:
    """Return the application, in a process that ends when the one that started it does."""
    if parent := parent_process():
        threading.Thread(target=_end_with, args=(parent.join,), daemon=True).start()
    return load_app(export, token)


def _end_with(wait_for_parent: "partial[None]") -> None:
    wait_for_parent()
    os.kill(os.getpid(), signal.SIGTERM)


class _Supervisor(Multiprocess):
    @property
    def failed(self) -> bool:
        """Whether a worker could not even start."""
        return any(process.exitcode not in {0, None, -signal.SIGTERM} for process in self.processes)

    def handle_hup(self) -> None:
        """End when the terminal is closed; uvicorn would start the worker again."""
        self.should_exit.set()


def _announce(url: str, options: ServeOptions, is_over: threading.Event) -> None:
    """Say where the server is as soon as it has made a prediction."""
    deadline = time.monotonic() + READY_SECONDS
    while not is_over.is_set() and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=READY_SECONDS):  # noqa: S310 - http alone
                break
        except (OSError, urllib.error.URLError):
            is_over.wait(0.1)
    else:
        return
    print(f"{url} answers; /docs says how to ask, Ctrl-C ends it.", flush=True)
    if options.open_page and not webbrowser.open(url):
        print(f"No browser could be opened: open {url} yourself.", file=sys.stderr)


def _allow_many_connections() -> None:
    """Raise the limit of open files to what the system allows: every connection is one."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most if most != resource.RLIM_INFINITY else 65536
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
