"""What `train` does: one run, a resumed or a further one, many of a sweep, in one process or in several."""

import argparse
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from .config.read import load_config
from .config.settings import Config
from .errors import EXIT_DONE, ProjectError, UsageError, command, quoted, require_extra
from .runs.metrics import lowest_loss
from .runs.run import Run, find_run
from .training.launching.launched import among_others, run_of_job, this_world
from .verbs import CONFIG

RESTARTS = 3


def train(options: argparse.Namespace) -> int:
    """Train, resume training, train a finished run further, or search settings."""
    config = load_config(options.config, _settings(options))
    if options.more_epochs is not None and (options.resume or options.sweep):
        raise UsageError(
            "--more-epochs begins a new run from a finished one.", fix="Leave out --resume and --sweep."
        )
    if options.processes is not None:
        _check_processes(options)
    if options.sweep:
        if this_world().size > 1:
            raise UsageError("--sweep trains its runs in one process.", fix="Start it without the others.")
        return _sweep(options, config)
    earlier = None
    if options.resume or options.more_epochs is not None:
        folder = Path(config.runs_folder)
        earlier = find_run(options.run, folder, wanted="state", itself=options.resume)
    if (options.processes or 1) > 1:
        return _launch(options, config, earlier)
    with among_others():
        return _train(options, config, earlier)


def _settings(options: argparse.Namespace) -> list[str]:
    more = [] if options.more_epochs is None else [f"train.epochs={options.more_epochs}"]
    return [*options.set, *more]


def _train(options: argparse.Namespace, config: Config, earlier: Run | None) -> int:
    from .tables import training_lines
    from .training.train import train

    if begun := run_of_job(Path(config.runs_folder)):
        run = train(config, resume=begun)
    elif options.more_epochs is not None:
        run = train(config, further=earlier)
    else:
        run = train(config, resume=earlier)
    if not this_world().is_first:  # which may still be writing the metrics
        return EXIT_DONE
    epochs = run.read_metrics()
    best = lowest_loss(epochs)
    if best is None:
        raise ProjectError(
            f"{run.path} has no epoch with a finite validation loss: no model was saved.",
            fix="Lower [train] learning_rate or raise warmup_epochs, and look at the data:"
            f" {command('check-data')}",
        )
    print(*training_lines(epochs, best, config.train), sep="\n")
    return EXIT_DONE


def _check_processes(options: argparse.Namespace) -> None:
    from .training.launching.launch import check_possible

    check_possible(options.processes, options.restarts, [*os.environ])
    if options.sweep:
        raise UsageError(
            "--sweep trains its runs in one process.", fix="Leave out --processes, or train one run."
        )


def _launch(options: argparse.Namespace, config: Config, earlier: Run | None) -> int:
    from .training.launching.launch import Job, launch

    told = [*_settings_words(options, options.set)]
    if earlier:
        told += ["--run", str(earlier.path)]
    if options.resume:
        told += ["--resume"]
    if options.more_epochs is not None:
        told += ["--more-epochs", str(options.more_epochs)]
    launch(
        Job(
            words=["train", *told],
            resuming=["train", "--resume", *_settings_words(options, _settings(options))],
            size=options.processes,
            restarts=options.restarts,
            timeout_seconds=config.train.peer_timeout_seconds,
            typed=_command_as_typed(options),
            resume=_command_to_resume(options, []),
        )
    )
    return EXIT_DONE


def command_to_resume(options: argparse.Namespace) -> str:
    """Return the command that continues what `train` was told with these options: the run that it names, too.

    With `--more-epochs`, what was named is a finished run, and the one to continue is new.
    """
    return _command_to_resume(options, _run_words(options) if options.resume else [])


def _command_to_resume(options: argparse.Namespace, run: Sequence[str]) -> str:
    flags = ["--sweep", "--resume"] if options.sweep else ["--resume"]
    return _command_to_train(options, _settings(options), [*flags, *run, *_process_words(options)])


def _command_as_typed(options: argparse.Namespace) -> str:
    flags = ["--resume"] if options.resume else []
    if options.more_epochs is not None:
        flags += ["--more-epochs", str(options.more_epochs)]
    return _command_to_train(options, options.set, [*flags, *_run_words(options), *_process_words(options)])


def _run_words(options: argparse.Namespace) -> list[str]:
    return [] if options.run == "latest" else ["--run", options.run]


def _process_words(options: argparse.Namespace) -> list[str]:
    words = [] if options.processes is None else ["--processes", str(options.processes)]
    return words if options.restarts == RESTARTS else [*words, "--restarts", str(options.restarts)]


def _command_to_train(options: argparse.Namespace, settings: Iterable[str], flags: Sequence[str] = ()) -> str:
    return command(quoted(["train", *flags, *_settings_words(options, settings)]))


def _settings_words(options: argparse.Namespace, settings: Iterable[str]) -> list[str]:
    words = [] if str(options.config) == CONFIG else ["--config", str(options.config)]
    for each in settings:
        words += ["--set", each]
    return words


def _sweep(options: argparse.Namespace, config: Config) -> int:
    require_extra("sweep", module="optuna", wanted_by="train --sweep")
    from .tables import sweep_lines
    from .training.sweep import find_sweep, sweep

    resumed = find_sweep(options.run, Path(config.runs_folder)) if options.resume else None
    result = sweep(config, resume=resumed)
    print(*sweep_lines(result.trials), f"{result.folder}: sweep.csv, sweep.png", sep="\n")
    best = result.trials[0]
    if best.run is None:
        raise ProjectError(
            f"No trial of {result.folder} succeeded: {best.problem}", fix="Change what it names."
        )
    verbs = "evaluate, predict, export and train --more-epochs"
    print(f"{verbs} use its best trial, {best.run}, until you train again.")
    kept = [each for each in options.set if not re.match(r"\s*sweep\b", each)]
    found = [f"{name}={value}" for name, value in best.values.items()]
    print(f"To train with the best settings, run: uv run {_command_to_train(options, [*kept, *found])}")
    return EXIT_DONE
