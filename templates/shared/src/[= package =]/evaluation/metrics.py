"""What is reported of a model: computed from logits by NumPy and scikit-learn, never from batch averages."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from ..runs.evaluation import ClassMetrics, Metrics
from .softmax import log_softmax


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
