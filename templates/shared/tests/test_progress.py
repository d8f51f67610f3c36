"""Without a terminal, progress is one line an epoch and nothing else."""

import pytest

from [= package =].progress import Progress
from [= package =].runs import EpochMetrics


def test_epoch_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A log file gets the title and the epoch's figures, and no bar."""
    metrics = EpochMetrics(
        epoch=1,
        train_loss=0.5,
        train_accuracy=0.75,
        validation_loss=0.25,
        validation_accuracy=1.0,
        learning_rate=0.1,
        samples_per_second=100.0,
        seconds=1.0,
    )

    with Progress(title="a title", num_samples=10, epochs=20) as progress:
        progress.advance(10)
        progress.end_epoch(metrics, is_best=True)

    line = "epoch  1/20  train: loss 0.5000, accuracy 0.7500  val: 0.2500, 1.0000  best"
    assert ["a title", line] == capsys.readouterr().out.splitlines()
    assert len(line) < 80
