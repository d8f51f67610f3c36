"""`serve --with torchserve`: TorchServe in the foreground, with its settings in a new folder."""

import json
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree

from ...config.settings import ModelConfig
from ...errors import EXIT_DONE, ProjectError, command, require_extra
from ...export.manifest import Manifest, check_files, read_manifest
from ...model.device import threads_for
from ...model.sizes import network_size
from ...processes import Interrupts
from ...serving.child_server import Watch, predicts
from ...serving.serve import TOKEN_VARIABLE, ServeOptions, url_of
from .java import find_java
from .ports import choose_ports
from .process import started
from .settings import (
    LOCAL,
    STARTUP_SECONDS,
    STORE,
    Batching,
    Ports,
    config_properties,
    log_settings,
)

LOG_LINES = 12  # of its logs, shown when it does not run
_IMPORTED = re.compile(r"^from (\S+) import TorchServeHandler$", re.MULTILINE)  # in the archive's handler
ARCHIVED = (
    "TorchServe is archived since 2025-08 and gets no security patches."
    f" The embedded server is maintained: {command('serve')}"
)


@dataclass(frozen=True, kw_only=True)
class Server:
    """A TorchServe that was started: its folder, what it serves and where."""

    folder: Path
    manifest: Manifest
    url: str
    ports: Ports


def serve(export: Path, options: ServeOptions) -> int:
    """Run TorchServe on the archive in `export` until Ctrl-C or SIGTERM; return the exit code.

    Raises:
        ProjectError: Java, the extra or the archive is missing, a port is in use, or it does not get ready.
    """
    if os.name == "nt":
        raise ProjectError(
            "serve --with torchserve runs on Linux and macOS only.",
            fix="Use WSL, or the embedded server: leave out --with torchserve.",
        )
    require_extra("torchserve", module="ts", wanted_by="serve --with torchserve")
    manifest = _checked(export)
    java = find_java()
    ports = choose_ports(options.host, options.port)
    size = network_size(ModelConfig(**manifest.config["model"]), manifest.input_spec)
    _say_what_is_not_used(options)
    print("Starting TorchServe; its worker takes up to a minute to load the model.", flush=True)
    with _run_folder(manifest.name) as folder:
        settings = config_properties(
            host=options.host,
            ports=ports,
            store=export.resolve() / STORE,
            name=manifest.name,
            batching=Batching(),
        )
        (folder / "config.properties").write_text(settings, encoding="utf-8")
        (folder / "log4j2.xml").write_text(log_settings(folder), encoding="utf-8")
        with Interrupts() as interrupts, started(java, folder, num_threads=threads_for(size)) as process:
            url = url_of(options.host, ports.inference)
            server = Server(folder=folder, manifest=manifest, url=url, ports=ports)
            Watch(
                process=process,
                startup_seconds=STARTUP_SECONDS,
                is_ready=lambda: _is_ready(server),
                announce=lambda: print(*_announcement(server), sep="\n", flush=True),
                failure=lambda problem: _failure(server, problem),
            ).until_interrupted(interrupts)
    print("TorchServe has stopped.")
    return EXIT_DONE


def _checked(export: Path) -> Manifest:
    """Return the manifest of an export whose files and handler are there."""
    manifest = read_manifest(export)
    check_files(export, manifest)
    _check_handler(export)
    return manifest


def _check_handler(export: Path) -> None:
    """Refuse an archive whose handler imports a module that is not there: no worker could start."""
    for archive in (export / STORE).glob("*.mar"):
        with zipfile.ZipFile(archive) as packed:
            sources = [packed.read(name).decode() for name in packed.namelist() if name.endswith(".py")]
        for module in (found for source in sources for found in _IMPORTED.findall(source)):
            if not _is_there(module):
                raise ProjectError(
                    f"{archive} needs the module {module}, which is not there: this project's files moved.",
                    fix=f"Export again: {command('export --to torchserve')}",
                )


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the package that it would be in
        return False


def _say_what_is_not_used(options: ServeOptions) -> None:
    if options.token is not None:
        print(f"{TOKEN_VARIABLE} is not used: TorchServe makes its own key.")
    if options.open_page:
        print("--open is not used: TorchServe has no page; the embedded server has one.")


@contextmanager
def _run_folder(name: str) -> Iterator[Path]:
    """Yield a new folder that only this user can read; after an error it stays, for the logs in it."""
    # A short path: that of a worker's socket in it may have 107 characters.
    folder = Path(tempfile.mkdtemp(prefix=f"{name[:20]}-"))
    yield folder
    rmtree(folder, ignore_errors=True)


def _is_ready(server: Server) -> bool:
    """Return whether it predicts: its own /ping says Healthy while no worker can start."""
    key = _save_inference_key(server.folder)
    return key is not None and predicts(server.url, server.manifest, token=key)


def _save_inference_key(folder: Path) -> str | None:
    """Write the key that clients need next to TorchServe's file of all keys; None until there is one."""
    try:
        keys = json.loads((folder / "key_file.json").read_text(encoding="utf-8"))
        key = str(keys["inference"]["key"])
    except (OSError, ValueError, KeyError):
        return None
    (folder / "inference.key").touch(mode=0o600)
    (folder / "inference.key").write_text(key, encoding="utf-8")
    return key


def _announcement(server: Server) -> list[str]:
    return [
        f"TorchServe is ready: {server.url}/v1/models/{server.manifest.name}:predict",
        f"Clients need its key: export {TOKEN_VARIABLE}=$(cat {server.folder / 'inference.key'})",
        f"Metrics for Prometheus: http://{LOCAL}:{server.ports.metrics}/metrics",
        f"Its log: {server.folder / 'torchserve.log'}",
        ARCHIVED,
    ]


def _failure(server: Server, problem: str) -> ProjectError:
    lines: list[str] = []
    for name in ("java.log", "torchserve.log"):
        with suppress(OSError):
            lines += (server.folder / name).read_text(encoding="utf-8", errors="replace").splitlines()
    shown = "".join(f"{os.linesep}    {line[:200]}" for line in lines[-LOG_LINES:])
    return ProjectError(
        f"TorchServe {problem}. The end of its log:{shown}", fix=f"All of it is in {server.folder}."
    )
