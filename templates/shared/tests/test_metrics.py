"""The metrics equal what one works out by hand."""

import math

import numpy as np
import pytest

from [= package =].metrics import compute_metrics
from [= package =].softmax import log_softmax


def test_metrics_worked_out_by_hand() -> None:
    """Three samples, two classes; the probabilities of the true classes are 3/4, 3/4 and 1/4."""
    logits = np.log(np.array([[3, 1], [1, 3], [3, 1]], dtype=np.float32))

    metrics = compute_metrics(logits, np.array([0, 1, 1]), ("no", "yes"))

    no, yes = metrics.per_class
    assert 2 / 3 == metrics.accuracy
    assert pytest.approx(-(2 * math.log(3 / 4) + math.log(1 / 4)) / 3) == metrics.loss
    assert (1 / 2, 1.0, 1) == (no.precision, no.recall, no.num_samples)
    assert (1.0, 1 / 2, 2) == (yes.precision, yes.recall, yes.num_samples)
    assert [pytest.approx(2 / 3)] * 2 == [no.f1, yes.f1]
    assert [[1, 0], [1, 1]] == metrics.confusion.tolist()


def test_class_that_is_never_predicted_has_precision_0() -> None:
    """A class without a prediction or a sample is reported as 0, not as a warning or NaN."""
    metrics = compute_metrics(np.array([[1, 0, 0]], dtype=np.float32), np.array([0]), ("a", "b", "c"))

    assert [1, 0, 0] == [row.precision for row in metrics.per_class]


def test_large_logits_do_not_overflow() -> None:
    """Logits of a thousand are no problem: the largest is taken off first."""
    result = log_softmax(np.array([[1000.0, 0.0]], dtype=np.float32))

    assert [[0.0, -1000.0]] == result.tolist()
