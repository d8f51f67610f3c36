"""Metrics for tools that draw them, TensorBoard and MLflow; `metrics.jsonl` and `metrics.csv` need neither.

Both are extras of `pyproject.toml`. What they show of a run always comes from its `metrics.jsonl`, so that a
resumed run continues there, too, in the same place.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, Protocol

from ..config.settings import TrackConfig
from ..errors import ProjectError, require_extra
from .evaluation import Evaluation
from .metrics import EpochMetrics
from .run import Run, best_epoch

Status = Literal["FINISHED", "FAILED", "KILLED"]


class Tracker(Protocol):
    """A tool that shows metrics while a model is trained."""

    def begin(self) -> None:
        """Log the run's settings and its epochs so far; what is there already is not logged twice."""

    def log(self, metrics: EpochMetrics) -> None:
        """Log one more epoch."""

    def log_evaluation(self, evaluation: Evaluation, *, epoch: int) -> None:
        """Log an evaluation of the model as it was after `epoch`."""

    def close(self, status: Status) -> None:
        """Write what is not written yet, and how the training ended."""


class Trackers:
    """All that `config` asks for. One that fails is dropped with a warning: training continues without it."""

    def __init__(self, run: Run, config: TrackConfig) -> None:
        self._trackers: dict[str, Tracker] = {}
        if config.tensorboard:
            from .tensorboard import TensorBoard

            self._trackers["TensorBoard"] = TensorBoard(run)
        if config.mlflow:
            from .mlflow import MLflow

            self._trackers["MLflow"] = MLflow(run, config.mlflow)

    def log(self, metrics: EpochMetrics) -> None:
        """Let each log one more epoch."""
        self.each(lambda tracker: tracker.log(metrics))

    def each(self, action: Callable[[Tracker], None]) -> None:
        """Let each do something."""
        for name, tracker in list(self._trackers.items()):
            try:
                action(tracker)
            except Exception as error:  # no connection, a full disk: third parties raise anything
                del self._trackers[name]
                reason = (str(error) or type(error).__name__).splitlines()[0]
                _warn(f"{name} gets no more metrics ({reason}); metrics.jsonl has them all.")


def require_trackers(config: TrackConfig) -> None:
    """Make sure that what `config` asks for is installed.

    Raises:
        ProjectError: it is not; the fix is the command that installs it.
    """
    if config.tensorboard:
        require_extra("tensorboard", module="tensorboard", wanted_by="[track] tensorboard")
    if config.mlflow:
        require_extra("mlflow", module="mlflow", wanted_by="[track] mlflow")


@contextmanager
def tracking(run: Run, config: TrackConfig) -> Iterator[Trackers]:
    """Yield the run's trackers, which have its settings and epochs so far, and close them at the end.

    Raises:
        ProjectError: a tracker cannot be opened.
    """
    trackers = Trackers(run, config)
    trackers.each(lambda tracker: tracker.begin())
    status: Status = "FAILED"
    try:
        yield trackers
        status = "FINISHED"
    except KeyboardInterrupt:
        status = "KILLED"
        raise
    finally:
        trackers.each(lambda tracker: tracker.close(status))


def log_evaluation(run: Run, evaluation: Evaluation) -> None:
    """Show an evaluation next to the run's metrics; print a warning if that is not possible."""
    config = run.read_record().config.track
    best = best_epoch(run)
    epoch = best.epoch if best else 0
    try:
        require_trackers(config)
        Trackers(run, config).each(lambda tracker: tracker.log_evaluation(evaluation, epoch=epoch))
    except ProjectError as error:
        _warn(f"the evaluation is not tracked. {error}")


def _warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr)  # stdout may be JSON
