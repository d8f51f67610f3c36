"""`serve --with tf-serving`: TF Serving in the foreground, ready once it has made a prediction."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ...errors import EXIT_DONE, ProjectError
from ...export.manifest import Manifest, check_files, read_manifest
from ...extras import require_extra
from ...interrupts import Interrupts
from ...serving.client import Client, ServedModel, ServerError
from ...serving.options import ServeOptions, is_loopback, url_of
from .command import Launch, Ports, Settings, choose_launch

STARTUP_SECONDS = 300  # a large model on a slow disk
STOP_SECONDS = 10  # then it is killed
POLL_SECONDS = 0.2
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def serve(export: Path, options: ServeOptions) -> int:
    """Run TF Serving on the SavedModels in `export` until Ctrl-C or SIGTERM; return the exit code.

    Raises:
        ProjectError: TF Serving or the extra is missing, a port is in use, it cannot do what the options
            ask, or it does not get ready.
    """
    require_extra("tf-serving", module="tensorflow_serving", wanted_by="serve --with tf-serving")
    _refuse_what_it_cannot(options)
    settings = Settings.of(os.environ)
    manifest = read_manifest(export)
    check_files(export, manifest)
    ports = _free_ports(options.host, options.port, settings.grpc_port)
    with tempfile.TemporaryDirectory(prefix="tf-serving-") as folder:
        launch = choose_launch(
            export, manifest, Path(folder), host=options.host, ports=ports, settings=settings
        )
        with Interrupts() as interrupts, _started(launch) as process:
            url = url_of(options.host, ports.rest)
            if _is_ready(process, url, manifest, interrupts):
                print(*_announcement(url, ports, manifest, options), sep="\n", flush=True)
            while not interrupts.requested:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(POLL_SECONDS)
                    raise _ended(process, "by itself")
    print("TF Serving has stopped.")
    return EXIT_DONE


def _refuse_what_it_cannot(options: ServeOptions) -> None:
    if options.token is not None:
        raise ProjectError(
            "SERVE_TOKEN is set, and TF Serving asks nobody for a token.",
            fix="Unset it, and let a reverse proxy before TF Serving ask; or use the embedded server.",
        )
    if not is_loopback(options.host):
        raise ProjectError(
            f"--host {options.host} is open to the network, and TF Serving asks nobody for a token.",
            fix="Serve on --host 127.0.0.1, behind a reverse proxy; or use the embedded server.",
        )


def _free_ports(host: str, rest: int, grpc: int) -> Ports:
    """Return the ports, once they were found free; 0 becomes any free one."""
    with _opened(host, rest, "--port") as first, _opened(host, grpc, "TF_SERVING_GRPC_PORT") as second:
        return Ports(rest=first.getsockname()[1], grpc=second.getsockname()[1])


def _opened(host: str, port: int, setting: str) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ProjectError(
            f"{host}:{port} cannot be listened on ({error.strerror or error}).",
            fix=f"Choose another {setting}: 0 takes any free one.",
        ) from error


@contextmanager
def _started(launch: Launch) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the server in a process group of its own, and leave nothing of it behind."""
    process = subprocess.Popen(  # noqa: S603
        launch.command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),
        start_new_session=True,  # Ctrl-C in a terminal goes to this process only, which stops that one
        preexec_fn=_end_with_parent(os.getpid()),
    )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if launch.removal:
            subprocess.run(launch.removal, capture_output=True, check=False)  # noqa: S603


def _end_with_parent(parent: int) -> Callable[[], None]:
    """Return what makes Linux end the new process should its parent be killed; elsewhere it does nothing."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it was killed before the line above
            os.kill(os.getpid(), signal.SIGTERM)

    return ask


def _is_ready(
    process: "subprocess.Popen[bytes]", url: str, manifest: Manifest, interrupts: Interrupts
) -> bool:
    """Wait until the server has made a real prediction; return False if it was interrupted before."""
    deadline = time.monotonic() + STARTUP_SECONDS
    with Client(url, ServedModel.of(manifest)) as client:
        while not interrupts.requested:
            try:
                client.wait_until_ready(timeout_seconds=POLL_SECONDS)
            except ServerError as error:
                if process.poll() is not None:
                    raise _ended(process, "while it started") from error
                if not error.may_pass or time.monotonic() >= deadline:
                    raise
            else:
                return True
    return False


def _ended(process: "subprocess.Popen[bytes]", when: str) -> ProjectError:
    return ProjectError(
        f"TF Serving ended {when}, with exit code {process.returncode}.", fix="Its messages above say why."
    )


def _announcement(url: str, ports: Ports, manifest: Manifest, options: ServeOptions) -> list[str]:
    lines = [
        f"TF Serving is ready: {url}/v1/models/{manifest.name}:predict, and by gRPC at port {ports.grpc}.",
        f"{url}/v1/models/{manifest.name}/labels/stable:predict asks the version before the newest.",
        f"Metrics for Prometheus: {url}/monitoring/prometheus/metrics. Ctrl-C ends it.",
    ]
    return lines + (["TF Serving has no page to open; the embedded server has."] if options.open_page else [])
