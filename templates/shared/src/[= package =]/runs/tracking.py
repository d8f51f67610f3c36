"""Metrics for tools that draw them, TensorBoard and MLflow; `metrics.jsonl` and `metrics.csv` need none.

Both are extras of `pyproject.toml`. What a run shows there always comes from its `metrics.jsonl`, so that a
resumed run is continued there as well, in the same place.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, Protocol

from ..config.settings import TrackConfig
from ..errors import ProjectError, require_extra
from .evaluation import Evaluation
from .run import EpochMetrics, Run, best_epoch

Status = Literal["FINISHED", "FAILED", "KILLED"]


class Tracker(Protocol):
    """A place that shows metrics while a model is trained."""

    def begin(self) -> None:
        """Take over the run's settings and the epochs that it has; what is there already stays single."""

    def log(self, metrics: EpochMetrics) -> None:
        """Take over one more epoch."""

    def log_evaluation(self, evaluation: Evaluation, *, epoch: int) -> None:
        """Take over an evaluation of the model as it was after `epoch`."""

    def close(self, status: Status) -> None:
        """Write what is not written yet, and how the run ended."""


class Trackers:
    """All that are set. One that fails is dropped with a warning: a run is worth more than its curves."""

    def __init__(self, run: Run, config: TrackConfig) -> None:
        self._trackers: dict[str, Tracker] = {}
        if config.tensorboard:
            from .tensorboard import TensorBoard

            self._trackers["TensorBoard"] = TensorBoard(run)
        if config.mlflow:
            from .mlflow import MLflow

            self._trackers["MLflow"] = MLflow(run, config.mlflow)

    def begin(self) -> None:
        """Give each the run's settings and the epochs so far."""
        self._each(lambda tracker: tracker.begin())

    def log(self, metrics: EpochMetrics) -> None:
        """Give each one more epoch."""
        self._each(lambda tracker: tracker.log(metrics))

    def log_evaluation(self, evaluation: Evaluation, *, epoch: int) -> None:
        """Give each an evaluation."""
        self._each(lambda tracker: tracker.log_evaluation(evaluation, epoch=epoch))

    def close(self, status: Status) -> None:
        """Close each."""
        self._each(lambda tracker: tracker.close(status))

    def _each(self, action: Callable[[Tracker], None]) -> None:
        for name, tracker in list(self._trackers.items()):
            try:
                action(tracker)
            except Exception as error:  # a server that is away, a full disk: whatever a third party raises
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
def tracking(run: Run, config: TrackConfig) -> Iterator[Tracker]:
    """Yield the run's tracker, which has its settings and its epochs so far, and close it at the end.

    Raises:
        ProjectError: a tracker cannot be opened.
    """
    tracker = Trackers(run, config)
    tracker.begin()
    status: Status = "FAILED"
    try:
        yield tracker
        status = "FINISHED"
    except KeyboardInterrupt:
        status = "KILLED"
        raise
    finally:
        tracker.close(status)


def log_evaluation(run: Run, evaluation: Evaluation) -> None:
    """Show what `evaluate` found where the run's training is shown; a warning if that cannot be."""
    config = run.read_record().config.track
    best = best_epoch(run)
    try:
        require_trackers(config)
        Trackers(run, config).log_evaluation(evaluation, epoch=best.epoch if best else 0)
    except ProjectError as error:
        _warn(f"the evaluation is not tracked. {error}")


def _warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr)  # stdout may be JSON
