"""What a run's best model sees in files."""

from collections.abc import Sequence
from pathlib import Path

from ..model.checkpoint import load_model
from ..model.network import predict_logits
from ..runs.run import Run
from .labels import Failure, Prediction, label_files


def predict(run: Run, paths: Sequence[Path]) -> list[Prediction | Failure]:
    """Return a prediction for every file among `paths` and in the folders among them, in that order.

    Raises:
        ProjectError: the run has no readable model, or a folder holds no sample.
    """
    record = run.read_record()
    model = load_model(run)
    return label_files(
        paths,
        lambda inputs: predict_logits(model, inputs),
        input_spec=record.input_spec,
        class_names=record.class_names,
    )
