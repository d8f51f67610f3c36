"""Reports as lines for a terminal."""

from collections.abc import Iterator, Mapping, Sequence
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


def setting_lines(rows: Sequence["ListedSetting"], *, width: int) -> Iterator[str]:
    """Yield a table of settings, cut to `width` columns: what each means is at the end of its line."""
    table = [("setting", "value", "default", "from", "unit and meaning")]
    for row in rows:
        value, default = (
            f"{sum(map(len, each.values()))} ranges" if isinstance(each, dict) else in_toml(each)
            for each in (row.value, row.default)
        )
        table.append((row.name, value, default, row.origin, row.meaning))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        line = "  ".join(f"{cell:<{size}}" for cell, size in zip(cells, widths, strict=True)).rstrip()
        yield line if len(line) <= width else f"{line[: width - 1]}…"


def data_lines(report: "DataReport") -> Iterator[str]:
    """Yield what `check-data` found: counts, sizes, and what should be looked at."""
    width = max(len(name) for name in (*report.counts["train"], "class"))
    yield f"{'class':<{width}}  {'  '.join(f'{name:>10}' for name in SPLIT_NAMES)}"
    for name in report.counts["train"]:
        yield f"{name:<{width}}  {'  '.join(f'{report.counts[split][name]:>10}' for split in SPLIT_NAMES)}"
    totals = (sum(report.counts[split].values()) for split in SPLIT_NAMES)
    yield f"{'all':<{width}}  {'  '.join(f'{total:>10}' for total in totals)}"
    sizes = {"smallest": report.smallest, "median": report.median, "largest": report.largest}
    yield "sizes in pixels: " + ", ".join(f"{name} {size[0]}x{size[1]}" for name, size in sizes.items())
    if report.imbalance:
        yield f"imbalance: {report.imbalance}; with [train] class_weights = true they weigh the same"
    skipped = [f"{entry.file}: {entry.reason}" for entry in report.skipped]
    yield from _listed("file is", "files are", "not used", skipped)
    for title, groups in (
        ("within a split", report.duplicates),
        ("in more than one split (leakage: figures are too good; keep one each)", report.leaks),
        ("with different classes (a labelling error: keep each under one class)", report.conflicts),
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
    """Yield a table of trials in the order given."""
    yield f"trial  val. loss  val. accuracy  {'run':<20}  settings"
    for trial in trials:
        settings = ", ".join(f"{name} = {value}" for name, value in trial.values.items())
        if trial.validation_accuracy is None:
            yield f"{trial.number:<5}  failed: {trial.problem}  {settings}"
        else:
            yield (
                f"{trial.number:<5}  {trial.validation_loss:<9.4f}  {trial.validation_accuracy:<13.4f}"
                f"  {trial.run:<20}  {settings}"
            )


def variant_lines(variants: Sequence[Variant]) -> Iterator[str]:
    """Yield tables of what was measured of an export's artifacts, one for each runtime that ran them."""
    width = max(len(each.variant) for each in variants)
    for runtime, group in groupby(variants, key=lambda each: each.runtime):
        yield runtime
        yield f"{'variant':<{width}}  {'bytes':>10}  test accuracy  agreement  logit diff.  p50 ms  p99 ms"
        for each in group:
            yield (
                f"{each.variant:<{width}}  {each.num_bytes:>10,}  {each.test_accuracy:<13.4f}"
                f"  {each.agreement:<9.4f}  {each.logit_difference:<11.2g}"
                f"  {each.latency_p50_ms:<6.3f}  {each.latency_p99_ms:.3f}"
            )


def evaluation_lines(evaluation: "Evaluation") -> Iterator[str]:
    """Yield an evaluation's figures, a table of its classes, and the baseline's accuracy."""
    yield f"accuracy {evaluation.accuracy:.4f}, loss {evaluation.loss:.4f}"
    width = max(len(name) for name in ("class", *(each.label for each in evaluation.per_class)))
    yield f"\n{'class':<{width}}  precision  recall  f1      samples"
    for each in evaluation.per_class:
        yield (
            f"{each.label:<{width}}  {each.precision:<9.4f}  {each.recall:<6.4f}  {each.f1:<6.4f}"
            f"  {each.num_samples}"
        )
    if evaluation.baseline:
        yield f"\nbaseline {evaluation.baseline.name}: accuracy {evaluation.baseline.accuracy:.4f}"


def run_lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a table of runs: epochs of those planned, figures, and settings that are not the defaults."""
    yield f"{'run':<20}  epochs   val. loss  val. accuracy  test accuracy  settings"
    for row in rows:
        figures = (row["validation_loss"], row["validation_accuracy"], row["test_accuracy"])
        loss, validation, test = ("-" if figure is None else f"{figure:.4f}" for figure in figures)
        epochs = f"{row['epochs']}/{row['planned_epochs'] or '-'}"
        settings = ", ".join(f"{name}={value}" for name, value in row["settings"].items())
        line = f"{row['run']:<20}  {epochs:<7}  {loss:<9}  {validation:<13}  {test:<13}  {settings}"
        yield line.rstrip()
