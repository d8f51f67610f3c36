"""What `evaluate` finds, and the file that it is written to."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ..data.splits import SplitName
from ..errors import ProjectError, command


@dataclass(frozen=True, kw_only=True)
class ClassMetrics:
    """One class: shares between 0 and 1, and how many samples it has."""

    label: str
    precision: float
    recall: float
    f1: float
    num_samples: int


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """One split: accuracy and cross-entropy in nats, averaged over samples; `confusion[true][predicted]`."""

    accuracy: float
    loss: float
    num_samples: int
    per_class: tuple[ClassMetrics, ...]
    confusion: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A classical model on the same split."""

    name: str
    accuracy: float


@dataclass(frozen=True, kw_only=True)
class Evaluation(Metrics):
    """The metrics of a run's best model on `split`, with the baseline if one was asked for."""

    split: SplitName
    baseline: Baseline | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what its file holds; without a baseline, no key for one."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def read_evaluation(path: Path) -> Evaluation:
    """Return the evaluation in a file.

    Raises:
        ProjectError: the file is damaged.
    """
    try:
        return TypeAdapter(Evaluation).validate_json(path.read_bytes())
    except ValueError as error:
        raise ProjectError(
            f"{path} is damaged: {str(error).splitlines()[0]}.",
            fix=f"Run: {command('evaluate')} --run {path.parent}",
        ) from error
