"""How good a run's best model is, computed from the logits of a whole split, never from batch averages."""

import sys

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from ..config.settings import DataConfig
from ..data.batches import batches_in_order
from ..data.splits import Split, SplitName, Splits
from ..errors import ProjectError
from ..files import write_json
from ..model.backbones.find import find_backbone
from ..model.checkpoint import load_model
from ..model.network import BATCH_SIZE, Classifier, predict_logits
from ..model.pretrained import pretrained_features
from ..runs.backbone import Backbone
from ..runs.evaluation import Baseline, ClassMetrics, Evaluation, Metrics
from ..runs.plots import plot_confusion
from ..runs.run import Run
from ..runs.samples import load_run_splits
from ..runs.tracking import log_evaluation
from .predict import log_softmax

GAMMA, SIDE = 2.3, 16  # of the baseline: see baseline_accuracy
BASELINE = f"SVC(gamma={GAMMA} / (features * variance)), inputs averaged to {SIDE}x{SIDE} or less"


def evaluate(
    run: Run, *, split: SplitName = "test", baseline: bool = False, data: DataConfig | None = None
) -> Evaluation:
    """Return the metrics of the run's best model on `split`, and write them into the run's folder.

    The run's record says how its samples were split and where they are; `data` says where they are now.
    With `baseline`, a classical model is trained on the same training split and scored too, and so is one on
    what a pretrained backbone makes of the samples.

    Raises:
        ProjectError: the run has no readable model, or its data has changed since it was trained.
    """
    splits = load_run_splits(run, split, data)
    metrics = measure(load_model(run), splits.named(split), splits.class_names)
    scored = Baseline(name=BASELINE, accuracy=baseline_accuracy(splits, split)) if baseline else None
    backbone = run.read_record().backbone
    probe = probe_of(backbone, splits, split) if baseline and backbone else None
    evaluation = Evaluation(**vars(metrics), split=split, baseline=scored, probe=probe)
    write_json(run.evaluation_path(split), evaluation.as_json())
    if split == "test":
        plot_confusion(metrics.confusion, splits.class_names, run.path / "confusion-matrix.png")
    log_evaluation(run, evaluation)
    return evaluation


def measure(model: Classifier, split: Split, class_names: tuple[str, ...]) -> Metrics:
    """Return the metrics of a model on `split`, in its order, every sample once."""
    return compute_metrics(logits_of(model, split), split.labels, class_names)


def logits_of(model: Classifier, split: Split) -> NDArray[np.float32]:
    """Return what a model says of every sample of `split`, (samples, classes), in its order."""
    return np.concatenate(
        [predict_logits(model, batch.inputs) for batch in batches_in_order(split, BATCH_SIZE)]
    )


def compute_metrics(
    logits: NDArray[np.float32], labels: NDArray[np.int64], class_names: tuple[str, ...]
) -> Metrics:
    """Return the metrics of `logits` (samples, classes) against `labels` (samples,), each sample once."""
    predicted = logits.argmax(axis=1)
    classes = np.arange(len(class_names))
    scores = precision_recall_fscore_support(labels, predicted, labels=classes, zero_division=np.nan)
    return Metrics(
        accuracy=float(np.mean(predicted == labels)),
        loss=float(-np.mean(log_softmax(logits)[np.arange(len(labels)), labels])),
        num_samples=len(labels),
        per_class=tuple(
            ClassMetrics(
                label=name,
                precision=_defined(precision),
                recall=_defined(recall),
                f1=_defined(f1),
                num_samples=int(num_samples),
            )
            for name, precision, recall, f1, num_samples in zip(class_names, *scores, strict=True)
        ),
        confusion=tuple(map(tuple, confusion_matrix(labels, predicted, labels=classes).tolist())),
    )


def _defined(score: float) -> float | None:
    """Return a score, None if it is the share of nothing: the recall of a class without samples."""
    return None if np.isnan(score) else float(score)


def baseline_accuracy(splits: Splits, split: SplitName) -> float:
    """Return the accuracy of a support vector machine trained on the same training split.

    Source: scikit-learn's own example "Recognizing hand-written digits", checked 2026-11. Its gamma of 0.001
    belongs to 64 features with a variance of 36.2; the same rule gives other data a gamma that fits it.
    """
    features = _features(splits.train)
    spread = max(float(features.var()), 1.0)  # of pixels from 0 to 255: less is no contrast
    model = SVC(gamma=GAMMA / (features.shape[1] * spread)).fit(features, splits.train.labels)
    chosen = splits.named(split)
    return float(model.score(_features(chosen), chosen.labels))


def probe_of(backbone: Backbone, splits: Splits, split: SplitName) -> Baseline | None:
    """Return the score of a logistic regression on the features that the pretrained weights give.

    A network that was fine-tuned should be better than this linear probe. Where the weights are not here any
    more, a note says so.
    """
    try:
        fetched = find_backbone(backbone.name)
        if fetched.backbone.sha256 != backbone.sha256:
            raise ProjectError(
                f"{backbone.name} is not what the run began with: its SHA-256 is another.",
                fix="Bring the weights back that it began with.",
            )
    except ProjectError as error:
        print(f"note: no linear probe. {error.problem} {error.fix}", file=sys.stderr)
        return None
    network = pretrained_features(fetched, splits.input_spec)

    def features(part: Split) -> NDArray[np.float32]:
        return logits_of(network, part)

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    chosen = splits.named(split)
    accuracy = model.fit(features(splits.train), splits.train.labels).score(features(chosen), chosen.labels)
    return Baseline(name=f"logistic regression on features of {backbone.name}", accuracy=float(accuracy))


def _features(split: Split) -> NDArray[np.float32]:
    """Return inputs (samples, features), averaged over squares so that the longer side is 16 or less.

    More detail takes hours for a few thousand samples, and tells such a model nothing. Of a side that is
    shorter than a square, nothing would be left: squares are no larger than that.
    """
    step = min(-(-max(split.inputs.shape[1:3]) // SIDE), *split.inputs.shape[1:3])
    rows, columns = (length // step for length in split.inputs.shape[1:3])
    return np.concatenate(
        [
            batch.inputs[:, : rows * step, : columns * step]
            .reshape(len(batch.inputs), rows, step, columns, step, -1)
            .mean(axis=(2, 4), dtype=np.float32)
            .reshape(len(batch.inputs), -1)
            for batch in batches_in_order(split, BATCH_SIZE)
        ]
    )
