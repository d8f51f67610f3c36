"""Saved models and states: complete or absent, and reading one never runs code from it."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile

import keras
import numpy as np

from ..errors import ProjectError, command
from ..files import replacing
from ..runs.run import Run
from .network import NORMALIZATION, Classifier, build_model

CheckpointName = Literal["best", "last"]
STATE_NAMES = ("last", "previous")  # the newest first

State = dict[str, Any]  # arrays and numbers; read back, numbers are arrays without dimensions

UNREADABLE = (OSError, ValueError, KeyError, EOFError, BadZipFile)


def save_model(model: Classifier, run: Run) -> None:
    """Write the model to the run's checkpoint `best`, atomically."""
    with replacing(run.checkpoints / "best.keras") as temporary:
        model.save(temporary)


def load_model(run: Run, name: CheckpointName = "best") -> Classifier:
    """Return the model of the run's checkpoint `name`, ready to predict, on the GPU if there is one.

    Raises:
        ProjectError: the checkpoint is missing, damaged or from another model.
    """
    record = run.read_record()
    # Only the weights are read: a new model computes in float32, wherever it was trained.
    model = build_model(
        record.config.model,
        input_spec=record.input_spec,
        num_classes=len(record.class_names),
        backbone=record.backbone,
    )
    path = run.checkpoints / ("best.keras" if name == "best" else "last.npz")
    try:
        if name == "best":
            _load_weights(model, path, may_be_earlier=record.backbone is None)
        else:
            assign_variables(model.variables, _read(path), "model")
            model.get_layer(NORMALIZATION).finalize_state()
    except UNREADABLE as error:
        raise _refused(path, error) from error
    return model


def _load_weights(model: Classifier, path: Path, *, may_be_earlier: bool) -> None:
    """Read the weights; a run of 0.6.0 or earlier has one mean and deviation for all channels."""
    try:
        with warnings.catch_warnings():
            # Keras 3.15 warns of the layers after the one that it then refuses.
            warnings.filterwarnings("ignore", message="Skipping nested container")
            model.load_weights(path)
    except ValueError:
        if not may_be_earlier:
            raise
        earlier = keras.models.clone_model(model, clone_function=_as_earlier)
        earlier.load_weights(path)
        assign_variables(model.variables, variables_as_state(earlier.variables, "model"), "model")
        model.get_layer(NORMALIZATION).finalize_state()


def _as_earlier(layer: keras.Layer) -> keras.Layer:
    shared = {"axis": None} if layer.name == NORMALIZATION else {}
    return type(layer).from_config(layer.get_config() | shared)


def save_state(state: State, run: Run) -> None:
    """Write the state of training to the run's checkpoint `last`; the one before is kept as `previous`."""
    last, previous = (run.checkpoints / f"{name}.npz" for name in STATE_NAMES)
    with replacing(last, earlier_as=previous) as temporary:
        np.savez(temporary, allow_pickle=False, **state)


def load_state(run: Run) -> State:
    """Return the newest state of the run that can be read; warn of a damaged one.

    Raises:
        ProjectError: there is none, or none that can be read.
    """
    for path in (run.checkpoints / f"{name}.npz" for name in STATE_NAMES):
        if path.exists():
            try:
                return _read(path)
            except ProjectError as error:
                print(f"warning: {error.problem} Trying the one before it.")
    raise ProjectError(
        f"{run.checkpoints} holds no state to resume from.", fix=f"Start a new run: {command('train')}."
    )


def variables_as_state(variables: Sequence[keras.Variable], name: str) -> State:
    """Return the values of `variables` in their order, as the part of a state that is called `name`."""
    return {f"{name}/{number}": variable.numpy() for number, variable in enumerate(variables)}


def assign_variables(variables: Sequence[keras.Variable], state: State, name: str) -> None:
    """Give `variables` the values that `variables_as_state` took.

    Raises:
        KeyError: a variable is not in the state.
        ValueError: it has another shape there.
    """
    for number, variable in enumerate(variables):
        value = np.asarray(state[f"{name}/{number}"])
        # Until 0.6.0 one mean and deviation were for all channels.
        variable.assign(np.broadcast_to(value, variable.shape) if value.ndim == 0 else value)


def _read(path: Path) -> State:
    try:
        # Opened here: NumPy 2.4 leaves a damaged file open that it opened itself.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return dict(archive)  # reads everything: the checksums are compared
    except UNREADABLE as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: Exception) -> ProjectError:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return ProjectError(
        f"{path} is not a readable checkpoint of this model ({reason}).",
        fix=f"Choose another run. To list them, run: {command('runs')}",
    )
