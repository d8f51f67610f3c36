"""What a run's best model sees in image files."""

from collections.abc import Sequence
from pathlib import Path

from .checkpoint import load_model
from .labelling import Failure, Prediction, label_files
from .model import predict_logits
from .runs import Run


def predict(run: Run, paths: Sequence[Path]) -> list[Prediction | Failure]:
    """Return a prediction for every image among `paths` and in the folders among them, in that order.

    Raises:
        ProjectError: the run has no readable model, or a folder holds no image.
    """
    record = run.read_record()
    model = load_model(run)
    return label_files(
        paths,
        lambda pixels: predict_logits(model, pixels),
        image_shape=record.image_shape,
        class_names=record.class_names,
    )
