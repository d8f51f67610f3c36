"""A run of this project as a backbone: what it has learned from other samples, without its last layer."""

from pathlib import Path
from typing import Any

from ...config.settings import ModelConfig
from ...data.codec import InputSpec
from ...errors import ProjectError
from ...runs.backbone import Backbone
from ...runs.run import Run
from .source import Files, fingerprint


def is_run(folder: Path) -> bool:
    """Return whether a run of this project lies in the folder."""
    return (folder / "run.json").is_file()


def files_of(folder: Path) -> Files:
    """Return the file of the run's best model.

    Raises:
        ProjectError: it has saved no model yet.
    """
    found = sorted((folder / "checkpoints").glob("best.*"))
    if not found:
        raise ProjectError(f"{folder} is a run that has saved no model yet.", fix="Name another run.")
    return {found[0].name: found[0]}


def described(folder: Path, name: str, scaling: tuple[list[float], list[float]], library: str) -> Backbone:
    """Return what the run says of its network; `scaling` are the mean and the deviation of each channel."""
    record = Run(folder).read_record()
    if record.backbone:
        raise ProjectError(
            f"{folder} itself began with {record.backbone.name}.",
            fix="Begin with the same weights, or name a run that began with none.",
        )
    mean, std = scaling
    spec = record.input_spec
    return Backbone(
        name=f"local:{name}",
        library=library,
        architecture={
            "run": {
                "model": record.config.model.model_dump(),
                "shape": spec.shape,
                "num_classes": len(record.class_names),
            }
        },
        mean=tuple(mean),
        std=tuple(std),
        size=(spec.shape[0], spec.shape[1]),
        interpolation=spec.interpolation,
        source=str(folder),
        license="your own",
        **fingerprint(files_of(folder)),
    )


def network_options(backbone: Backbone) -> dict[str, Any] | None:
    """Return the options of `build_model` for the run's network, None if the backbone is not a run."""
    values = backbone.architecture.get("run")
    if values is None:
        return None
    return {
        "config": ModelConfig(**values["model"]),
        "input_spec": InputSpec(shape=tuple(values["shape"])),
        "num_classes": values["num_classes"],
    }
