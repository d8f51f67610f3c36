"""How TF Serving is started on this machine: as a program, or in a container."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ...errors import ProjectError, command
from ...export.manifest import Manifest
from .config import CONTAINER_FOLDER, FILE_NAME, find_versions, models_config

PROGRAM = "tensorflow_model_server"
ENGINES = ("docker", "podman")
ENGINE_SECONDS = 30  # for an engine to say that it works
CONFIG_FOLDER = Path("deploy/server/tf-serving")  # batching.config and monitoring.config
CONTAINER_CONFIG_FOLDER = Path("/config")
CONTAINER_REST_PORT, CONTAINER_GRPC_PORT = 8501, 8500
WITHOUT = f"The embedded server needs neither: {command('serve')}"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the environment says of TF Serving: the names are those of the fields, with TF_SERVING_ before."""

    container_image: str | None = None  # one that you trust, by its digest or version
    grpc_port: int = 8500  # 0 is any free one
    batching: bool = False  # "on": as batching.config says
    open_to_all: bool = False  # "yes": the program may listen on every address, which it cannot help

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings in `environment`.

        Raises:
            ProjectError: a value that is not accepted.
        """
        port = environment.get("TF_SERVING_GRPC_PORT", "8500")
        if not (port.isdecimal() and int(port) <= 65535):
            raise ProjectError(
                f"TF_SERVING_GRPC_PORT is {port}; it must be from 0 to 65535, 0 is any free one.",
                fix="The default is 8500.",
            )
        return cls(
            container_image=environment.get("TF_SERVING_IMAGE") or None,
            grpc_port=int(port),
            batching=_is_on(environment, "TF_SERVING_BATCHING", "on", "off"),
            open_to_all=_is_on(environment, "TF_SERVING_OPEN_TO_ALL", "yes", "no"),
        )


def _is_on(environment: Mapping[str, str], name: str, yes: str, no: str) -> bool:
    value = environment.get(name, no)
    if value not in {yes, no}:
        raise ProjectError(f"{name} is {value}; it must be {yes} or {no}.", fix=f"The default is {no}.")
    return value == yes


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where TF Serving is asked."""

    rest: int
    grpc: int


@dataclass(frozen=True, kw_only=True)
class Launch:
    """The command that runs TF Serving in the foreground, and the one that removes what it may leave."""

    command: list[str]
    removal: list[str] | None = None


def choose_launch(
    export: Path, manifest: Manifest, folder: Path, *, host: str, ports: Ports, settings: Settings
) -> Launch:
    """Return how to start TF Serving: a container where one is set, else its program on the PATH.

    `folder` is an empty one for files of this start.

    Raises:
        ProjectError: neither is there, or the program would listen where nobody allowed it to.
    """
    for name in ("batching.config", "monitoring.config"):
        if not (CONFIG_FOLDER / name).is_file():
            raise ProjectError(
                f"{CONFIG_FOLDER / name} is missing.", fix="Run this in the project's folder, where it lies."
            )
    if settings.container_image:
        return _container(export, manifest, settings.container_image, host, ports, settings.batching)
    if program := shutil.which(PROGRAM):
        _refuse_to_open(ports, settings)
        return _program(program, export, manifest, folder, ports, settings.batching)
    raise ProjectError(
        f"TF Serving is not on this machine: no {PROGRAM} on the PATH, and TF_SERVING_IMAGE is not set.",
        fix=f"Install it, or Docker or Podman and set TF_SERVING_IMAGE (deploy/server). {WITHOUT}",
    )


def _refuse_to_open(ports: Ports, settings: Settings) -> None:
    if settings.open_to_all:
        return
    raise ProjectError(
        f"{PROGRAM} listens on every address of this machine, and has no option to change that.",
        fix=f"Set TF_SERVING_IMAGE, a container is held to --host. Or shut the ports {ports.rest} and"
        f" {ports.grpc} with a firewall and set TF_SERVING_OPEN_TO_ALL=yes. {WITHOUT}",
    )


def _program(
    program: str, export: Path, manifest: Manifest, folder: Path, ports: Ports, batching: bool
) -> Launch:
    models = export.resolve() / manifest.name
    config = folder / FILE_NAME
    config.write_text(models_config(manifest.name, models, find_versions(models)), encoding="utf-8")
    return Launch(command=[program, *_flags(config, CONFIG_FOLDER.resolve(), ports, batching)])


def _container(
    export: Path, manifest: Manifest, container_image: str, host: str, ports: Ports, batching: bool
) -> Launch:
    engine = _usable_engine()
    if not _succeeds([engine, "image", "inspect", container_image]):
        raise ProjectError(
            f"The container image {container_image} is not on this machine.",
            fix=f"Fetch it once: {Path(engine).name} pull {container_image}",
        )
    name = f"{manifest.name}-tf-serving-{os.getpid()}"
    address = {"localhost": "127.0.0.1", "::1": "[::1]"}.get(host, host)
    inside = Ports(rest=CONTAINER_REST_PORT, grpc=CONTAINER_GRPC_PORT)
    config = CONTAINER_FOLDER / FILE_NAME
    command = [
        *(engine, "run", "--rm", "--init", "--pull=never", f"--name={name}"),
        *("--read-only", "--tmpfs=/tmp:size=64m,noexec,nosuid,nodev", "--pids-limit=512"),
        *("--cap-drop=ALL", "--security-opt=no-new-privileges"),
        "--userns=keep-id" if Path(engine).name == "podman" else f"--user={os.getuid()}:{os.getgid()}",
        f"--publish={address}:{ports.rest}:{inside.rest}",
        f"--publish={address}:{ports.grpc}:{inside.grpc}",
        f"--volume={export.resolve()}:{CONTAINER_FOLDER}:ro",
        f"--volume={CONFIG_FOLDER.resolve()}:{CONTAINER_CONFIG_FOLDER}:ro",
        f"--entrypoint={PROGRAM}",
        container_image,
        *_flags(config, CONTAINER_CONFIG_FOLDER, inside, batching),
    ]
    return Launch(command=command, removal=[engine, "rm", "--force", name])


def _flags(models: Path, folder: Path, ports: Ports, batching: bool) -> list[str]:
    """Return the options of the program; `folder` holds the other two files, as the program sees it."""
    flags = [
        f"--rest_api_port={ports.rest}",
        f"--port={ports.grpc}",
        f"--model_config_file={models}",
        f"--monitoring_config_file={folder / 'monitoring.config'}",
        "--allow_version_labels_for_unavailable_models=true",  # they are not loaded when it reads the labels
        "--file_system_poll_wait_seconds=0",  # what was checked is served, until it is started again
        "--max_num_load_retries=0",  # a model that cannot be loaded ends it at once, not after five minutes
    ]
    if batching:
        flags += ["--enable_batching=true", f"--batching_parameters_file={folder / 'batching.config'}"]
    return flags


def _usable_engine() -> str:
    found = [path for name in ENGINES if (path := shutil.which(name))]
    for engine in found:
        if _succeeds([engine, "info"]):
            return engine
    problem = f"`{found[0]} info` fails." if found else "There is no docker or podman."
    raise ProjectError(
        f"TF_SERVING_IMAGE is set, and needs a container engine. {problem}",
        fix=f"Start or install one, or install {PROGRAM} and unset TF_SERVING_IMAGE. {WITHOUT}",
    )


def _succeeds(command: list[str]) -> bool:
    try:
        subprocess.run(command, capture_output=True, timeout=ENGINE_SECONDS, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return False
    return True
