"""Reports as lines for a terminal: the columns of a table are keys of what `--json` prints."""

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from .config.settings import in_toml
from .data.codec import SAMPLES, InputSpec
from .data.splits import SPLIT_NAMES
from .errors import EXIT_DONE
from .export.manifest import Variant
from .files import in_json

if TYPE_CHECKING:  # these load much, and a sweep's needs an extra
    from .config.settings import TrainConfig
    from .data.check import DataReport
    from .runs.evaluation import Evaluation
    from .runs.metrics import EpochMetrics
    from .training.sweep import Trial

SHOWN = 20  # entries of a list; the others are counted, and --json has them all
FIGURES = ("num_bytes", "test_accuracy", "agreement", "logit_difference", "latency_p50_ms", "latency_p99_ms")


def print_result(value: object, lines: Iterable[str], *, as_json: bool) -> int:
    """Print `value` as JSON, or else the lines; return the exit code."""
    for line in [json.dumps(in_json(value), indent=2)] if as_json else lines:
        print(line)
    return EXIT_DONE


def table(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Yield a table with a title line; each column is as wide as what is in it."""
    cells = [[column.removeprefix("num_").replace("_", " ") for column in columns]]
    cells += [[_cell(row[column]) for column in columns] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes: East Asian characters two, combining ones none."""
    seen = (each for each in text if unicodedata.category(each) not in {"Mn", "Me", "Cf"})
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in seen)


def _cell(value: object) -> str:
    """Return a value as text: None as a dash, and floats with four digits after the point, or two in all."""
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={each}" for name, each in value.items())
    if isinstance(value, float):
        return f"{value:.2g}" if 0 < abs(value) < 1e-3 else f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def setting_lines(rows: Iterable[Mapping[str, Any]], *, width: int) -> Iterator[str]:
    """Yield a table of settings, cut to `width` columns: what each means is at the end of its line."""
    written = [dict(row) | {key: _written(row[key]) for key in ("value", "default")} for row in rows]
    for line in table(("name", "value", "default", "origin", "meaning"), written):
        yield line if len(line) <= width else f"{line[: width - 1]}…"


def _written(value: object) -> str:
    return f"{sum(map(len, value.values()))} ranges" if isinstance(value, dict) else in_toml(value)


def data_lines(report: "DataReport") -> Iterator[str]:
    """Yield what `check-data` found: counts, sizes, and what should be looked at."""
    counts = {split: each | {"all": sum(each.values())} for split, each in report.counts.items()}
    rows = [{"class": name, **{split: counts[split][name] for split in counts}} for name in counts["train"]]
    yield from table(("class", *SPLIT_NAMES), rows)
    sizes = {"smallest": report.smallest, "median": report.median, "largest": report.largest}
    yield "sizes in pixels: " + ", ".join(f"{name} {size[0]}x{size[1]}" for name, size in sizes.items())
    if report.bits > InputSpec.bits:
        yield f"{SAMPLES} with 16 bits for each value use {report.bits}: {2**report.bits - 1} is white"
    yield from (f"note: {note}" for note in report.notes)
    if report.imbalance:
        yield f"imbalance: {report.imbalance}; with --set train.class_weights=true they weigh the same"
    yield from _listed("files that are not used", [f"{each.file}: {each.reason}" for each in report.skipped])
    for title, groups in (
        ("within a split", report.duplicates),
        ("in more than one split (leakage: figures are too good; keep one each)", report.leaks),
        ("with different classes (a labeling error: keep each under one class)", report.conflicts),
    ):
        members = ([f"{each.name} ({each.split}, {each.class_name})" for each in group] for group in groups)
        yield from _listed(f"groups of equal {SAMPLES} {title}", [" = ".join(names) for names in members])


def _listed(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"{title}: {len(lines)}"
    yield from (f"  {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield f"  and {len(lines) - SHOWN} more, which --json lists"


def training_lines(
    epochs: Sequence["EpochMetrics"], best: "EpochMetrics", config: "TrainConfig"
) -> Iterator[str]:
    """Yield how a run ended: why before its last epoch, how long it took, and which epoch is kept."""
    num_epochs = epochs[-1].epoch
    if num_epochs < config.epochs:
        patience = config.early_stopping_patience
        yield f"stopped early: no lower validation loss for {patience} epochs (early_stopping_patience)"
    number = "1 epoch" if num_epochs == 1 else f"{num_epochs} epochs"
    yield (
        f"{number} in {sum(epoch.seconds for epoch in epochs):.1f} s;"
        f" best was epoch {best.epoch} with validation accuracy {best.validation_accuracy:.4f}"
    )


def sweep_lines(trials: Iterable["Trial"]) -> Iterator[str]:
    """Yield a table of trials in the order given."""
    columns = ("number", "validation_loss", "validation_accuracy", "run", "values", "problem")
    return table(columns, map(asdict, trials))


def variant_lines(variants: Sequence[Variant]) -> Iterator[str]:
    """Yield tables of what was measured of an export's artifacts, one for each runtime that ran them."""
    for runtime, group in groupby(variants, key=lambda each: each.runtime):
        yield runtime
        yield from table(("variant", *FIGURES), map(asdict, group))


def evaluation_lines(evaluation: "Evaluation") -> Iterator[str]:
    """Yield an evaluation's figures, a table of its classes, and what simpler models reach."""
    yield f"accuracy {evaluation.accuracy:.4f}, loss {evaluation.loss:.4f}\n"
    columns = ("label", "precision", "recall", "f1", "num_samples")
    yield from table(columns, map(asdict, evaluation.per_class))
    for title, model in (("\nbaseline", evaluation.baseline), ("probe", evaluation.probe)):
        if model:
            yield f"{title} {model.name}: accuracy {model.accuracy:.4f}"
