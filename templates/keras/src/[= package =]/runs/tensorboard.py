"""Curves for TensorBoard, in the run's folder: `tensorboard --logdir runs` shows those of all runs.

tensorboard/train/             loss, accuracy, learning rate, speed; the settings as a text
tensorboard/validation/        loss, accuracy: the same names, so that both are in one diagram
tensorboard/evaluation-test/   the same, as one point
"""

import shutil
from collections.abc import Mapping

import tensorflow as tf

from .evaluation import Evaluation
from .metrics import EpochMetrics
from .run import Run


class TensorBoard:
    """A tracker. A resumed run writes its files from the start, so that no epoch is in them twice."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._folder = run.path / "tensorboard"
        self._writers: dict[str, tf.summary.SummaryWriter] = {}

    def begin(self) -> None:
        """Write the settings, and the epochs so far."""
        shutil.rmtree(self._folder, ignore_errors=True)
        settings = self._run.read_record().config.learned_settings()
        # Markdown: indented lines are shown as they are.
        text = "\n".join(f"    {name} = {value}" for name, value in settings.items())
        with self._writer("train").as_default(step=0):
            tf.summary.text("settings", text)
        for metrics in self._run.read_metrics():
            self.log(metrics)

    def log(self, metrics: EpochMetrics) -> None:
        """Write an epoch to the disk at once."""
        train = {
            "loss": metrics.train_loss,
            "accuracy": metrics.train_accuracy,
            "learning_rate": metrics.learning_rate,
            "samples_per_second": metrics.samples_per_second,
        }
        validation = {"loss": metrics.validation_loss, "accuracy": metrics.validation_accuracy}
        self._write("train", train, metrics.epoch)
        self._write("validation", validation, metrics.epoch)

    def log_evaluation(self, evaluation: Evaluation, *, epoch: int) -> None:
        """Write an evaluation; it replaces an earlier one of the same split."""
        name = f"evaluation-{evaluation.split}"
        shutil.rmtree(self._folder / name, ignore_errors=True)
        self._write(name, {"loss": evaluation.loss, "accuracy": evaluation.accuracy}, epoch)
        self._writers.pop(name).close()

    def close(self, _status: str) -> None:
        """Close the files; TensorBoard has no place for a status."""
        for writer in self._writers.values():
            writer.close()

    def _write(self, folder: str, figures: Mapping[str, float], epoch: int) -> None:
        writer = self._writer(folder)
        with writer.as_default(step=epoch):
            for name, value in figures.items():
                tf.summary.scalar(name, value)
        writer.flush()

    def _writer(self, folder: str) -> tf.summary.SummaryWriter:
        if folder not in self._writers:
            self._writers[folder] = tf.summary.create_file_writer(str(self._folder / folder))
        return self._writers[folder]
