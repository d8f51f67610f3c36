"""The command line: what can be typed."""

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

from . import backbone_verbs, train_verb, verbs
from .data.codec import A_CLASSIFIER, FILES, SAMPLES
from .data.splits import SplitName
from .errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE, ProjectError, UsageError, command, quoted
from .export.targets import DEFAULT_URL, TARGETS, available
from .serving.serve import SERVERS, TOKEN_VARIABLE, ServeOptions
from .train_verb import RESTARTS
from .training.launching.launched import is_launched, tell, tell_of_closed_output

MOST_SECONDS = 24 * 60 * 60  # to wait for an answer


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if isinstance(sys.stdout, io.TextIOWrapper):  # a class or a file may be called what it cannot show
        sys.stdout.reconfigure(errors="backslashreplace")
    parser = _parser()
    if not arguments:
        parser.print_help(sys.stderr)
        return EXIT_USAGE
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        parser.error(f"{quoted(unknown)} is not an option; {_instead_of(unknown, options.verb)}")
    verb: Callable[[argparse.Namespace], int] = options.verb
    try:
        exit_code = verb(options)
        sys.stdout.flush()
        return exit_code
    except ProjectError as error:
        tell(error)
        return EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILED
    except KeyboardInterrupt:
        resume = ""
        if verb is train_verb.train:
            resume = f" If a state was saved, continue with: {train_verb.command_to_resume(options)}"
        if not is_launched():
            print(f"Interrupted.{resume}", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError as error:
        tell_of_closed_output(error)
        # What reads the output, such as `head`, has seen enough. What is still buffered is dropped.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED


def _instead_of(words: Sequence[str], verb: Callable[[argparse.Namespace], int]) -> str:
    """Return what to type in the place of words that the verb does not know."""
    if verb is verbs.export and (targets := [word for word in words if word in available(TARGETS)]):
        return f"to choose a target, run: {command(f'export --to {targets[0]}')}"
    if verb is verbs.serve and (servers := [word for word in words if word in available(SERVERS)]):
        return f"to choose a server, run: {command(f'serve --with {servers[0]}')}"
    return "to change a setting, use --set train.epochs=3"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=__package__, description=f"Train, evaluate and use {A_CLASSIFIER}.")
    children = parser.add_subparsers(required=True, metavar="VERB")
    for name, verb, text in (
        ("settings", verbs.settings, "list the settings, with defaults and where each value comes from"),
        ("check-data", verbs.check_data, f"count the {SAMPLES}, and find what is wrong with them"),
        ("train", train_verb.train, "train a model into a new run folder"),
        ("evaluate", verbs.evaluate, "measure a run's best model on the test split"),
        ("predict", verbs.predict, f"label {FILES}"),
        ("export", verbs.export, "write a run's best model for a server, a device or a browser"),
        ("serve", verbs.serve, "answer predictions over HTTP"),
        ("client", verbs.client, f"label {FILES} by asking a server"),
        ("runs", verbs.runs, "list the runs"),
        ("backbones", backbone_verbs.backbones, "list pretrained weights to begin with"),
        ("fetch", backbone_verbs.fetch, "download pretrained weights: the one verb that uses the network"),
        ("cache", verbs.cache, f"list decoded {SAMPLES} on the disk, or remove them"),
    ):
        child = children.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.")
        child.set_defaults(verb=verb)
        add_options = _add_backbone_options if name in {"backbones", "fetch"} else _add_options
        add_options(child, name)
    return parser


def _add_options(parser: argparse.ArgumentParser, verb: str) -> None:
    option = parser.add_argument
    option("--config", type=Path, default=verbs.CONFIG, metavar="PATH", help=f"default: {verbs.CONFIG}")
    option("--set", action="append", default=[], metavar="NAME=VALUE", help="one setting: train.epochs=3")
    if verb == "train":
        option("--resume", action="store_true", help="continue a run that was stopped")
        option("--more-epochs", type=int, metavar="N", help="train a finished run further, in a new one")
        option("--sweep", action="store_true", help="search settings: many runs, see [sweep] in config.toml")
        option("--processes", type=int, metavar="N", help="share each batch among N local processes")
        option("--restarts", type=int, default=RESTARTS, metavar="M", help=f"if one fails: {RESTARTS}")
    if verb not in {"cache", "check-data", "client", "runs", "serve", "settings"}:
        usual = "latest, with --more-epochs or" if verb == "train" else "latest, or"
        option("--run", default="latest", metavar="PATH|latest|best", help=f"default: {usual} a sweep's best")
    if verb not in {"serve", "train"}:
        option("--json", action="store_true", help="print JSON, for programs")
    if verb == "cache":
        option("--clear", action="store_true", help="remove all that no process is writing")
    if verb == "check-data":
        option("--output", type=Path, metavar="PNG", help="sample sheet; default: runs/sample-sheet.png")
        option("--augmented", type=Path, metavar="PNG", help=f"a sheet of {SAMPLES} as [augment] varies them")
    if verb == "evaluate":
        option("--split", choices=get_args(SplitName), default="test", help="default: test")
        option("--baseline", action="store_true", help="also score a classical model")
    if verb == "export":
        targets = available(TARGETS)
        option("--to", choices=targets, default="onnx", metavar="TARGET", help=", ".join(targets))
        option("--output", type=Path, metavar="FOLDER", help="default: exports/TARGET")
        option("--sbom", action="store_true", help="also list this environment's packages (CycloneDX)")
    if verb in {"client", "predict"}:
        option(
            "--top", type=_count, metavar="K", help="labels of each file; default: 1, or all in JSON and CSV"
        )
        option("--csv", type=Path, metavar="FILE", help="also write a table of the probabilities")
        option("files", nargs="+", type=Path, metavar="FILE", help=f"{FILES} or folders of them")
    if more := {"client": _add_client_options, "serve": _add_serve_options}.get(verb):
        more(parser)


def _add_client_options(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option("--url", default=DEFAULT_URL, help=f"default: {DEFAULT_URL}")
    option("--timeout", type=_seconds, default=10.0, metavar="SECONDS", help="default: 10")
    option("--export", type=Path, metavar="FOLDER", help="whose model is served; default: the newest")


def _add_backbone_options(parser: argparse.ArgumentParser, verb: str) -> None:
    option = parser.add_argument
    option("--json", action="store_true", help="print JSON, for programs")
    if verb == "backbones":
        option("word", nargs="?", default="", metavar="WORD", help="only names that contain it")
    else:
        option("name", nargs="?", metavar="NAME", help="of a backbone, as backbones lists them")
        option("--list", action="store_true", help="list what was fetched")
        option("--remove", action="store_true", help="remove what was fetched of this name")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 on")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= MOST_SECONDS:  # NaN is not, either
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0 and up to {MOST_SECONDS}")
    return seconds


def _add_serve_options(parser: argparse.ArgumentParser) -> None:
    option, host, port = parser.add_argument, ServeOptions.host, ServeOptions.port
    option("--with", dest="server", choices=available(SERVERS), default="embedded", help="default: embedded")
    option("--host", default=host, help=f"default: {host}; others need {TOKEN_VARIABLE}")
    option("--port", type=int, default=port, help=f"default: {port}; 0 is any free one")
    option("--run", metavar="PATH|latest|best", help="default: what was exported, or else the latest run")
    option("--open", action="store_true", help="open the server's page in the browser")


if __name__ == "__main__":
    sys.exit(main())
