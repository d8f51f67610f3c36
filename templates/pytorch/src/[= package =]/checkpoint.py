"""Saved models: whole or not there, and nothing in them that could run code when they are read."""

import pickle
from typing import Literal

import torch

from .device import choose_device
from .errors import ProjectError
from .files import replacing
from .model import Classifier, build_model
from .runs import Run

CheckpointName = Literal["best", "last"]


def save_model(model: Classifier, run: Run, name: CheckpointName) -> None:
    """Write the model's weights to the run's checkpoint `name`, atomically."""
    with replacing(run.checkpoints / f"{name}.pt") as temporary:
        torch.save(model.state_dict(), temporary)


def load_model(run: Run, name: CheckpointName = "best") -> Classifier:
    """Return the model of the run's checkpoint `name`, ready to predict, on the GPU if there is one.

    Raises:
        ProjectError: the checkpoint is missing, damaged or of another model.
    """
    record = run.read_record()
    device = choose_device("auto")
    model = build_model(
        record.config.model, image_shape=record.image_shape, num_classes=len(record.class_names)
    )
    path = run.checkpoints / f"{name}.pt"
    try:
        model.load_state_dict(torch.load(path, map_location=device, weights_only=True))
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ProjectError(
            f"{path} is not a readable checkpoint of this model ({reason}).",
            fix="Choose another run: the verb `runs` lists them.",
        ) from error
    return model.to(device).eval()
