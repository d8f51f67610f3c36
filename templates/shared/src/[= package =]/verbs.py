"""What the verbs do: one function each, from the options to the exit code."""

import argparse
import json
import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .config.read import list_settings, load_config, moved_data
from .config.settings import Config, DataConfig, SettingValue
from .data.codec import SAMPLES
from .errors import EXIT_DONE, EXIT_FAILED, ProjectError, require_extra
from .evaluation.labels import Failure, Prediction
from .runs.run import Run, best_epoch, find_run, list_runs

CONFIG = "config.toml"

# The verbs import what they need when they run: a framework takes seconds to load, and --help must not.


def settings(options: argparse.Namespace) -> int:
    """List the settings, and where each value comes from."""
    rows = list_settings(options.config, options.set)
    if options.json:
        _print_json([asdict(row) for row in rows])
        return EXIT_DONE
    from .tables import setting_lines

    print(*setting_lines(rows, width=shutil.get_terminal_size((10**6, 24)).columns), sep="\n")
    return EXIT_DONE


def check_data(options: argparse.Namespace) -> int:
    """Count the samples, and fail if splits share some, or classes do."""
    config = load_config(options.config, options.set)
    from .data.check import check_data
    from .tables import data_lines

    sheet = options.output or Path(config.runs_folder) / "sample-sheet.png"
    report = check_data(config, sheet)
    if options.json:
        _print_json(asdict(report) | {"sample_sheet": str(sheet)})
    else:
        print(*data_lines(report), f"{sheet} shows {SAMPLES} of each class", sep="\n")
    return EXIT_FAILED if report.leaks or report.conflicts else EXIT_DONE


def train(options: argparse.Namespace) -> int:
    """Train, go on training, or search settings."""
    config = load_config(options.config, options.set)
    if options.sweep:
        return _sweep(options, config)
    from .tables import training_lines
    from .training.train import train

    run = train(config, resume=_run_to_resume(options, config) if options.resume else None)
    print(*training_lines(run.read_metrics(), config.train), sep="\n")
    return EXIT_DONE


def _sweep(options: argparse.Namespace, config: Config) -> int:
    require_extra("sweep", module="optuna", wanted_by="train --sweep")
    from .tables import sweep_lines
    from .training.sweep import find_sweep, sweep

    runs_folder = Path(config.runs_folder)
    result = sweep(config, resume=find_sweep(options.run, runs_folder) if options.resume else None)
    best = result.trials[0]
    print(*sweep_lines(result.trials), f"{result.folder}: sweep.csv, sweep.png", sep="\n")
    print(f"the best once more: {_once_more(options, best.values)}")
    return EXIT_DONE


def _once_more(options: argparse.Namespace, values: Mapping[str, SettingValue]) -> str:
    """Return the command that trains with what was typed and with the values that were found."""
    settings = [*options.set, *(f"{name}={value}" for name, value in values.items())]
    config = [] if str(options.config) == CONFIG else ["--config", str(options.config)]
    words = [word for setting in settings for word in ("--set", setting)]
    return shlex.join([str(__package__), "train", *config, *words])


def _run_to_resume(options: argparse.Namespace, config: Config) -> Run:
    return find_run(options.run, Path(config.runs_folder), wanted="state")


def evaluate(options: argparse.Namespace) -> int:
    """Print the metrics of a run's best model."""
    run = _chosen_run(options)
    data = _data_now(options, run)
    from .evaluation.evaluate import evaluate

    evaluation = evaluate(run, split=options.split, baseline=options.baseline, data=data)
    if options.json:
        _print_json(evaluation.as_json() | {"run": str(run.path)})
        return EXIT_DONE
    from .tables import evaluation_lines

    print(f"{run.path}, {evaluation.num_samples} samples of the {evaluation.split} split")
    print(*evaluation_lines(evaluation), sep="\n")
    return EXIT_DONE


def predict(options: argparse.Namespace) -> int:
    """Print labels for files."""
    run = _chosen_run(options)
    _data_now(options, run)  # refuses what the run was not trained with
    _say_which(run)
    from .evaluation.predict import predict

    return _print_answers(predict(run, options.files), json_wanted=options.json)


def _print_answers(answers: Sequence[Prediction | Failure], *, json_wanted: bool) -> int:
    if json_wanted:
        _print_json([asdict(answer) for answer in answers])
    for answer in answers:
        if isinstance(answer, Failure):
            print(f"error: {answer.error}", file=sys.stderr)
        elif not json_wanted:
            print(f"{answer.file}  {answer.label}  {answer.probability:.4f}")
    return EXIT_FAILED if any(isinstance(answer, Failure) for answer in answers) else EXIT_DONE


def export(options: argparse.Namespace) -> int:
    """Write an export and print what was measured of it."""
    run = _chosen_run(options)
    data = _data_now(options, run)
    _say_which(run)
    from .export.export import export
    from .export.targets import export_folder
    from .tables import variant_lines

    manifest = export(run, options.to, folder=options.output, data=data)
    if options.json:
        _print_json(asdict(manifest))
    else:
        print(*variant_lines(manifest.variants), sep="\n")
        print(f"{export_folder(options.to, options.output)}: manifest.json and MODEL_CARD.md describe it")
    return EXIT_DONE


def serve(options: argparse.Namespace) -> int:
    """Answer predictions until a signal ends it."""
    from .serving.serve import TOKEN_VARIABLE, ServeOptions, serve

    serve_options = ServeOptions(
        host=options.host,
        port=options.port,
        token=os.environ.get(TOKEN_VARIABLE),
        open_page=options.open,
    )
    return serve(options.server, serve_options, which_run=options.run, runs_folder=_runs_folder(options))


def client(options: argparse.Namespace) -> int:
    """Print the labels that a server gives to files."""
    from .export.manifest import read_manifest
    from .export.targets import newest_export
    from .serving.client import Client
    from .serving.serve import TOKEN_VARIABLE

    model = read_manifest(options.export or newest_export())
    token = os.environ.get(TOKEN_VARIABLE)
    with Client(options.url, model, token=token, timeout_seconds=options.timeout) as client:
        answers = client.predict_files(options.files)
    return _print_answers(answers, json_wanted=options.json)


def runs(options: argparse.Namespace) -> int:
    """List the runs."""
    from .tables import run_lines

    rows = [_summary(run) for run in list_runs(_runs_folder(options))]
    if options.json:
        _print_json(rows)
    else:
        print(*run_lines(rows), sep="\n")
    return EXIT_DONE


def _summary(run: Run) -> dict[str, Any]:
    """Return a run's figures, and which settings were not the defaults."""
    best, config, evaluation = best_epoch(run), None, None
    with suppress(ProjectError):  # a file is damaged: what else there is of the run is listed all the same
        config, evaluation = run.read_record().config, run.read_evaluation()
    return {
        "run": run.path.name,
        "epochs": len(run.read_metrics()),
        "planned_epochs": config and config.train.epochs,
        "validation_loss": best and best.validation_loss,
        "validation_accuracy": best and best.validation_accuracy,
        "test_accuracy": evaluation and evaluation.accuracy,
        "settings": _not_the_defaults(config) if config else {},
    }


def _not_the_defaults(config: Config) -> dict[str, Any]:
    defaults = Config().learned_settings() | {"train.epochs": config.train.epochs}  # they have a column
    return {name: value for name, value in config.learned_settings().items() if value != defaults[name]}


def _chosen_run(options: argparse.Namespace) -> Run:
    return find_run(options.run, _runs_folder(options))


def _say_which(run: Run) -> None:
    """Say which run's model is used and how good it is: the latest one may have been stopped early."""
    best, num_epochs = best_epoch(run), len(run.read_metrics())
    quality = f"validation accuracy {best.validation_accuracy:.4f}" if best else "no epoch has ended"
    print(f"{run.path}: best of {num_epochs} epochs, {quality}", file=sys.stderr)  # stdout is for the answers


def _data_now(options: argparse.Namespace, run: Run) -> DataConfig:
    """Return where the run's samples are now; what else `--set` names must be what it was trained with."""
    return moved_data(run.read_record().config, load_config(options.config, options.set), options.set)


def _runs_folder(options: argparse.Namespace) -> Path:
    return Path(load_config(options.config, options.set).runs_folder)


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))
