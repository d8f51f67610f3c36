"""Classes that are much rarer than others are pointed out, once, before the training."""

from dataclasses import replace

import numpy as np
import pytest

from [= package =].balance import imbalance, warn_of_imbalance
from [= package =].config import TrainConfig
from [= package =].splits import Splits


@pytest.mark.parametrize(("rare", "is_said"), [(30, False), (10, False), (9, True), (0, True)])
def test_more_than_three_to_one_is_imbalance(rare: int, is_said: bool) -> None:
    """Thirty to ten is not worth a word yet, thirty to nine is."""
    found = imbalance({"cat": 30, "dog": rare})

    assert (f"cat has 30 training images, dog only {rare}" if is_said else None) == found


def test_class_weights_are_suggested(splits: Splits, capsys: pytest.CaptureFixture[str]) -> None:
    """The warning is one line and names the setting; where that is set, there is none."""
    labels = splits.train.labels
    chosen = np.flatnonzero((labels != 7) | (np.arange(len(labels)) < 100))
    uneven = replace(splits, train=splits.train.taken(chosen))

    warn_of_imbalance(splits, TrainConfig())
    warn_of_imbalance(uneven, TrainConfig(class_weights=True))
    assert "" == capsys.readouterr().out
    warn_of_imbalance(uneven, TrainConfig())
    assert "[train] class_weights = true they weigh the same.\n" in capsys.readouterr().out
