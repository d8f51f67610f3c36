"""Saved models and states: complete or absent, and reading one never runs code from it."""

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any, Literal

import torch

from ..errors import ProjectError, command
from ..files import replacing
from ..runs.run import Run
from .device import choose_device, limit_threads
from .network import Classifier, build_model
from .sizes import network_size

CheckpointName = Literal["best", "last"]
STATE_NAMES = ("last", "previous")  # the newest first

State = dict[str, Any]  # tensors, numbers and strings only


def save_model(model: Classifier, run: Run) -> None:
    """Write the model's weights to the run's checkpoint `best`, atomically."""
    with replacing(run.checkpoints / "best.pt") as temporary:
        _write(model.state_dict(), temporary)


def load_model(run: Run, name: CheckpointName = "best") -> Classifier:
    """Return the model of the run's checkpoint `name`, ready to predict, on the GPU if there is one.

    Raises:
        ProjectError: the checkpoint is missing, damaged or from another model.
    """
    record = run.read_record()
    device = choose_device("auto")
    limit_threads(network_size(record.config.model, record.input_spec))
    model = build_model(
        record.config.model,
        input_spec=record.input_spec,
        num_classes=len(record.class_names),
        backbone=record.backbone,
    )
    path = run.checkpoints / f"{name}.pt"
    saved = _read(path, device)
    try:
        model.load_state_dict(saved if name == "best" else saved["model"])
    except (RuntimeError, KeyError, TypeError) as error:
        raise _refused(path, error) from error
    return model.to(device).eval()


def save_state(state: State, run: Run) -> None:
    """Write the state of training to the run's checkpoint `last`; the one before is kept as `previous`."""
    last, previous = (run.checkpoints / f"{name}.pt" for name in STATE_NAMES)
    with replacing(last, earlier_as=previous) as temporary:
        _write(state, temporary)


def _write(state: State, path: Path) -> None:
    # Given a path, `torch.save` turns the OSError of a full disk into another error.
    buffer = io.BytesIO()
    torch.save(state, buffer)
    path.write_bytes(buffer.getbuffer())


def load_state(run: Run) -> State:
    """Return the newest state of the run that can be read, on the CPU; warn of a damaged one.

    Raises:
        ProjectError: there is none, or none that can be read.
    """
    for path in (run.checkpoints / f"{name}.pt" for name in STATE_NAMES):
        if path.exists():
            try:
                return _read(path, torch.device("cpu"))
            except ProjectError as error:
                print(f"warning: {error.problem} Trying the one before it.")
    raise ProjectError(
        f"{run.checkpoints} holds no state to resume from.", fix=f"Start a new run: {command('train')}."
    )


def _read(path: Path, device: torch.device) -> State:
    try:
        with zipfile.ZipFile(path) as archive:
            if damaged := archive.testzip():  # torch.load does not compare the checksums
                raise zipfile.BadZipFile(f"{damaged} is damaged")
        state: State = torch.load(path, map_location=device, weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        raise _refused(path, error) from error
    return state


def _refused(path: Path, error: Exception) -> ProjectError:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return ProjectError(
        f"{path} is not a readable checkpoint of this model ({reason}).",
        fix=f"Choose another run. To list them, run: {command('runs')}",
    )
