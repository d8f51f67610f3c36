"""A search for better settings: each trial is an ordinary run, and the lowest validation loss wins.

runs/sweeps/20260131T235959Z-1/   UTC time and a number
    sweep.json                    the settings that it was begun with
    sweep.db                      Optuna's study, from which `train --sweep --resume` continues
    sweep.csv                     the trials, the best first
    sweep.png                     each setting against the validation loss
"""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import optuna
from optuna.trial import TrialState

from ..config.read import changed_values, check_config
from ..config.settings import Config, Range, SettingValue
from ..errors import ProjectError, command
from ..files import replacing, write_json
from ..runs.metrics import EpochMetrics
from ..runs.plots import plot_sweep
from ..runs.run import SWEEPS, Run, best_epoch, create_folder, list_runs, readable
from ..runs.samples import changes
from .finetuning import RATES
from .train import train

ENDED = (TrialState.COMPLETE, TrialState.PRUNED)  # pruned: without a loss, the sampler avoids its like
IDLE = [f"train.{name}" for name in RATES]
FAILURES_IN_A_ROW = 3  # after so many it is not the values that are to blame


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What was tried and how it ended: with a run, or with a problem."""

    number: int  # from 1
    values: dict[str, SettingValue]  # by the names that `--set` uses
    run: str | None
    validation_loss: float  # infinite if there is a problem
    validation_accuracy: float | None
    problem: str | None


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A sweep's folder and its trials, the best first."""

    folder: Path
    trials: tuple[Trial, ...]


def sweep(config: Config, *, resume: Path | None = None) -> Sweep:
    """Train `config.sweep.trials` times with other settings each time, or resume the sweep in a folder.

    What is tried depends only on the seed and the trials before: a sweep that was stopped tries what it
    would have tried, and resumes the run that was stopped.

    Raises:
        ProjectError: there is nothing to search, settings have changed since the sweep was begun, or trials
            keep failing.
        KeyboardInterrupt: Ctrl-C or SIGTERM; everything is saved.
    """
    _check_ranges(config)
    folder = resume or create_folder(Path(config.runs_folder) / SWEEPS)
    if not resume:
        write_json(folder / "sweep.json", config.model_dump())
    with Run(folder).locked():  # as a run is
        _check_unchanged(folder, config)
        study = _open_study(folder / "sweep.db")
        failures: list[ProjectError] = []  # in a row, since this process began

        def after_trial(study: optuna.Study, _: optuna.trial.FrozenTrial) -> None:
            _write_results(folder, _trials(study, config))
            if len(failures) == FAILURES_IN_A_ROW:
                study.stop()

        study.optimize(
            lambda trial: _validation_loss(trial, config, folder, failures),
            n_trials=config.sweep.trials - len(_trials(study, config)),
            callbacks=[after_trial],
        )
        if len(failures) == FAILURES_IN_A_ROW:
            raise failures[-1]
        return Sweep(folder=folder, trials=_ranked(_trials(study, config)))


def _check_ranges(config: Config) -> None:
    if not config.sweep.named_ranges():
        raise ProjectError(
            "[sweep.ranges] is empty: there is nothing to search.",
            fix="For example train.learning_rate = { low = 0.001, high = 0.02, log = true }",
        )
    idle = [name for name in config.sweep.named_ranges() if name in IDLE] if config.model.backbone else []
    if idle:
        raise ProjectError(
            f"[sweep.ranges] {', '.join(idle)}: no effect on a backbone.",
            fix="Search finetune.learning_rate = { low = 0.0001, high = 0.003, log = true } instead.",
        )


def find_sweep(which: str, runs_folder: Path) -> Path:
    """Return the folder of the sweep that `which` names: `latest`, its path or its name.

    Raises:
        ProjectError: there is no such sweep.
    """
    sweeps = runs_folder / SWEEPS
    if which == "latest":
        found = sorted((record.parent for record in sweeps.glob("*/sweep.json")), reverse=True)
    else:
        found = [path for path in (Path(which), sweeps / which) if (path / "sweep.json").exists()]
    if found:
        return found[0]
    raise ProjectError(
        f"{which} is not a sweep in {sweeps}; it must be latest or a sweep's folder.",
        fix=f"Start one. Run: {command('train --sweep')}",
    )


def _check_unchanged(folder: Path, config: Config) -> None:
    path = folder / "sweep.json"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error
    before = check_config(values, source=str(path))
    differences = changes(before, config)
    then, now = before.sweep.model_dump(), config.sweep.model_dump()
    differences += [f"[sweep] {key}" for key in now if key != "trials" and then[key] != now[key]]
    if differences:
        raise ProjectError(
            f"{folder} cannot be resumed, this has changed:\n  " + "\n  ".join(differences),
            fix=f"Change it back (repeat the same --set), or start a new sweep: {command('train --sweep')}",
        )


def _open_study(path: Path) -> optuna.Study:
    """Return the study in the database at `path`; a trial during which a process was killed has failed."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        study = optuna.create_study(study_name="sweep", storage=f"sqlite:///{path}", load_if_exists=True)
    except Exception as error:  # SQLAlchemy's, Optuna's: any kind
        raise _damaged(path, error) from error
    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
    return study


def _damaged(path: Path, error: Exception) -> ProjectError:
    return ProjectError(
        f"{path} cannot be read ({str(error).splitlines()[0]}).",
        fix=f"Start a new sweep: {command('train --sweep')}. The runs of this one are kept.",
    )


def _trials(study: optuna.Study, config: Config) -> list[Trial]:
    """Return the trials that have ended, in their order."""
    return [
        Trial(
            number=number,
            values=_rounded(trial.params, config),
            run=trial.user_attrs.get("run"),
            validation_loss=math.inf if trial.value is None else trial.value,
            validation_accuracy=trial.user_attrs.get("validation_accuracy"),
            problem=trial.user_attrs.get("problem"),
        )
        for number, trial in enumerate(study.get_trials(states=ENDED), start=1)
    ]


def _ranked(trials: Sequence[Trial]) -> tuple[Trial, ...]:
    return tuple(sorted(trials, key=lambda trial: trial.validation_loss))


def _validation_loss(
    trial: optuna.Trial, config: Config, folder: Path, failures: list[ProjectError]
) -> float:
    """Train with the trial's values and return the lowest validation loss; keep count of the `failures`.

    Raises:
        TrialPruned: training failed.
    """
    before = _trials(trial.study, config)
    # A sampler that lived on between trials would start again in a new process, and repeat itself.
    seed = int(np.random.SeedSequence((config.seed, len(before))).generate_state(1)[0])
    samplers = {"random": optuna.samplers.RandomSampler, "tpe": optuna.samplers.TPESampler}
    trial.study.sampler = samplers[config.sweep.sampler](seed=seed)
    values = _rounded(_suggested(trial, config), config)
    options = " ".join(f"--set {name}={value}" for name, value in values.items())
    print(f"trial {len(before) + 1} of {config.sweep.trials}: {options}")
    try:
        run, best = _trained(_with_values(config, values), folder, before)
    except ProjectError as error:
        failures.append(error)
        print(f"this trial failed: {error.problem}")
        trial.set_user_attr("problem", error.problem)
        raise optuna.TrialPruned from error
    failures.clear()
    trial.set_user_attr("run", run.path.name)
    trial.set_user_attr("validation_accuracy", best.validation_accuracy)
    return best.validation_loss


def _suggested(trial: optuna.Trial, config: Config) -> dict[str, SettingValue]:
    defaults = Config().named_settings()
    values: dict[str, SettingValue] = {}
    for name, wanted in config.sweep.named_ranges().items():
        if not isinstance(wanted, Range):
            values[name] = cast("SettingValue", trial.suggest_categorical(name, wanted))
        elif isinstance(defaults[name], int):
            values[name] = trial.suggest_int(name, int(wanted.low), int(wanted.high), log=wanted.log)
        else:
            values[name] = trial.suggest_float(name, wanted.low, wanted.high, log=wanted.log)
    return values


def _rounded(values: Mapping[str, SettingValue], config: Config) -> dict[str, SettingValue]:
    """Return the values of a trial with four digits, so that they can be typed again."""
    rounded = dict(values)
    for name, wanted in config.sweep.named_ranges().items():
        value = values[name]
        if isinstance(wanted, Range) and isinstance(value, float):
            rounded[name] = min(max(float(f"{value:.4g}"), wanted.low), wanted.high)
    return rounded


def _with_values(config: Config, values: Mapping[str, SettingValue]) -> Config:
    settings = config.model_dump(exclude={"sweep"})
    for name, value in values.items():
        changed_values(settings, name, value)
    return check_config(settings, source="[sweep.ranges]")


def _trained(config: Config, folder: Path, before: Sequence[Trial]) -> tuple[Run, EpochMetrics]:
    """Return a run with these settings and its best epoch; a stopped run of this sweep is resumed."""
    ended = {trial.run for trial in before}
    stopped = [
        run
        for run in list_runs(Path(config.runs_folder))
        if run.path.name >= folder.name and run.path.name not in ended and run.has("state")
    ]
    same = [run for run, record in readable(stopped) if not changes(record.config, config)]
    run = train(config, resume=same[-1] if same else None)
    best = best_epoch(run)
    if best is None or not math.isfinite(best.validation_loss):
        raise ProjectError("The validation loss is not finite.", fix="Lower train.learning_rate.")
    return run, best


def _write_results(folder: Path, trials: Sequence[Trial]) -> None:
    """Write the table and the picture of the trials so far."""
    trials = _ranked(trials)
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
