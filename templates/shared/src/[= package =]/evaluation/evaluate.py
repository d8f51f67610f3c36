"""How good a run's best model is on a split that it was not trained on."""

import numpy as np
from numpy.typing import NDArray
from sklearn.svm import SVC

from ..config.settings import DataConfig
from ..data.batches import batches_in_order
from ..data.codec import SAMPLES
from ..data.splits import SampleFiles, Split, SplitName, Splits
from ..errors import ProjectError
from ..files import write_json
from ..model.checkpoint import load_model
from ..model.network import BATCH_SIZE, Classifier, predict_logits
from ..runs.evaluation import Baseline, Evaluation, Metrics
from ..runs.plots import plot_confusion
from ..runs.run import Run
from ..runs.samples import load_run_splits
from ..runs.tracking import log_evaluation
from .metrics import compute_metrics

BASELINE = "SVC(gamma=0.001)"


def evaluate(
    run: Run, *, split: SplitName = "test", baseline: bool = False, data: DataConfig | None = None
) -> Evaluation:
    """Return the metrics of the run's best model on `split`, and write them into the run's folder.

    The split is the one that the run was trained with: its seed and fractions are read from its record,
    and so is the folder of its samples, unless `data` says where that is now. With `baseline`, a classical
    model is trained on the same training split and scored too.

    Raises:
        ProjectError: the run has no readable model, or its data is no longer what it was trained with.
    """
    splits = load_run_splits(run, split, data)
    metrics = measure(load_model(run), splits.named(split), splits.class_names)
    scored = Baseline(name=BASELINE, accuracy=baseline_accuracy(splits, split)) if baseline else None
    evaluation = Evaluation(**vars(metrics), split=split, baseline=scored)
    write_json(run.evaluation_path(split), evaluation.as_json())
    if split == "test":
        plot_confusion(metrics.confusion, splits.class_names, run.path / "confusion-matrix.png")
    log_evaluation(run, evaluation)
    return evaluation


def measure(model: Classifier, split: Split, class_names: tuple[str, ...]) -> Metrics:
    """Return the metrics of a model on `split`, in its order, every sample once."""
    logits = [predict_logits(model, batch.inputs) for batch in batches_in_order(split, BATCH_SIZE)]
    return compute_metrics(np.concatenate(logits), split.labels, class_names)


def baseline_accuracy(splits: Splits, split: SplitName) -> float:
    """Return the accuracy of a support vector machine that saw the same training split.

    Source: scikit-learn's own example "Recognizing hand-written digits", checked 2026-11; its gamma
    belongs to pixels from 0 to 16.
    """
    model = SVC(gamma=0.001).fit(_pixels(splits.train), splits.train.labels)
    chosen = splits.named(split)
    return float(model.score(_pixels(chosen), chosen.labels))


def _pixels(split: Split) -> NDArray[np.float64]:
    if isinstance(split.inputs, SampleFiles):
        raise ProjectError(
            f"The baseline needs all {SAMPLES} in memory, and they are more than [data] cache_megabytes.",
            fix="Leave out --baseline, or raise cache_megabytes.",
        )
    return split.inputs.reshape(len(split), -1).astype(np.float64) * (16 / 255)
