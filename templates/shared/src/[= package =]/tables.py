"""Reports as lines for a terminal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from .config.settings import in_toml
from .data.codec import SAMPLES
from .data.splits import SPLIT_NAMES
from .export.manifest import Variant

if TYPE_CHECKING:  # these load much, and a sweep's needs an extra
    from .config.read import ListedSetting
    from .config.settings import TrainConfig
    from .data.check import DataReport, Member
    from .runs.evaluation import Evaluation
    from .runs.run import EpochMetrics
    from .training.sweep import Trial

SHOWN = 20  # entries of a list; the others are counted, and --json has them all


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a table whose columns are as wide as what is in them; None is shown as a dash."""
    texts = [headers, *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        yield "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip()


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def setting_lines(rows: Sequence["ListedSetting"], *, width: int) -> Iterator[str]:
    """Yield a table of settings, cut to `width` columns: what each means is at the end of its line."""
    headers = ("setting", "value", "default", "from", "unit and meaning")
    cells = [(row.name, _value(row.value), _value(row.default), row.origin, row.meaning) for row in rows]
    for line in table(headers, cells):
        yield line if len(line) <= width else f"{line[: width - 1]}…"


def _value(value: object) -> str:
    return f"{sum(map(len, value.values()))} ranges" if isinstance(value, dict) else in_toml(value)


def data_lines(report: "DataReport") -> Iterator[str]:
    """Yield what `check-data` found: counts, sizes, and what should be looked at."""
    counts = [report.counts[split] for split in SPLIT_NAMES]
    rows = [[name, *(each[name] for each in counts)] for name in report.counts["train"]]
    yield from table(["class", *SPLIT_NAMES], [*rows, ["all", *(sum(each.values()) for each in counts)]])
    sizes = {"smallest": report.smallest, "median": report.median, "largest": report.largest}
    yield "sizes in pixels: " + ", ".join(f"{name} {size[0]}x{size[1]}" for name, size in sizes.items())
    if report.imbalance:
        yield f"imbalance: {report.imbalance}; with [train] class_weights = true they weigh the same"
    skipped = [f"{entry.file}: {entry.reason}" for entry in report.skipped]
    yield from _listed("file is", "files are", "not used", skipped)
    for title, groups in (
        ("within a split", report.duplicates),
        ("in more than one split (leakage: figures are too good; keep one each)", report.leaks),
        ("with different classes (a labeling error: keep each under one class)", report.conflicts),
    ):
        equal = [_equal(group) for group in groups]
        yield from _listed("group", "groups", f"of equal {SAMPLES} {title}", equal)


def _listed(one: str, many: str, title: str, lines: Sequence[str]) -> Iterator[str]:
    if not lines:
        return
    yield f"{len(lines)} {one if len(lines) == 1 else many} {title}:"
    yield from (f"  {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield f"  and {len(lines) - SHOWN} more, which --json lists"


def _equal(group: Sequence["Member"]) -> str:
    return " = ".join(f"{member.name} ({member.split}, {member.class_name})" for member in group)


def training_lines(epochs: Sequence["EpochMetrics"], config: "TrainConfig") -> Iterator[str]:
    """Yield how a run ended: why before its last epoch, how long it took, and which epoch is kept."""
    best = min(epochs, key=lambda epoch: epoch.validation_loss)
    if len(epochs) < config.epochs:
        patience = config.early_stopping_patience
        yield f"stopped early: no lower validation loss for {patience} epochs (early_stopping_patience)"
    number = "1 epoch" if len(epochs) == 1 else f"{len(epochs)} epochs"
    yield (
        f"{number} in {sum(epoch.seconds for epoch in epochs):.1f} s;"
        f" best was epoch {best.epoch} with validation accuracy {best.validation_accuracy:.4f}"
    )


def sweep_lines(trials: Sequence["Trial"]) -> Iterator[str]:
    """Yield a table of trials in the order given; one without a run says why it failed."""
    rows = [
        (
            trial.number,
            None if trial.problem else trial.validation_loss,
            trial.validation_accuracy,
            trial.run,
            ", ".join(f"{name}={value}" for name, value in trial.values.items()),
            f"failed: {trial.problem}" if trial.problem else "",
        )
        for trial in trials
    ]
    yield from table(("trial", "val. loss", "val. accuracy", "run", "settings", ""), rows)


def variant_lines(variants: Sequence[Variant]) -> Iterator[str]:
    """Yield tables of what was measured of an export's artifacts, one for each runtime that ran them."""
    headers = ("variant", "bytes", "test accuracy", "agreement", "logit diff.", "p50 ms", "p99 ms")
    for runtime, group in groupby(variants, key=lambda each: each.runtime):
        yield runtime
        rows = [
            (
                each.variant,
                f"{each.num_bytes:,}",
                each.test_accuracy,
                each.agreement,
                f"{each.logit_difference:.2g}",
                f"{each.latency_p50_ms:.3f}",
                f"{each.latency_p99_ms:.3f}",
            )
            for each in group
        ]
        yield from table(headers, rows)


def evaluation_lines(evaluation: "Evaluation") -> Iterator[str]:
    """Yield an evaluation's figures, a table of its classes, and the baseline's accuracy."""
    yield f"accuracy {evaluation.accuracy:.4f}, loss {evaluation.loss:.4f}\n"
    headers = ("class", "precision", "recall", "f1", "samples")
    rows = [
        (each.label, each.precision, each.recall, each.f1, each.num_samples) for each in evaluation.per_class
    ]
    yield from table(headers, rows)
    if evaluation.baseline:
        yield f"\nbaseline {evaluation.baseline.name}: accuracy {evaluation.baseline.accuracy:.4f}"


def run_lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a table of runs: epochs of those planned, figures, and settings that are not the defaults."""
    headers = ("run", "epochs", "val. loss", "val. accuracy", "test accuracy", "settings")
    cells = [
        (
            row["run"],
            f"{row['epochs']}/{row['planned_epochs'] or '-'}",
            row["validation_loss"],
            row["validation_accuracy"],
            row["test_accuracy"],
            ", ".join(f"{name}={value}" for name, value in row["settings"].items()),
        )
        for row in rows
    ]
    yield from table(headers, cells)
