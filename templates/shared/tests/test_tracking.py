"""TensorBoard and MLflow show every epoch once, go on where they stopped, and never stop a training."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from [= package =].config import Config, TrackConfig
from [= package =].errors import ProjectError
from [= package =].evaluate import evaluate
from [= package =].runs import EpochMetrics, Run
from [= package =].tracking import tracking
from [= package =].train import train

Scalars = Callable[[Run, str, str], dict[int, float]]
Logged = Callable[[Run], tuple[Any, dict[int, float]]]


@pytest.fixture
def run(trained: Run, tmp_path: Path) -> Run:
    """Return a copy of a trained run of four epochs, for tests that write into its folder."""
    return Run(Path(shutil.copytree(trained.path, tmp_path / "runs" / tmp_path.name)))


@pytest.fixture
def scalars() -> Scalars:
    """Return a function that reads a curve back from TensorBoard's files: values by epoch, each once."""
    pytest.importorskip("tensorboard", reason="the extra tensorboard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    def read(run: Run, folder: str, name: str) -> dict[int, float]:
        events = EventAccumulator(str(run.path / "tensorboard" / folder))
        events.Reload()
        return once([(event.step, event.value) for event in events.Scalars(name)])

    return read


@pytest.fixture(scope="session")
def mlflow_uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of a database for all tests: it takes MLflow seconds to make one."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        pytest.importorskip("mlflow", reason="the extra mlflow is not installed")
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'mlflow.db'}"


@pytest.fixture
def logged(mlflow_uri: str) -> Logged:
    """Return a function that reads a run back from MLflow, with its validation losses by epoch."""
    from mlflow import MlflowClient

    def read(run: Run) -> tuple[Any, dict[int, float]]:
        client = MlflowClient(tracking_uri=mlflow_uri)
        experiment = client.get_experiment_by_name("[= package =]")
        assert experiment
        named = f"run_name = '{run.path.name}'"
        (found,) = client.search_runs([experiment.experiment_id], filter_string=named)
        history = client.get_metric_history(found.info.run_id, "validation_loss")
        return found, once([(metric.step, metric.value) for metric in history])

    return read


def once(points: list[tuple[int, float]]) -> dict[int, float]:
    """Return points by epoch, after a check that no epoch has two."""
    assert len(points) == len(dict(points))
    return dict(points)


def losses(run: Run) -> dict[int, float]:
    """Return the validation losses in `metrics.jsonl` by epoch."""
    return {metrics.epoch: metrics.validation_loss for metrics in run.read_metrics()}


def track(run: Run, config: TrackConfig, *epochs: EpochMetrics) -> None:
    """Give the tracker what the run has, and then `epochs`, as a training does."""
    with tracking(run, config) as tracker:
        for metrics in epochs:
            tracker.log(metrics)


def test_training_and_evaluation_are_tracked(
    short_config: Config, scalars: Scalars, mlflow_uri: str, logged: Logged
) -> None:
    """Both at once, with every epoch, the settings and the test accuracy.

    Tolerance: TensorBoard keeps single precision.
    """
    config = TrackConfig(tensorboard=True, mlflow=mlflow_uri)
    run = train(short_config.model_copy(update={"track": config}))
    report = evaluate(run)

    found, history = logged(run)
    assert losses(run) == history
    assert ("FINISHED", "2") == (found.info.status, found.data.params["train.epochs"])
    assert report["accuracy"] == found.data.metrics["test_accuracy"]
    assert pytest.approx(losses(run), rel=1e-6) == scalars(run, "validation", "loss")
    assert [1, 2] == list(scalars(run, "train", "learning_rate"))
    assert pytest.approx([report["accuracy"]]) == list(scalars(run, "evaluation-test", "accuracy").values())


def test_tensorboard_forgets_what_was_dropped(run: Run, scalars: Scalars) -> None:
    """After a resume from epoch 3, an epoch 4 that was trained in vain is replaced by the new one."""
    config, fourth = TrackConfig(tensorboard=True), run.read_metrics()[3]
    track(run, config)
    run.keep_metrics(3)

    track(run, config, replace(fourth, validation_loss=0.125))

    assert pytest.approx(losses(run) | {4: 0.125}) == scalars(run, "validation", "loss")


def test_mlflow_goes_on_with_the_same_run(run: Run, mlflow_uri: str, logged: Logged) -> None:
    """A resume logs the epochs that are missing there, whatever was logged before."""
    config, fourth = TrackConfig(mlflow=mlflow_uri), run.read_metrics()[3]
    run.keep_metrics(2)
    track(run, config)
    run.append_metrics(replace(fourth, epoch=3))

    track(run, config, fourth)

    assert losses(run) | {4: fourth.validation_loss} == logged(run)[1]


def test_stopped_training_is_marked(run: Run, mlflow_uri: str, logged: Logged) -> None:
    """MLflow shows whether a run was stopped by Ctrl-C or failed."""
    for error, status in ((KeyboardInterrupt, "KILLED"), (ValueError, "FAILED")):
        with pytest.raises(error), tracking(run, TrackConfig(mlflow=mlflow_uri)):
            raise error

        assert status == logged(run)[0].info.status


def test_unusable_address_is_refused(run: Run) -> None:
    """An address that MLflow cannot use is named before the training, with one that works."""
    pytest.importorskip("mlflow", reason="the extra mlflow is not installed")
    with (
        pytest.raises(ProjectError, match=r'"ftp://x", which cannot be used .* "sqlite:///mlflow\.db"'),
        tracking(run, TrackConfig(mlflow="ftp://x")),
    ):
        pass


def test_failing_tracker_is_dropped(
    run: Run, scalars: Scalars, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One warning on stderr, and the training goes on."""

    def full_disk(_writer: object) -> None:
        raise OSError("No space left on device")

    config, fourth = TrackConfig(tensorboard=True), run.read_metrics()[3]
    run.keep_metrics(3)
    with tracking(run, config) as tracker:
        with monkeypatch.context() as patch:
            patch.setattr("tensorboard.summary.writer.event_file_writer.EventFileWriter.flush", full_disk)
            tracker.log(fourth)
        tracker.log(replace(fourth, epoch=5))

    assert [1, 2, 3] == list(scalars(run, "validation", "loss"))
    warning = (
        "warning: TensorBoard gets no more metrics (No space left on device); metrics.jsonl has them all."
    )
    assert [warning] == capsys.readouterr().err.splitlines()


def test_nothing_is_tracked_by_default(run: Run) -> None:
    """Without `[track]` no file appears."""
    before = sorted(run.path.rglob("*"))

    track(run, TrackConfig(), run.read_metrics()[0])

    assert before == sorted(run.path.rglob("*"))
