"""What the verbs do: one function each, from the options to the exit code."""

import argparse
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .config.read import list_settings, load_config, moved_data
from .config.settings import Config, DataConfig
from .data.codec import SAMPLES
from .errors import EXIT_DONE, EXIT_FAILED, ProjectError, UsageError, command, quoted, require_extra
from .evaluation.predict import Failure, Prediction, write_csv
from .runs.metrics import lowest_loss
from .runs.run import Run, find_run, list_runs

CONFIG = "config.toml"

# The verbs import what they need when they run: a framework takes seconds to load, and --help must not.


def settings(options: argparse.Namespace) -> int:
    """List the settings, and where each value comes from."""
    from .tables import setting_lines

    rows = list_settings(options.config, options.set)
    width = shutil.get_terminal_size((10**6, 24)).columns
    return _print(options, rows, setting_lines(rows, width=width))


def check_data(options: argparse.Namespace) -> int:
    """Count the samples, and fail if splits share some, or classes do."""
    config = load_config(options.config, options.set)
    if options.augmented and not config.augment.is_on:
        raise UsageError(
            f"[augment] changes nothing: there are no varied {SAMPLES} to show.",
            fix=f"Try it: {command('check-data')} --augmented {quoted([str(options.augmented)])}"
            " --set augment.preset=photos",
        )
    from .data.check import check_data
    from .tables import data_lines

    sheets = {"sample_sheet": options.output or Path(config.runs_folder) / "sample-sheet.png"}
    augmented = None
    if options.augmented:
        from .training.augment import vary

        sheets["augmented_sheet"], augmented = options.augmented, (options.augmented, vary)
    report = check_data(config, sheets["sample_sheet"], augmented)
    lines = [*data_lines(report), f"{sheets['sample_sheet']} shows {SAMPLES} of each class"]
    if augmented:
        lines.append(f"{options.augmented} shows them as training varies them: {config.augment}")
    _print(options, asdict(report) | {name: str(path) for name, path in sheets.items()}, lines)
    return EXIT_FAILED if report.leaks or report.conflicts else EXIT_DONE


def evaluate(options: argparse.Namespace) -> int:
    """Print the metrics of a run's best model."""
    run, data = _run_and_data(options)
    from .evaluation.evaluate import evaluate
    from .tables import evaluation_lines

    evaluation = evaluate(run, split=options.split, baseline=options.baseline, data=data)
    title = f"{run.path}, {evaluation.num_samples} samples of the {evaluation.split} split"
    as_json = evaluation.as_json() | {"run": str(run.path)}
    return _print(options, as_json, [title, *evaluation_lines(evaluation)])


def predict(options: argparse.Namespace) -> int:
    """Print labels for files."""
    run, _ = _run_and_data(options)
    _print_quality(run)
    from .evaluation.predict import predict

    return _print_answers(options, predict(run, options.files, top=_top(options)))


def export(options: argparse.Namespace) -> int:
    """Write an export and print what was measured of it."""
    if options.sbom:
        require_extra("sbom", module="cyclonedx", wanted_by="export --sbom")
    run, data = _run_and_data(options)
    _print_quality(run)
    from .export.export import export
    from .export.targets import export_folder
    from .tables import variant_lines

    manifest = export(run, options.to, folder=options.output, data=data)
    folder = export_folder(options.to, options.output)
    end = f"{folder}: manifest.json and MODEL_CARD.md describe it"
    if options.sbom:
        from .export.sbom import write_sbom

        end = f"{end}; {write_sbom(folder, manifest).name} lists the packages of this environment"
    return _print(options, asdict(manifest), [*variant_lines(manifest.variants), end])


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
        return _print_answers(options, client.predict_files(options.files, top=_top(options)))


def cache(options: argparse.Namespace) -> int:
    """List the samples that are kept on the disk, or remove them."""
    from .data.cache_folders import cache_folder, clear_cache, list_cache
    from .tables import table

    config = load_config(options.config, options.set).data
    rows = [asdict(entry) | {"path": str(entry.path)} for entry in list_cache(config)]
    if options.clear:
        removed = [str(path) for path in clear_cache(config)]
        return _print(options, removed, [*removed, f"{cache_folder(config)}: {len(removed)} removed"])
    columns = ("samples", "megabytes", "last_used", "source", "path")
    return _print(options, rows, table(columns, rows) if rows else [f"{cache_folder(config)}: empty"])


def runs(options: argparse.Namespace) -> int:
    """List the runs."""
    from .tables import table

    figures = ("validation_loss", "validation_accuracy", "test_accuracy")
    columns = ("run", "epochs", "planned_epochs", *figures, "settings")
    rows = [_summary(run) for run in list_runs(_runs_folder(options))]
    return _print(options, rows, table(columns, rows))


def _summary(run: Run) -> dict[str, Any]:
    """Return a run's figures, and which settings were not the defaults."""
    epochs = run.read_metrics()
    best, config, evaluation = lowest_loss(epochs), None, None
    with suppress(ProjectError):  # a file is damaged: the rest of the run is listed nevertheless
        config, evaluation = run.read_record().config, run.read_evaluation()
    return {
        "run": run.path.name,
        "epochs": epochs[-1].epoch if epochs else 0,
        "planned_epochs": config and config.train.epochs,
        "validation_loss": best and best.validation_loss,
        "validation_accuracy": best and best.validation_accuracy,
        "test_accuracy": evaluation and evaluation.accuracy,
        "settings": _not_the_defaults(config) if config else {},
    }


def _not_the_defaults(config: Config) -> dict[str, Any]:
    defaults = Config().learned_settings() | {"train.epochs": config.train.epochs}  # they have a column
    return {name: value for name, value in config.learned_settings().items() if value != defaults[name]}


def _runs_folder(options: argparse.Namespace) -> Path:
    return Path(load_config(options.config, options.set).runs_folder)


def _run_and_data(options: argparse.Namespace) -> tuple[Run, DataConfig]:
    """Return the chosen run, and where its samples are now; what else `--set` names must not have changed."""
    config = load_config(options.config, options.set)
    run = find_run(options.run, Path(config.runs_folder))
    return run, moved_data(run.read_record().config, config, options.set)


def _print_quality(run: Run) -> None:
    """Print which run's model is used and how good it is: the latest one may have been stopped early."""
    epochs = run.read_metrics()
    best, num_epochs = lowest_loss(epochs), epochs[-1].epoch if epochs else 0
    quality = f"validation accuracy {best.validation_accuracy:.4f}" if best else "no epoch has ended"
    print(f"{run.path}: best of {num_epochs} epochs, {quality}", file=sys.stderr)  # stdout is for the answers


def _top(options: argparse.Namespace) -> int | None:
    """Return how many labels of each file are wanted, None for all: files are for programs."""
    wanted: int | None = options.top
    return wanted or (None if options.json or options.csv else 1)


def _print_answers(options: argparse.Namespace, answers: Sequence[Prediction | Failure]) -> int:
    lines = []
    for answer in answers:
        if isinstance(answer, Failure):
            print(f"error: {answer.error}", file=sys.stderr)
        else:
            shown = list(answer.probabilities.items())[: options.top or 1]
            lines.append("  ".join([answer.file, *(f"{label}  {share:.4f}" for label, share in shown)]))
    _print(options, [asdict(answer) for answer in answers], lines)
    if options.csv:
        write_csv(answers, options.csv)
    return EXIT_FAILED if len(lines) < len(answers) else EXIT_DONE


def _print(options: argparse.Namespace, value: object, lines: Iterable[str]) -> int:
    """Print `value` as JSON if that was asked for, or else the lines."""
    from .tables import print_result

    return print_result(value, lines, as_json=options.json)
