"""A search for better settings: each trial is an ordinary run, and the lowest validation loss wins.

runs/sweeps/20260131T235959Z-1/   UTC time and a number
    sweep.json                    the settings that it began with
    sweep.db                      Optuna's study, from which `train --sweep --resume` goes on
    sweep.csv                     the trials, the best first
    sweep.png                     each setting against the validation loss
"""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.trial import TrialState

from ..config.read import changed_values, check_config
from ..config.settings import Config, SettingValue
from ..errors import ProjectError
from ..files import replacing, write_json
from ..runs.plots import plot_sweep
from ..runs.resume import changes
from ..runs.run import EpochMetrics, Run, best_epoch, create_folder, list_runs
from .search import ENDED, ask, open_study, tried_values
from .train import train

FAILURES_IN_A_ROW = 3  # after so many it is not the values that are to blame


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What was tried and how it ended: with a run, or with a problem."""

    number: int  # from 1
    values: dict[str, SettingValue]  # by the names that `--set` uses
    run: str | None
    validation_loss: float  # infinity where there is a problem
    validation_accuracy: float | None
    problem: str | None


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A sweep's folder and its trials, the best first."""

    folder: Path
    trials: tuple[Trial, ...]


def sweep(config: Config, *, resume: Path | None = None) -> Sweep:
    """Train `config.sweep.trials` times with other settings each time, or go on with the sweep in `resume`.

    What is tried depends on nothing but the seed and the trials before: a sweep that was stopped tries
    what it would have tried, and goes on with the very run that was stopped.

    Raises:
        ProjectError: there is nothing to search, the settings are no longer those of `resume`, or trials
            keep failing.
        KeyboardInterrupt: Ctrl-C or SIGTERM; everything is saved.
    """
    if not config.sweep.named_ranges():
        raise ProjectError(
            "[sweep.ranges] is empty: there is nothing to search.",
            fix="For example train.learning_rate = { low = 0.001, high = 0.02, log = true }",
        )
    folder = resume or _new_folder(config)
    with Run(folder).locked():  # as a run is
        _check_unchanged(folder, config)
        study = open_study(folder / "sweep.db")
        while len(trials := _trials(study, config)) < config.sweep.trials:
            _make_trial(study, config, folder, trials)
            _write_results(folder, _ranked(_trials(study, config)))
    return Sweep(folder=folder, trials=_ranked(trials))


def find_sweep(which: str, runs_folder: Path) -> Path:
    """Return the folder of the sweep that `which` names: `latest`, its path or its name.

    Raises:
        ProjectError: there is no such sweep.
    """
    sweeps = runs_folder / "sweeps"
    found = sorted(record.parent for record in sweeps.glob("*/sweep.json"))
    if which == "latest" and found:
        return found[-1]
    for path in (Path(which), sweeps / which):
        if (path / "sweep.json").exists():
            return path
    raise ProjectError(
        f"{which}: there is no such sweep in {sweeps}.", fix="Begin one: `train --sweep` without --resume."
    )


def _new_folder(config: Config) -> Path:
    folder = create_folder(Path(config.runs_folder) / "sweeps")
    write_json(folder / "sweep.json", config.model_dump())
    return folder


def _check_unchanged(folder: Path, config: Config) -> None:
    path = folder / "sweep.json"
    before = check_config(json.loads(path.read_text(encoding="utf-8")), source=str(path))
    differences = changes(before, config)
    then, now = before.sweep.model_dump(), config.sweep.model_dump()
    differences += [f"[sweep] {key}" for key in now if key != "trials" and then[key] != now[key]]
    if differences:
        raise ProjectError(
            f"{folder} cannot be resumed, something changed since:\n  " + "\n  ".join(differences),
            fix="Put it back (repeat the same --set), or begin a new one: `train --sweep` without --resume.",
        )


def _trials(study: optuna.Study, config: Config) -> list[Trial]:
    """Return the trials that have ended, in their order."""
    return [
        Trial(
            number=number,
            values=tried_values(trial.params, config.sweep),
            run=trial.user_attrs.get("run"),
            validation_loss=math.inf if trial.value is None else trial.value,
            validation_accuracy=trial.user_attrs.get("validation_accuracy"),
            problem=trial.user_attrs.get("problem"),
        )
        for number, trial in enumerate(study.get_trials(states=ENDED), start=1)
    ]


def _ranked(trials: Sequence[Trial]) -> tuple[Trial, ...]:
    return tuple(sorted(trials, key=lambda trial: trial.validation_loss))


def _make_trial(study: optuna.Study, config: Config, folder: Path, before: Sequence[Trial]) -> None:
    """Train with the next values and note how it ended.

    Raises:
        ProjectError: it failed, and so did those right before it.
    """
    trial = ask(study, config)
    values = tried_values(trial.params, config.sweep)
    print(f"trial {len(before) + 1} of {config.sweep.trials}: {in_words(values)}")
    try:
        run, best = _trained(_with_values(config, values), folder, before)
    except ProjectError as error:
        trial.set_user_attr("problem", error.problem)
        study.tell(trial, state=TrialState.PRUNED)
        last = before[1 - FAILURES_IN_A_ROW :]
        if len(last) + 1 == FAILURES_IN_A_ROW and all(each.problem for each in last):
            raise
        print(f"this trial failed: {error.problem}")
        return
    trial.set_user_attr("run", run.path.name)
    trial.set_user_attr("validation_accuracy", best.validation_accuracy)
    study.tell(trial, best.validation_loss)


def in_words(values: Mapping[str, SettingValue]) -> str:
    """Return the values as options that can be typed again."""
    return " ".join(f"--set {name}={value}" for name, value in values.items())


def _with_values(config: Config, values: Mapping[str, SettingValue]) -> Config:
    settings = config.model_dump(exclude={"sweep"})
    for name, value in values.items():
        changed_values(settings, name, value)
    return check_config(settings, source="[sweep.ranges]")


def _trained(config: Config, folder: Path, before: Sequence[Trial]) -> tuple[Run, EpochMetrics]:
    """Return a run with these settings and its best epoch; a run of this sweep that was stopped goes on."""
    ended = {trial.run for trial in before}
    stopped = [
        run
        for run in list_runs(Path(config.runs_folder))
        if run.path.name >= folder.name and run.path.name not in ended and run.has("state")
    ]
    same = [run for run in stopped if not changes(run.read_record().config, config)]
    run = train(config, resume=same[-1] if same else None)
    best = best_epoch(run)
    if best is None or not math.isfinite(best.validation_loss):
        raise ProjectError("The validation loss is no number.", fix="Lower train.learning_rate.")
    return run, best


def _write_results(folder: Path, trials: Sequence[Trial]) -> None:
    """Write the table and the picture of the trials so far."""
    names = ["number", "validation_loss", "validation_accuracy", "run", "problem", *trials[0].values]
    with (
        replacing(folder / "sweep.csv") as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(vars(trial) | trial.values for trial in trials)
    good = [trial for trial in trials if trial.problem is None]
    if good:
        columns = {name: [trial.values[name] for trial in good] for name in good[0].values}
        plot_sweep(columns, [trial.validation_loss for trial in good], folder / "sweep.png")
