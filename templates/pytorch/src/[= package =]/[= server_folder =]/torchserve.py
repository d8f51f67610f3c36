"""`serve --with torchserve`: TorchServe in the foreground, with settings and a temporary folder of its own."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree

from ..client import Client, ServedModel, ServerError
from ..errors import EXIT_DONE, ProjectError
from ..extras import require_extra
from ..interrupts import Interrupts
from ..manifest import Manifest, check_files, read_manifest
from ..serving.options import ServeOptions, url_of
from .java import find_java
from .ports import choose_ports
from .torchserve_settings import (
    LOCAL,
    STARTUP_SECONDS,
    STORE,
    Batching,
    Ports,
    config_properties,
    log_settings,
)

STOP_SECONDS = 15  # for TorchServe to end its workers; then they are killed
POLL_SECONDS = 0.2
LOG_LINES = 15  # of its log, shown when it does not start
PR_SET_PDEATHSIG = 1  # linux/prctl.h
ARCHIVED = (
    "TorchServe is archived since 2025-08 and gets no security patches;"
    " the maintained choice is the embedded server: `serve` without --with."
)


def serve(export: Path, options: ServeOptions) -> int:
    """Run TorchServe on the archive in `export` until Ctrl-C or SIGTERM; return the exit code.

    Raises:
        ProjectError: Java, the extra or the archive is missing, a port is in use, or it does not get ready.
    """
    require_extra("torchserve", module="ts", wanted_by="serve --with torchserve")
    manifest = read_manifest(export)
    check_files(export, manifest)
    java = find_java()
    ports = choose_ports(options.host, options.port)
    with _run_folder(manifest.name) as folder:
        settings = config_properties(
            host=options.host, ports=ports, store=export.resolve() / STORE, name=manifest.name, batching=Batching()
        )
        (folder / "config.properties").write_text(settings, encoding="utf-8")
        (folder / "log4j2.xml").write_text(log_settings(folder), encoding="utf-8")
        with Interrupts() as interrupts, _started(java, folder) as process:
            url = url_of(options.host, ports.inference)
            if _is_ready(process, folder, manifest, url, interrupts):
                print(*_announcement(folder, manifest, url, ports), sep="\n", flush=True)
            while not interrupts.requested:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(POLL_SECONDS)
                    raise _ended(folder, "TorchServe ended by itself")
    print("TorchServe has stopped.")
    return EXIT_DONE


def inference_key(folder: Path) -> str | None:
    """Return the key that clients must send, None while TorchServe has not written it."""
    try:
        keys = json.loads((folder / "key_file.json").read_text(encoding="utf-8"))
        return str(keys["inference"]["key"])
    except (OSError, ValueError, KeyError):
        return None


@contextmanager
def _run_folder(name: str) -> Iterator[Path]:
    """Yield a folder that only this user can read; it is kept for its log when something fails."""
    # Short: the path of a worker's socket in it may have 107 characters.
    folder = Path(tempfile.mkdtemp(prefix=f"{name[:20]}-"))
    (folder / "tmp").mkdir()
    yield folder
    rmtree(folder, ignore_errors=True)


@contextmanager
def _started(java: Path, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start TorchServe in a process group of its own, and leave no process of it behind."""
    process = subprocess.Popen(  # noqa: S603
        _command(java, folder),
        cwd=folder,  # where it writes its keys
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=(folder / "java.log").open("wb"),
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C in a terminal goes to this process only, which stops that one
        preexec_fn=_end_with_parent(os.getpid()),
    )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):  # its workers are in its group
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


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


def _command(java: Path, folder: Path) -> list[str]:
    """Return the front end's command; the `torchserve` script would stay between it and the signals."""
    home = _torchserve()
    return [
        str(java),
        f"-Dmodel_server_home={home.parent}",
        f"-Djava.io.tmpdir={folder / 'tmp'}",
        f"-Dlog4j.configurationFile={(folder / 'log4j2.xml').as_uri()}",
        "-XX:-UsePerfData",
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
    specification = find_spec("ts")
    assert specification is not None and specification.origin is not None  # noqa: S101  `serve` made sure
    return Path(specification.origin).parent


def _environment(folder: Path) -> dict[str, str]:
    """Return this environment without another TorchServe's settings, and with this package for the workers."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TS_") and name not in {"LOG_LOCATION", "METRICS_LOCATION"}
    }
    temporary = str(folder / "tmp")
    here = str(Path(__file__).parents[2])
    paths = [here, *(str(Path(path).resolve()) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path)]
    return inherited | {
        "TMPDIR": temporary,
        "TEMP": temporary,
        "PYTHONPATH": os.pathsep.join(paths),
        "TS_DECODE_INPUT_REQUEST": "false",  # the handler reads the body as it was sent
    }


def _is_ready(
    process: "subprocess.Popen[bytes]", folder: Path, manifest: Manifest, url: str, interrupts: Interrupts
) -> bool:
    """Wait until TorchServe has made a real prediction; its own /ping says Healthy while no worker can load.

    Return False if it was interrupted before.
    """
    deadline = time.monotonic() + STARTUP_SECONDS
    while not interrupts.requested:
        if process.poll() is not None:
            raise _ended(folder, "TorchServe ended while it started")
        key = inference_key(folder)
        if key is None:
            time.sleep(POLL_SECONDS)
        else:
            with Client(url, ServedModel.of(manifest), token=key) as client:
                try:
                    client.wait_until_ready(timeout_seconds=1)
                except ServerError as error:
                    if not error.may_pass:
                        raise
                else:
                    return True
        if time.monotonic() >= deadline:
            raise _ended(folder, f"TorchServe made no prediction within {STARTUP_SECONDS} s")
    return False


def _ended(folder: Path, problem: str) -> ProjectError:
    lines = [
        line
        for name in ("java.log", "torchserve.log")
        for line in _text(folder / name).splitlines()
    ]
    shown = "".join(f"\n    {line}" for line in lines[-LOG_LINES:])
    return ProjectError(f"{problem}. The end of its log:{shown}", fix=f"All of it is in {folder}.")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _announcement(folder: Path, manifest: Manifest, url: str, ports: Ports) -> list[str]:
    return [
        f"TorchServe is ready: {url}/v1/models/{manifest.name}:predict",
        f"Clients need its key: export SERVE_TOKEN=$(jq -r .inference.key {folder / 'key_file.json'})",
        f"Metrics for Prometheus: http://{LOCAL}:{ports.metrics}/metrics",
        f"Its log: {folder / 'torchserve.log'}",
        ARCHIVED,
    ]
