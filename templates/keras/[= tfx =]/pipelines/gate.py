"""What the Evaluator decided, in plain values and in words; TFX is not needed to read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ACCURACY = "accuracy"  # what the metric is called in the evaluation


@dataclass(frozen=True, kw_only=True)
class Missed:
    """A figure that misses its threshold: `value` is the figure or, of a change, the difference."""

    metric: str
    value: float
    lowest: float
    is_change: bool = False  # compared with the last blessed model

    def __str__(self) -> str:
        """Return it in a sentence's words."""
        if self.is_change:
            return (
                f"{self.metric} is {-self.value:.4f} below the last blessed model's;"
                f" it may be {-self.lowest:.4f} below"
            )
        return f"{self.metric} is {self.value:.4f}; the floor is {self.lowest:.4f}"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The end of a run of the pipeline."""

    is_blessed: bool
    accuracy: float  # on the test split
    change: float | None  # of it, from the last blessed model's; None if there was none
    missed: Sequence[Missed]
    run: str  # the project's own run folder
    model: Path  # the SavedModel that was evaluated
    evaluation: Path  # what TFMA wrote
    statistics: Path
    schema: Path
    pushed: str  # where the model is served from; empty if it was not pushed


def verdict_lines(verdict: Verdict) -> list[str]:
    """Return what is printed at the end: figures, where everything is, and the decision with its reason."""
    change = "no blessed model before it"
    if verdict.change is not None:
        change = f"{verdict.change:+.4f} compared with the last blessed model"
    lines = [
        f"test {ACCURACY} {verdict.accuracy:.4f}, {change}",
        f"  its run, with curves and samples: {verdict.run}",
        f"  statistics of the samples: {verdict.statistics}; their schema: {verdict.schema}",
        f"  evaluation, of each class too: {verdict.evaluation}",
    ]
    if verdict.is_blessed:
        return [*lines, f"blessed; TensorFlow Serving loads it from {verdict.pushed}"]
    reasons = "; ".join(map(str, verdict.missed)) or "a metric could not be computed"
    return [*lines, f"not blessed, not pushed: {reasons}."]
