"""What one sees while it trains: a bar on a terminal, and one line an epoch everywhere."""

import sys
from types import TracebackType
from typing import Self

from tqdm import tqdm

from ..runs.run import EpochMetrics


class Progress:
    """Shows samples per second and the time that is left; the bar goes to stderr, the lines to stdout."""

    def __init__(self, *, title: str, num_samples: int, epochs: int) -> None:
        print(title)
        self._epochs = epochs
        # disable=None: no bar where stderr is not a terminal.
        self._bar = tqdm(
            total=num_samples * epochs, unit=" samples", unit_scale=True, disable=None, leave=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def advance(self, num_samples: int) -> None:
        """Move the bar on by the samples that were just trained on."""
        self._bar.update(num_samples)

    def end_epoch(self, metrics: EpochMetrics, *, is_best: bool) -> None:
        """Print the epoch's line; `is_best` marks the model that was saved as the best so far."""
        line = (
            f"epoch {metrics.epoch:>{len(str(self._epochs))}}/{self._epochs}"
            f"  train: loss {metrics.train_loss:.4f}, accuracy {metrics.train_accuracy:.4f}"
            f"  val: {metrics.validation_loss:.4f}, {metrics.validation_accuracy:.4f}"
        )
        self._bar.write(line + ("  best" if is_best else ""), file=sys.stdout)
