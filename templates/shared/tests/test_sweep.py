"""A sweep tries what its seed says, goes on where it stopped, and its trials are ordinary runs."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from [= package =].__main__ import main
from [= package =].config import Config, check_config
from [= package =].errors import ProjectError
from [= package =].runs import EpochMetrics, Run, RunRecord, create_run, list_runs
from [= package =].splits import Splits

pytest.importorskip("optuna", reason="the extra sweep is not installed")

from [= package =].sweep import find_sweep, sweep

RANGES = {
    "train": {"learning_rate": {"low": 0.001, "high": 0.1, "log": True}, "batch_size": [32, 64]},
    "model": {"dropout": {"low": 0, "high": 0.5}},
}
TrainLike = Callable[..., Run]


@pytest.fixture
def quick_train(splits: Splits, monkeypatch: pytest.MonkeyPatch) -> TrainLike:
    """Put in the place of `train` one that takes no time, and whose loss is lowest at a rate of 0.01."""

    def train(config: Config, *, resume: Run | None = None) -> Run:
        run = resume or create_run(Path(config.runs_folder))
        if not resume:
            run.write_record(RunRecord.now(config, splits=splits, num_parameters=1, packages=("numpy",)))
        (run.checkpoints / "last.state").touch()
        run.append_metrics(epoch(abs(config.train.learning_rate - 0.01)))
        return run

    monkeypatch.setattr("[= package =].sweep.train", train)
    return train


def epoch(validation_loss: float) -> EpochMetrics:
    """Return the metrics of a first epoch."""
    return EpochMetrics(
        epoch=1,
        train_loss=1.0,
        train_accuracy=0.5,
        validation_loss=validation_loss,
        validation_accuracy=0.5,
        learning_rate=0.1,
        samples_per_second=100.0,
        seconds=1.0,
    )


def settings(runs_folder: Path, *, trials: int, sampler: str = "tpe", seed: int = 0) -> Config:
    """Return settings for a sweep over three settings."""
    values = {
        "seed": seed,
        "runs_folder": str(runs_folder),
        "train": {"epochs": 1, "warmup_epochs": 0, "device": "cpu"},
        "sweep": {"trials": trials, "sampler": sampler, "ranges": RANGES},
    }
    return check_config(values, source="test")


def test_trials_are_ordinary_runs(tmp_path: Path) -> None:
    """Two real trainings, each with its own settings in its own run; a table and a picture beside them."""
    result = sweep(settings(tmp_path, trials=2))

    by_name = {run.path.name: run for run in list_runs(tmp_path)}
    assert sorted(by_name) == sorted(str(trial.run) for trial in result.trials)
    for trial in result.trials:
        run = by_name[str(trial.run)]
        config = run.read_record().config
        assert trial.values["train.learning_rate"] == config.train.learning_rate
        assert trial.values["model.dropout"] == config.model.dropout
        assert trial.validation_loss == run.read_metrics()[0].validation_loss
    assert result.trials[0].validation_loss <= result.trials[1].validation_loss
    assert "PNG" == Image.open(result.folder / "sweep.png").format


@pytest.mark.usefixtures("quick_train")
@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_values_depend_on_the_seed_alone(tmp_path: Path, sampler: str) -> None:
    """Two sweeps with one seed try the same in the same order, each value once; another seed tries others."""
    first, second = (
        sweep(settings(tmp_path / name, trials=3, sampler=sampler)).trials for name in ("first", "second")
    )
    other = sweep(settings(tmp_path / "other", trials=3, sampler=sampler, seed=1)).trials

    assert [trial.values for trial in first] == [trial.values for trial in second]
    assert [trial.values for trial in first] != [trial.values for trial in other]
    assert 3 == len({trial.values["train.learning_rate"] for trial in first})


def test_stopped_sweep_goes_on(
    tmp_path: Path, quick_train: TrainLike, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in its fifth trial it goes on with that run, and ends with the trials of one never stopped.

    Twelve, since the first ten of TPE are random.
    """
    calls: list[Run | None] = []

    def stopped_once(config: Config, *, resume: Run | None = None) -> Run:
        calls.append(resume)
        run = quick_train(config, resume=resume)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return run

    whole = sweep(settings(tmp_path / "whole", trials=12))
    monkeypatch.setattr("[= package =].sweep.train", stopped_once)
    config = settings(tmp_path / "stopped", trials=12)
    with pytest.raises(KeyboardInterrupt):
        sweep(config)
    again = sweep(config, resume=find_sweep("latest", tmp_path / "stopped"))

    assert [trial.values for trial in whole.trials] == [trial.values for trial in again.trials]
    assert list_runs(tmp_path / "stopped")[4] == calls[5]
    assert 12 == len(list_runs(tmp_path / "stopped"))


def test_more_trials_can_be_added(tmp_path: Path, quick_train: TrainLike) -> None:
    """With more trials set, a finished sweep goes on; with as many, it only reports."""
    del quick_train
    folder = sweep(settings(tmp_path, trials=2)).folder

    assert 3 == len(sweep(settings(tmp_path, trials=3), resume=folder).trials)
    assert 3 == len(sweep(settings(tmp_path, trials=3), resume=folder).trials)
    assert 3 == len(list_runs(tmp_path))


@pytest.mark.usefixtures("quick_train")
def test_changed_settings_are_refused(tmp_path: Path) -> None:
    """Losses of other settings cannot be compared: what changed is named."""
    folder = sweep(settings(tmp_path, trials=1)).folder

    with pytest.raises(ProjectError, match=r"seed: 0 when it began, 1 now\n  \[sweep\] sampler"):
        sweep(settings(tmp_path, trials=2, seed=1, sampler="random"), resume=folder)


def test_failed_trial_is_listed_last(
    tmp_path: Path, quick_train: TrainLike, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loss that is no number ends its trial, not the sweep; the table says why."""

    def fails_once(config: Config, *, resume: Run | None = None) -> Run:
        if not list_runs(tmp_path):
            quick_train(config)
            raise ProjectError("The loss became nan.", fix="Lower it.")
        return quick_train(config, resume=resume)

    monkeypatch.setattr("[= package =].sweep.train", fails_once)
    result = sweep(settings(tmp_path, trials=3))

    with (result.folder / "sweep.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert ["", "", "The loss became nan."] == [row["problem"] for row in rows]
    assert "1" == rows[-1]["number"]


def test_three_failures_in_a_row_end_it(
    tmp_path: Path, quick_train: TrainLike, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If nothing works it is not the values: the error is shown instead of a hundred more."""
    del quick_train
    calls: list[Config] = []

    def fails(config: Config, *, resume: Run | None = None) -> Run:
        calls.append(config)
        raise ProjectError("No such folder.", fix=f"Make it. {resume}")

    monkeypatch.setattr("[= package =].sweep.train", fails)

    with pytest.raises(ProjectError, match="No such folder"):
        sweep(settings(tmp_path, trials=9))
    assert 3 == len(calls)


@pytest.mark.usefixtures("quick_train")
def test_command_line_prints_the_best(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table, and the options that train the best settings again; `--resume` shows the same."""
    config = tmp_path / "config.toml"
    config.write_text(
        f"runs_folder = '{tmp_path}'\n[sweep]\ntrials = 2\n[sweep.ranges]\ntrain.batch_size = [8, 16]\n",
        encoding="utf-8",
    )
    command = ["train", "--sweep", "--config", str(config), "--set", "seed=5"]

    assert 0 == main(command)
    first = capsys.readouterr().out.splitlines()
    assert 0 == main([*command, "--resume"])

    assert first[-4:] == capsys.readouterr().out.splitlines()[-4:]
    again = f"train --config {config} --set seed=5 --set train.batch_size="
    assert first[-1].startswith(f"the best once more: [= package =] {again}")


def test_nothing_to_search_is_an_error(tmp_path: Path) -> None:
    """Without ranges the error shows how one is written."""
    with pytest.raises(ProjectError, match=r"\[sweep.ranges\] is empty"):
        sweep(check_config({"runs_folder": str(tmp_path), "sweep": {"ranges": {}}}, source="test"))


def test_missing_sweep_is_an_error(tmp_path: Path) -> None:
    """`--resume` without a sweep says how to begin one."""
    with pytest.raises(ProjectError, match="Begin one: `train --sweep` without --resume"):
        find_sweep("latest", tmp_path)
