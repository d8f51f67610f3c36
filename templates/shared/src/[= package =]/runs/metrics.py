"""The metrics of a run's epochs, in `metrics.jsonl` and, for spreadsheets, in `metrics.csv`."""

import csv
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from ..errors import ProjectError
from ..files import in_json, replacing
from .evaluation import Figure

JSON_LINES = "metrics.jsonl"


@dataclass(frozen=True, kw_only=True)
class EpochMetrics:
    """One line of `metrics.jsonl`: losses in nats per sample, accuracies between 0 and 1, time in seconds.

    The training figures are averages over the epoch, during which the weights changed, with dropout; the
    learning rate is the one at its end.
    """

    epoch: int
    train_loss: Figure
    train_accuracy: Figure
    validation_loss: Figure
    validation_accuracy: Figure
    learning_rate: Figure
    samples_per_second: Figure
    seconds: Figure


def read_metrics(path: Path) -> list[EpochMetrics]:
    """Return the metrics in a file, none without one; warn of a line that is damaged, and leave it out.

    Raises:
        ProjectError: the system does not let it be read.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be read ({error.strerror}).", fix="Let yourself read it."
        ) from error
    epochs, reader = [], TypeAdapter(EpochMetrics)
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        try:
            epochs.append(reader.validate_json(line))
        except ValueError:
            if line.endswith("\n"):  # or else a process was killed while it wrote
                warn_once(f"{path}, line {number} is damaged: that epoch is left out.")
    return epochs


def write_metrics(epochs: Sequence[EpochMetrics], folder: Path) -> None:
    """Write both files, each of them whole or not at all."""
    rows = [asdict(epoch) for epoch in epochs]
    with replacing(folder / JSON_LINES) as temporary:
        lines = (json.dumps(in_json(row)) + "\n" for row in rows)
        temporary.write_text("".join(lines), encoding="utf-8")
    with replacing(folder / "metrics.csv") as temporary, temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(EpochMetrics)])
        writer.writeheader()
        writer.writerows(rows)


def lowest_loss(epochs: Sequence[EpochMetrics]) -> EpochMetrics | None:
    """Return the epoch with the lowest validation loss, None if none is finite."""
    finite = [epoch for epoch in epochs if math.isfinite(epoch.validation_loss)]
    return min(finite, key=lambda epoch: epoch.validation_loss, default=None)


@cache
def warn_once(text: str) -> None:
    """Print a warning, but no second time in this process."""
    print(f"warning: {text}", file=sys.stderr)  # stdout may be JSON
