"""The server of every project: FastAPI on uvicorn, for this machine only."""

import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

import uvicorn

from ..errors import EXIT_DONE, ProjectError
from ..export.targets import command_to_add
from ..processes import listening
from .app import create_app
from .known_hosts import LOCAL_HOSTS
from .onnx_model import OnnxModel
from .serve import TOKEN_VARIABLE, ServeOptions, is_loopback, open_in_browser, url_of

SHUTDOWN_SECONDS = 5  # for requests in flight


def check(options: ServeOptions) -> None:
    """Make sure that only this machine can ask.

    Raises:
        ProjectError: others could, and this server has no token and no limits.
    """
    if not is_loopback(options.host):
        raise ProjectError(
            f"--host {options.host} is open to the network, and this project's server is for this machine"
            " only: it has no token and no limits.",
            fix=f"Leave out --host, or add the server that has them: {command_to_add('server')}",
        )


def serve(export: Path, options: ServeOptions) -> int:
    """Serve the export in a folder until Ctrl-C or SIGTERM, and return the exit code.

    Raises:
        ProjectError: the export cannot be served, the port is in use, or others could ask.
    """
    check(options)
    if options.token is not None:
        print(f"{TOKEN_VARIABLE} is not used: only this machine can ask, without a token.", file=sys.stderr)
    app = create_app(OnnxModel(export), hosts=[*LOCAL_HOSTS, options.host])
    with listening(options.host, options.port) as listener:
        config = uvicorn.Config(
            app,
            access_log=False,
            log_level="warning",
            proxy_headers=False,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it as Ctrl-C does
        with suppress(KeyboardInterrupt):  # raised again by uvicorn, once it has shut down
            announce(listener, options)
            uvicorn.Server(config).run(sockets=[listener])
    return EXIT_DONE


def announce(listener: socket.socket, options: ServeOptions) -> None:
    """Print where the server is, and open its page if that is wanted.

    Its socket listens already: what is asked before uvicorn has started is answered then.
    """
    url = url_of(options.host, listener.getsockname()[1])
    print(f"{url} answers; {url}/docs says how to ask, Ctrl-C ends it.", flush=True)
    if options.open_page:
        open_in_browser(url)
