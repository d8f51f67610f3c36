"""`serve --with tf-serving`: TF Serving in the foreground, ready once it has made a prediction."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import EXIT_DONE, ProjectError, require_extra
from ...export.manifest import Manifest, check_files, read_manifest
from ...processes import Interrupts, listening
from ...serving.child_server import Program, Watch, predicts, running
from ...serving.serve import ServeOptions, is_loopback, url_of
from .command import Launch, Ports, Settings, choose_launch

STARTUP_SECONDS = 300  # a large model on a slow disk
STOP_SECONDS = 10  # then it is killed


def serve(export: Path, options: ServeOptions) -> int:
    """Run TF Serving on the SavedModels in `export` until Ctrl-C or SIGTERM; return the exit code.

    Raises:
        ProjectError: TF Serving or the extra is missing, a port is in use, it cannot do what the options
            ask, it does not get ready, or this is Windows.
    """
    if os.name == "nt":
        raise ProjectError(
            "serve --with tf-serving runs on Linux and macOS only.",
            fix="Use WSL, or the embedded server: leave out --with tf-serving.",
        )
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
        url = url_of(options.host, ports.rest)
        print("Starting TF Serving; it warms up before it answers.", flush=True)
        with Interrupts() as interrupts, _started(launch) as process:
            Watch(
                process=process,
                startup_seconds=STARTUP_SECONDS,
                is_ready=lambda: predicts(url, manifest),
                announce=lambda: print(*_announcement(url, ports, manifest, options), sep="\n", flush=True),
                failure=_failure,
            ).until_interrupted(interrupts)
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
    fix = "Choose another one: TF_SERVING_GRPC_PORT=0 takes any free one."
    with listening(host, rest) as first, listening(host, grpc, fix=fix) as second:
        return Ports(rest=first.getsockname()[1], grpc=second.getsockname()[1])


@contextmanager
def _started(launch: Launch) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the server, and leave nothing of it behind, a container included."""
    try:
        with running(Program(command=launch.command, stop_seconds=STOP_SECONDS)) as process:
            yield process
    finally:
        if launch.removal:
            subprocess.run(launch.removal, capture_output=True, check=False)  # noqa: S603


def _failure(problem: str) -> ProjectError:
    return ProjectError(f"TF Serving {problem}.", fix="Its messages above say why.")


def _announcement(url: str, ports: Ports, manifest: Manifest, options: ServeOptions) -> list[str]:
    lines = [
        f"TF Serving is ready: {url}/v1/models/{manifest.name}:predict, and by gRPC at port {ports.grpc}.",
        f"{url}/v1/models/{manifest.name}/labels/stable:predict asks the version before the newest.",
        f"Metrics for Prometheus: {url}/monitoring/prometheus/metrics. Ctrl-C ends it.",
    ]
    return lines + (["TF Serving has no page to open; the embedded server has."] if options.open_page else [])
