"""What `evaluate` finds."""

import math
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator

from ..data.splits import SplitName

# A loss that is not a number is null in JSON.
Figure = Annotated[float, BeforeValidator(lambda value: math.nan if value is None else value)]


@dataclass(frozen=True, kw_only=True)
class ClassMetrics:
    """One class: shares between 0 and 1, None where they are of nothing, and how many samples it has."""

    label: str
    precision: float | None
    recall: float | None
    f1: float | None
    num_samples: int


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """One split: accuracy and cross-entropy in nats, averaged over samples; `confusion[true][predicted]`."""

    accuracy: float
    loss: Figure
    num_samples: int
    per_class: tuple[ClassMetrics, ...]
    confusion: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """Another model on the same split."""

    name: str
    accuracy: float


@dataclass(frozen=True, kw_only=True)
class Evaluation(Metrics):
    """The metrics of a run's best model on `split`, with the baseline if one was asked for."""

    split: SplitName
    baseline: Baseline | None = None
    probe: Baseline | None = None  # of a pretrained backbone

    def as_json(self) -> dict[str, Any]:
        """Return what its file holds; without a baseline or a probe, no key for it."""
        return {name: value for name, value in asdict(self).items() if value is not None}
