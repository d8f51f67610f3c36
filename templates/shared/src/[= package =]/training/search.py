"""Optuna's part of a sweep: which values are tried next, and the database that remembers them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState

from ..config.settings import Config, Range, SettingValue, SweepConfig

ENDED = (TrialState.COMPLETE, TrialState.PRUNED)  # pruned: without a loss, the sampler avoids its like


def open_study(path: Path) -> optuna.Study:
    """Return the study in the database at `path`; a trial in which an earlier process was stopped is over."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(study_name="sweep", storage=f"sqlite:///{path}", load_if_exists=True)
    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
    return study


def ask(study: optuna.Study, config: Config) -> optuna.Trial:
    """Return a new trial, decided by the seed and the trials that have ended alone.

    A sampler that lived on between trials would begin anew in a new process, and repeat itself.
    """
    number = len(study.get_trials(states=ENDED))
    seed = int(np.random.SeedSequence((config.seed, number)).generate_state(1)[0])
    if config.sweep.sampler == "random":
        study.sampler = optuna.samplers.RandomSampler(seed=seed)
    else:
        study.sampler = optuna.samplers.TPESampler(seed=seed)
    return study.ask(_distributions(config.sweep))


def tried_values(parameters: Mapping[str, SettingValue], config: SweepConfig) -> dict[str, SettingValue]:
    """Return what is set in a trial: its parameters with four digits, so that they can be typed again."""
    ranges = config.named_ranges()
    return {name: _rounded(value, ranges[name]) for name, value in parameters.items()}


def _rounded(value: SettingValue, wanted: Range | list[SettingValue]) -> SettingValue:
    if not isinstance(wanted, Range) or not isinstance(value, float):
        return value
    return min(max(float(f"{value:.4g}"), wanted.low), wanted.high)


def _distributions(config: SweepConfig) -> dict[str, BaseDistribution]:
    defaults = Config().named_settings()
    return {
        name: _distribution(wanted, is_whole=isinstance(defaults[name], int))
        for name, wanted in config.named_ranges().items()
    }


def _distribution(wanted: Range | list[SettingValue], *, is_whole: bool) -> BaseDistribution:
    if not isinstance(wanted, Range):
        return CategoricalDistribution(wanted)
    if is_whole:
        return IntDistribution(int(wanted.low), int(wanted.high), log=wanted.log)
    return FloatDistribution(float(wanted.low), float(wanted.high), log=wanted.log)
