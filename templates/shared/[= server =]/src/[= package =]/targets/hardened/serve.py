"""The hardened server: it listens, keeps a process at work, and replaces that if it dies."""

import logging.config
import socket
from contextlib import suppress
from multiprocessing.synchronize import Event
from pathlib import Path

from ...errors import EXIT_DONE, ProjectError
from ...processes import BACKLOG, listening
from ...serving.onnx_model import OnnxModel
from ...serving.serve import TOKEN_VARIABLE, ServeOptions, check_token, is_loopback
from .observation import LOGGING
from .supervision import SPAWN, end_with_parent, supervise

KEEP_ALIVE_SECONDS = 15
SHUTDOWN_SECONDS = 30  # for requests in flight
OPEN_FILES = (65536, 10240)  # tried in turn: macOS refuses more than its kern.maxfilesperproc


def check(options: ServeOptions) -> None:
    """Make sure that not everybody on the network can ask.

    Raises:
        ProjectError: everybody could, or no client could send the token.
    """
    if options.token is not None:
        check_token(options.token)
    elif not is_loopback(options.host):
        raise ProjectError(
            f"--host {options.host} is open to the network, and no token is asked for.",
            fix=f"Set {TOKEN_VARIABLE} to a secret, or serve on --host 127.0.0.1.",
        )


def serve(export: Path, options: ServeOptions) -> int:
    """Serve the export in a folder until a signal ends it, and return the exit code.

    SIGINT and SIGTERM let the requests in flight finish. A worker that dies is replaced; the socket belongs
    to the process that watches it, so that requests which come meanwhile wait instead of being refused.

    Raises:
        ProjectError: the export cannot be served, the port is in use, or the options are not safe.
    """
    check(options)
    OnnxModel(export)  # what is wrong with it is said here, once, and not by every worker
    logging.config.dictConfig(LOGGING)
    allow_many_connections()
    with listening(options.host, options.port) as listener:
        arguments = (export.resolve(), options, listener, SPAWN.Event())
        supervise(_work, arguments, stop_seconds=SHUTDOWN_SECONDS + 5)
    return EXIT_DONE


def _work(export: Path, options: ServeOptions, listener: socket.socket, is_announced: Event) -> None:
    """Answer requests until a signal comes; the first worker says where."""
    end_with_parent()
    # The process that watches over this one need not wait until these are imported.
    from uvicorn import Config, Server

    from ...serving.server import announce
    from .app import load_app
    from .http_protocol import BoundedHttpProtocol

    config = Config(
        load_app(export, options),
        http=BoundedHttpProtocol,
        ws="none",
        log_config=LOGGING,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    with suppress(KeyboardInterrupt):  # raised again by uvicorn, once it has shut down
        if not is_announced.is_set():
            is_announced.set()
            announce(listener, options)
        Server(config).run(sockets=[listener])


def allow_many_connections() -> None:
    """Raise the limit of open files as far as the system lets it: every connection is one."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if now == resource.RLIM_INFINITY:
        return
    tried = OPEN_FILES if most == resource.RLIM_INFINITY else (most, *OPEN_FILES)
    for limit in (each for each in tried if now < each <= tried[0]):
        with suppress(ValueError, OSError):  # the server works with fewer, too
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, most))
            return
