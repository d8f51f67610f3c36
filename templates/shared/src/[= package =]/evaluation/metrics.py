"""What is reported of a model: computed from logits by NumPy and scikit-learn, never from batch averages."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from .softmax import log_softmax


@dataclass(frozen=True, kw_only=True)
class ClassMetrics:
    """One class: shares between 0 and 1, and how many samples it has."""

    label: str
    precision: float
    recall: float
    f1: float
    num_samples: int


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """One split: mean accuracy and cross-entropy in nats over samples; rows of `confusion` are the truth."""

    accuracy: float
    loss: float
    num_samples: int
    per_class: tuple[ClassMetrics, ...]
    confusion: NDArray[np.int64]


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
        confusion=confusion_matrix(labels, predicted, labels=classes),
    )
