"""How good a run's best model is, computed from the logits of a whole split, never from batch averages."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support
from sklearn.svm import SVC

from ..config.settings import DataConfig
from ..data.batches import batches_in_order
from ..data.codec import SAMPLES
from ..data.splits import SampleFiles, Split, SplitName, Splits
from ..errors import ProjectError
from ..files import write_json
from ..model.checkpoint import load_model
from ..model.network import BATCH_SIZE, Classifier, predict_logits
from ..runs.evaluation import Baseline, ClassMetrics, Evaluation, Metrics
from ..runs.plots import plot_confusion
from ..runs.run import Run
from ..runs.samples import load_run_splits
from ..runs.tracking import log_evaluation
from .predict import log_softmax

BASELINE = "SVC(gamma=0.001)"


def evaluate(
    run: Run, *, split: SplitName = "test", baseline: bool = False, data: DataConfig | None = None
) -> Evaluation:
    """Return the metrics of the run's best model on `split`, and write them into the run's folder.

    The run's record says how its samples were split and where they are; `data` says where they are now.
    With `baseline`, a classical model is trained on the same training split and scored too.

    Raises:
        ProjectError: the run has no readable model, or its data has changed since it was trained.
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


def compute_metrics(
    logits: NDArray[np.float32], labels: NDArray[np.int64], class_names: tuple[str, ...]
) -> Metrics:
    """Return the metrics of `logits` (samples, classes) against `labels` (samples,), each sample once."""
    predicted = logits.argmax(axis=1)
    classes = np.arange(len(class_names))
    scores = precision_recall_fscore_support(labels, predicted, labels=classes, zero_division=0)
    return Metrics(
        accuracy=float(np.mean(predicted == labels)),
        loss=float(-np.mean(log_softmax(logits)[np.arange(len(labels)), labels])),
        num_samples=len(labels),
        per_class=tuple(
            ClassMetrics(
                label=name,
                precision=float(precision),
                recall=float(recall),
                f1=float(f1),
                num_samples=int(num_samples),
            )
            for name, precision, recall, f1, num_samples in zip(class_names, *scores, strict=True)
        ),
        confusion=tuple(map(tuple, confusion_matrix(labels, predicted, labels=classes).tolist())),
    )


def baseline_accuracy(splits: Splits, split: SplitName) -> float:
    """Return the accuracy of a support vector machine trained on the same training split.

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
