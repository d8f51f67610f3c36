"""Curves for TensorBoard, in the run's folder: `tensorboard --logdir runs` shows those of all runs.

tensorboard/train/             loss, accuracy, learning rate, speed; the settings as a text
tensorboard/validation/        loss, accuracy: the same names, so that both are in one diagram
tensorboard/evaluation-test/   the same once more, as one point
"""

import shutil
import time
from collections.abc import Mapping

# The very modules that `torch.utils.tensorboard` writes with; they need no framework.
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.plugins.text.plugin_data_pb2 import TextPluginData
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from .evaluation import Evaluation
from .run import EpochMetrics, Run


class TensorBoard:
    """A tracker. Its files are written anew when a training goes on, so that no epoch is in them twice."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._folder = run.path / "tensorboard"
        self._writers: dict[str, EventFileWriter] = {}

    def begin(self) -> None:
        """Write the settings and the epochs so far."""
        shutil.rmtree(self._folder, ignore_errors=True)
        settings = self._run.read_record().config.learned_settings()
        # Markdown: indented lines are shown as they are.
        text = "\n".join(f"    {name} = {value}" for name, value in settings.items())
        self._write("train", [_text("settings", text)], epoch=0)
        for metrics in self._run.read_metrics():
            self.log(metrics)

    def log(self, metrics: EpochMetrics) -> None:
        """Write an epoch, at once to the disk."""
        train = {
            "loss": metrics.train_loss,
            "accuracy": metrics.train_accuracy,
            "learning_rate": metrics.learning_rate,
            "samples_per_second": metrics.samples_per_second,
        }
        validation = {"loss": metrics.validation_loss, "accuracy": metrics.validation_accuracy}
        self._write("train", _scalars(train), metrics.epoch)
        self._write("validation", _scalars(validation), metrics.epoch)

    def log_evaluation(self, evaluation: Evaluation, *, epoch: int) -> None:
        """Write an evaluation in place of an earlier one of the same split."""
        name = f"evaluation-{evaluation.split}"
        shutil.rmtree(self._folder / name, ignore_errors=True)
        self._write(name, _scalars({"loss": evaluation.loss, "accuracy": evaluation.accuracy}), epoch)
        self._writers[name].close()

    def close(self, _status: str) -> None:
        """Close the files; TensorBoard knows no status."""
        for writer in self._writers.values():
            writer.close()

    def _write(self, folder: str, values: list[Summary.Value], epoch: int) -> None:
        if folder not in self._writers:
            self._writers[folder] = EventFileWriter(str(self._folder / folder))
        event = Event(wall_time=time.time(), step=epoch, summary=Summary(value=values))
        self._writers[folder].add_event(event)
        self._writers[folder].flush()


def _scalars(figures: Mapping[str, float]) -> list[Summary.Value]:
    return [Summary.Value(tag=name, simple_value=value) for name, value in figures.items()]


def _text(name: str, text: str) -> Summary.Value:
    plugin = SummaryMetadata.PluginData(
        plugin_name="text", content=TextPluginData(version=0).SerializeToString()
    )
    tensor = TensorProto(dtype="DT_STRING", string_val=[text.encode()])
    return Summary.Value(tag=name, metadata=SummaryMetadata(plugin_data=plugin), tensor=tensor)
