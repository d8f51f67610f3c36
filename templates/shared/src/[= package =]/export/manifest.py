"""What an export says of itself, in `manifest.json`, which servers, clients and devices read."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from ..data.codec import InputSpec
from ..errors import ProjectError, command
from ..files import sha256, write_json
from ..runs.backbone import Backbone

FILE_NAME = "manifest.json"
FORMAT = 2  # of this file; a reader refuses what it does not know
READABLE = (1, 2)  # until 0.6.0 it was 1, with the shape in the place of `input_spec`
EXPORT_AGAIN = f"Export the model again: {command('export')}"


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """An input or output of the model; the first dimension is the batch, -1 where it is free."""

    name: str
    dtype: Literal["float32", "uint8"]
    shape: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One artifact, as it was measured against the trained model; latencies are of one sample at a time."""

    variant: str
    runtime: str
    path: str
    num_bytes: int
    test_accuracy: float
    agreement: float
    logit_difference: float
    latency_p50_ms: float
    latency_p99_ms: float


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Where an exported model comes from, what goes in and out, and what its files must be."""

    target: str
    name: str
    created: str  # UTC, ISO 8601
    versions: dict[str, str]  # of the packages that exported it
    run: str
    git_commit: str | None  # None outside a repository; "-dirty" at its end with uncommitted changes
    config: dict[str, Any]
    num_parameters: int
    num_samples: dict[str, int]
    metrics: dict[str, float]
    class_names: tuple[str, ...]
    input_spec: InputSpec
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    variants: tuple[Variant, ...]
    sha256: dict[str, str]  # of every file of the artifacts, by its path
    format: int = FORMAT
    backbone: Backbone | None = None  # the pretrained weights that training began with

    def write(self, folder: Path) -> None:
        """Write `manifest.json` into `folder`."""
        write_json(folder / FILE_NAME, asdict(self))


def read_manifest(folder: Path) -> Manifest:
    """Return what `manifest.json` in `folder` says.

    Raises:
        ProjectError: it is missing, damaged, or of another format.
    """
    path = folder / FILE_NAME
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] not in READABLE:
            raise ValueError(f"format {values['format']}, expected {' or '.join(map(str, READABLE))}")
        read = {  # without pydantic, which devices do not have
            side: tuple(Tensor(**each | {"shape": tuple(each["shape"])}) for each in values[side])
            for side in ("inputs", "outputs")
        } | {
            "class_names": tuple(values["class_names"]),
            "input_spec": InputSpec.taken_from(values),
            "variants": tuple(Variant(**each) for each in values["variants"]),
            "format": FORMAT,
            "backbone": Backbone.taken_from(values.get("backbone")),
        }
        return Manifest(**values | read)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProjectError(f"{path} cannot be read ({error}).", fix=EXPORT_AGAIN) from error


def check_files(folder: Path, manifest: Manifest) -> None:
    """Make sure that every file of the export is the one that was written.

    Raises:
        ProjectError: a file is missing or was changed.
    """
    for name, expected in manifest.sha256.items():
        path = folder / name
        if not path.is_file() or sha256(path) != expected:
            raise ProjectError(f"{path} is not the file that was exported.", fix=EXPORT_AGAIN)
