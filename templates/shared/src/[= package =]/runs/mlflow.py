"""Runs for MLflow, in a database file or on a server: `mlflow ui` shows them.

`mlflow.json` in the run's folder records what MLflow calls the run, and where.
"""

import json

import mlflow
from mlflow.exceptions import MlflowException

from ..config.published import without_credentials
from ..errors import ProjectError
from ..files import write_json
from .evaluation import Evaluation
from .metrics import EpochMetrics
from .run import Run

EXPERIMENT = __name__.partition(".")[0]


class MLflow:
    """A tracker. A resumed run is the same one in MLflow, and no epoch is logged twice."""

    def __init__(self, run: Run, uri: str) -> None:
        """Open the database or the server that `uri` names.

        Raises:
            ProjectError: MLflow cannot reach or use it.
        """
        self._run, self._uri, self._last_epoch = run, uri, 0
        try:
            mlflow.set_tracking_uri(uri)
            self._client = mlflow.MlflowClient()
            self._experiment_id = mlflow.set_experiment(EXPERIMENT).experiment_id
            self._run_id = self._known_run()
        except Exception as error:  # MLflow's own, SQLAlchemy's, requests': any kind
            raise ProjectError(
                f'[track] mlflow is "{uri}", which cannot be used ({str(error).splitlines()[0]}).',
                fix='Name a database or a server, for example "sqlite:///mlflow.db" or "http://127.0.0.1:5000".',
            ) from error

    def begin(self) -> None:
        """Log the settings if the run is new to MLflow, and the epochs that it does not have yet."""
        if self._run_id is None:
            self._run_id = self._create_run()
        else:
            self._client.update_run(self._run_id, status="RUNNING")
        history = self._client.get_metric_history(self._run_id, "validation_loss")
        self._last_epoch = max((metric.step for metric in history), default=0)
        for metrics in self._run.read_metrics():
            self.log(metrics)

    def log(self, metrics: EpochMetrics) -> None:
        """Log an epoch under the names of `metrics.jsonl`, unless MLflow has it.

        A process that is killed right after this trains the epoch once more; MLflow cannot forget it.
        """
        if metrics.epoch <= self._last_epoch:
            return
        self._log({name: value for name, value in vars(metrics).items() if name != "epoch"}, metrics.epoch)
        self._last_epoch = metrics.epoch

    def log_evaluation(self, evaluation: Evaluation, *, epoch: int) -> None:
        """Log an evaluation as `test_loss` and `test_accuracy`, if MLflow has the run."""
        split = evaluation.split
        self._log({f"{split}_loss": evaluation.loss, f"{split}_accuracy": evaluation.accuracy}, epoch)

    def close(self, status: str) -> None:
        """Log how the run ended."""
        if self._run_id is not None:
            self._client.set_terminated(self._run_id, status)

    def _log(self, figures: dict[str, float], epoch: int) -> None:
        if self._run_id is not None:
            mlflow.log_metrics(figures, step=epoch, run_id=self._run_id)

    def _known_run(self) -> str | None:
        """Return what MLflow calls the run, None if it does not have it there."""
        path = self._run.path / "mlflow.json"
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if without_credentials(known.get("tracking_uri", "")) != self._uri:
            return None
        try:
            return str(self._client.get_run(known["run_id"]).info.run_id)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return None

    def _create_run(self) -> str:
        run_id = str(self._client.create_run(self._experiment_id, run_name=self._run.path.name).info.run_id)
        mlflow.log_params(self._run.read_record().config.learned_settings(), run_id=run_id)
        write_json(self._run.path / "mlflow.json", {"tracking_uri": self._uri, "run_id": run_id})
        return run_id
