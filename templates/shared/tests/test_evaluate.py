"""An evaluation counts every sample once, on the split of its run, and is written down."""

import json
from typing import Any

import numpy as np
import pytest

from [= package =].checkpoint import load_model
from [= package =].evaluate import evaluate
from [= package =].model import predict_logits
from [= package =].runs import Run
from [= package =].splits import Splits


@pytest.fixture(scope="module")
def report(trained: Run) -> dict[str, Any]:
    """Return the evaluation on the test split."""
    return evaluate(trained)


def test_evaluation_is_reported_and_written(trained: Run) -> None:
    """What is returned is what lies in `evaluation.json`, for all 360 test samples."""
    report = evaluate(trained)

    assert report == json.loads((trained.path / "evaluation.json").read_text())
    assert ("test", 360) == (report["split"], report["num_samples"])
    assert 360 == sum(row["num_samples"] for row in report["per_class"])
    assert (trained.path / "confusion-matrix.png").stat().st_size > 0


def test_accuracy_is_the_share_of_right_labels(trained: Run, splits: Splits, report: dict[str, Any]) -> None:
    """The accuracy equals a count by hand over the test split of the run's own seed."""
    predicted = predict_logits(load_model(trained), splits.test.images[:]).argmax(axis=1)

    assert float(np.mean(predicted == splits.test.labels)) == report["accuracy"]


def test_training_learned_something(report: dict[str, Any]) -> None:
    """Four epochs are far better than chance, which is a tenth."""
    assert report["accuracy"] > 0.8


def test_other_split_has_a_file_of_its_own(trained: Run) -> None:
    """Evaluating the validation split does not overwrite the evaluation on the test split."""
    test = evaluate(trained)
    validation = evaluate(trained, split="validation")

    assert (test, validation) == (trained.read_evaluation(), trained.read_evaluation("validation"))


def test_baseline_is_trained_on_the_same_split(trained: Run) -> None:
    """The support vector machine almost knows its training split by heart, the test split less so."""
    assert evaluate(trained, split="train", baseline=True)["baseline"]["accuracy"] > 0.995
    assert 0.98 < evaluate(trained, baseline=True)["baseline"]["accuracy"] < 1.0
