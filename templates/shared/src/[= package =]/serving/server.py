"""The embedded server: it listens, keeps a process at work, and says when that is ready."""

import logging.config
import socket
import sys
import threading
import time
import urllib.request
import webbrowser
from contextlib import suppress
from functools import partial
from pathlib import Path

from ..errors import EXIT_DONE
from ..processes import BACKLOG, listening
from .observation import LOGGING
from .onnx_model import OnnxModel
from .options import ServeOptions, url_of
from .supervision import end_with_parent, supervise

KEEP_ALIVE_SECONDS = 15
SHUTDOWN_SECONDS = 30  # for requests in flight
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
    logging.config.dictConfig(LOGGING)
    _allow_many_connections()
    is_over = threading.Event()
    with listening(options.host, options.port) as listener:
        url = url_of(options.host, listener.getsockname()[1])
        threading.Thread(target=_announce, args=(url, options, is_over), daemon=True).start()
        try:
            supervise(_work, (export.resolve(), options.token, listener), stop_seconds=SHUTDOWN_SECONDS + 5)
        finally:
            is_over.set()
    return EXIT_DONE


def _work(export: Path, token: str | None, listener: socket.socket) -> None:
    """Answer requests until a signal comes."""
    end_with_parent()
    # The process that watches over this one need not wait until these are imported.
    from uvicorn import Config, Server

    from .app import load_app
    from .http_protocol import BoundedHttpProtocol

    config = Config(
        partial(load_app, export, token),
        factory=True,
        http=BoundedHttpProtocol,
        ws="none",
        lifespan="on",
        log_config=LOGGING,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    with suppress(KeyboardInterrupt):  # raised again by uvicorn, once it has shut down
        Server(config).run(sockets=[listener])


def _announce(url: str, options: ServeOptions, is_over: threading.Event) -> None:
    """Say where the server is as soon as it has made a prediction."""
    deadline = time.monotonic() + READY_SECONDS
    while not is_over.is_set() and time.monotonic() < deadline:
        try:
            # The URL is our own, and http.
            with urllib.request.urlopen(f"{url}/healthz", timeout=READY_SECONDS):  # noqa: S310  # nosec B310
                break
        except OSError:
            is_over.wait(0.1)
    else:
        return
    print(f"{url} answers; {url}/docs says how to ask, Ctrl-C ends it.", flush=True)
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
