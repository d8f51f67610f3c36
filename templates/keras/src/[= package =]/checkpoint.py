"""Saved models: whole or not there, and nothing in them that could run code when they are read."""

from typing import Literal
from zipfile import BadZipFile

import keras

from .errors import ProjectError
from .files import replacing
from .model import build_model
from .runs import Run

CheckpointName = Literal["best", "last"]


def save_model(model: keras.Model, run: Run, name: CheckpointName) -> None:
    """Write the model to the run's checkpoint `name`, atomically."""
    with replacing(run.checkpoints / f"{name}.keras") as temporary:
        model.save(temporary)


def load_model(run: Run, name: CheckpointName = "best") -> keras.Model:
    """Return the model of the run's checkpoint `name`, ready to predict, on the GPU if there is one.

    Raises:
        ProjectError: the checkpoint is missing, damaged or of another model.
    """
    record = run.read_record()
    # Built anew, only the weights are read: so it computes in float32, wherever it was trained.
    model = build_model(
        record.config.model, image_shape=record.image_shape, num_classes=len(record.class_names)
    )
    path = run.checkpoints / f"{name}.keras"
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ProjectError(
            f"{path} is not a readable checkpoint of this model ({reason}).",
            fix="Choose another run: the verb `runs` lists them.",
        ) from error
    return model
