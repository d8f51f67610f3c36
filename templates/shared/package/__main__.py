"""The command line: `check-data`, `train`, `evaluate`, `predict`, `serve` and `runs`."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from .config import Config, load_config
from .errors import EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED, ProjectError
from .extras import require_extra
from .runs import Run, find_run, list_runs
from .splits import SplitName

# The verbs import what they need when they run: a framework takes seconds to load, and --help must not.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    options = _parser().parse_args(arguments)
    verb: Callable[[argparse.Namespace], int] = options.verb
    try:
        exit_code = verb(options)
        sys.stdout.flush()
        return exit_code
    except ProjectError as error:
        print(f"error: {error.problem}\n  {error.fix}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        print(
            "Interrupted. What was saved is kept; with --resume `train` goes on from there.", file=sys.stderr
        )
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output, `head` perhaps, has seen enough. What is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=__package__, description="Train, evaluate and use an image classifier."
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for name, verb, text in (
        ("check-data", _check_data, "count the images, and find what is wrong with them"),
        ("train", _train, "train a model into a new run folder"),
        ("evaluate", _evaluate, "measure a run's best model on the test split"),
        ("predict", _predict, "label image files"),
        ("serve", _serve, "answer predictions over HTTP"),
        ("runs", _runs, "list the runs"),
    ):
        child = verbs.add_parser(name, help=text, description=f"{text.capitalize()}.")
        child.set_defaults(verb=verb)
        _add_options(child, name)
    return parser


def _add_options(parser: argparse.ArgumentParser, verb: str) -> None:
    option = parser.add_argument
    option("--config", type=Path, default="config.toml", metavar="PATH", help="default: config.toml")
    option("--set", action="append", default=[], metavar="NAME=VALUE", help="one setting: train.epochs=3")
    if verb == "train":
        option("--resume", action="store_true", help="go on with a run that was stopped")
        option("--sweep", action="store_true", help="search settings: many runs, see [sweep] in config.toml")
    if verb not in {"check-data", "runs", "serve"}:
        option("--run", default="latest", metavar="PATH|latest|best", help="default: latest")
    if verb not in {"train", "serve"}:
        option("--json", action="store_true", help="print JSON, for programs")
    if verb == "check-data":
        option("--output", type=Path, metavar="PNG", help="sample sheet; default: runs/sample-sheet.png")
    if verb == "evaluate":
        option("--split", choices=get_args(SplitName), default="test", help="default: test")
        option("--baseline", action="store_true", help="score a classical model beside it")
    if verb == "predict":
        option("files", nargs="+", type=Path, metavar="FILE", help="image files or folders of them")
    if verb == "serve":
        _add_serve_options(parser)


def _add_serve_options(parser: argparse.ArgumentParser) -> None:
    from .serve import available_servers
    from .serving.options import TOKEN_VARIABLE, ServeOptions

    option = parser.add_argument
    option("--with", dest="server", choices=available_servers(), default="embedded", help="default: embedded")
    host, port = ServeOptions.host, ServeOptions.port
    option("--host", default=host, help=f"default: {host}; one that others reach needs {TOKEN_VARIABLE}")
    option("--port", type=int, default=port, help=f"default: {port}; 0 is any free one")
    option("--run", metavar="PATH|latest|best", help="default: what was exported, or else the latest run")
    option("--open", action="store_true", help="open the server's page in the browser")


def _check_data(options: argparse.Namespace) -> int:
    config = load_config(options.config, options.set)
    from .check_data import check_data
    from .tables import data_lines

    sheet = options.output or Path(config.runs_folder) / "sample-sheet.png"
    report = check_data(config, sheet)
    if options.json:
        _print_json(asdict(report) | {"sample_sheet": str(sheet)})
    else:
        print(*data_lines(report), f"{sheet} shows images of each class", sep="\n")
    return EXIT_FAILED if report.leaks else EXIT_DONE


def _train(options: argparse.Namespace) -> int:
    config = load_config(options.config, options.set)
    if options.sweep:
        return _sweep(options, config)
    from .train import train

    run = train(config, resume=_run_to_resume(options, config) if options.resume else None)
    epochs = run.read_metrics()
    best = min(epochs, key=lambda epoch: epoch.validation_loss)
    print(
        f"{run.path}: {len(epochs)} epochs in {sum(epoch.seconds for epoch in epochs):.1f} s;"
        f" best was epoch {best.epoch} with validation accuracy {best.validation_accuracy:.4f}"
    )
    return EXIT_DONE


def _sweep(options: argparse.Namespace, config: Config) -> int:
    require_extra("sweep", module="optuna", wanted_by="train --sweep")
    from .sweep import find_sweep, in_words, sweep
    from .tables import sweep_lines

    runs_folder = Path(config.runs_folder)
    result = sweep(config, resume=find_sweep(options.run, runs_folder) if options.resume else None)
    best = result.trials[0]
    print(*sweep_lines(result.trials), f"{result.folder}: sweep.csv, sweep.png", sep="\n")
    print(f"the best once more: train {in_words(best.values)}")
    return EXIT_DONE


def _run_to_resume(options: argparse.Namespace, config: Config) -> Run:
    return find_run(options.run, Path(config.runs_folder), wanted="state")


def _evaluate(options: argparse.Namespace) -> int:
    run = _chosen_run(options)
    from .evaluate import evaluate

    report = evaluate(run, split=options.split, baseline=options.baseline)
    if options.json:
        _print_json(report | {"run": str(run.path)})
        return EXIT_DONE
    print(f"{run.path}, {report['num_samples']} samples of the {report['split']} split")
    print(f"accuracy {report['accuracy']:.4f}, loss {report['loss']:.4f}\n")
    print("class       precision  recall  f1      samples")
    for row in report["per_class"]:
        print(
            f"{row['label']:<10}  {row['precision']:<9.4f}  {row['recall']:<6.4f}  {row['f1']:<6.4f}"
            f"  {row['num_samples']}"
        )
    if "baseline" in report:
        print(f"\nbaseline {report['baseline']['name']}: accuracy {report['baseline']['accuracy']:.4f}")
    return EXIT_DONE


def _predict(options: argparse.Namespace) -> int:
    run = _chosen_run(options)
    from .predict import Failure, predict

    answers = predict(run, options.files)
    if options.json:
        _print_json([asdict(answer) for answer in answers])
    for answer in answers:
        if isinstance(answer, Failure):
            print(f"error: {answer.error}", file=sys.stderr)
        elif not options.json:
            print(f"{answer.file}  {answer.label}  {answer.probability:.4f}")
    return EXIT_FAILED if any(isinstance(answer, Failure) for answer in answers) else EXIT_DONE


def _serve(options: argparse.Namespace) -> int:
    runs_folder = _runs_folder(options)
    from .serve import serve, token_of_the_environment
    from .serving.options import ServeOptions

    serve_options = ServeOptions(
        host=options.host, port=options.port, token=token_of_the_environment(), open_page=options.open
    )
    return serve(options.server, serve_options, which_run=options.run, runs_folder=runs_folder)


def _runs(options: argparse.Namespace) -> int:
    rows = [_summary(run) for run in list_runs(_runs_folder(options))]
    if options.json:
        _print_json(rows)
        return EXIT_DONE
    print(f"{'run':<20}  epochs  validation loss  validation accuracy  test accuracy")
    for row in rows:
        figures = (row["validation_loss"], row["validation_accuracy"], row["test_accuracy"])
        loss, validation, test = ("-" if figure is None else f"{figure:.4f}" for figure in figures)
        print(f"{row['run']:<20}  {row['epochs']:<6}  {loss:<15}  {validation:<19}  {test}")
    return EXIT_DONE


def _summary(run: Run) -> dict[str, Any]:
    epochs = run.read_metrics()
    best = min(epochs, key=lambda epoch: epoch.validation_loss, default=None)
    evaluation = run.read_evaluation()
    return {
        "run": run.path.name,
        "epochs": len(epochs),
        "validation_loss": best and best.validation_loss,
        "validation_accuracy": best and best.validation_accuracy,
        "test_accuracy": evaluation and evaluation["accuracy"],
    }


def _chosen_run(options: argparse.Namespace) -> Run:
    return find_run(options.run, _runs_folder(options))


def _runs_folder(options: argparse.Namespace) -> Path:
    return Path(load_config(options.config, options.set).runs_folder)


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
