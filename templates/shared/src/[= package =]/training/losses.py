"""The losses of an epoch's batches: their average over samples, and whether each is a number."""

import numpy as np
from numpy.typing import NDArray

from ..errors import ProjectError


def mean_loss(losses: NDArray[np.float32], *, num_samples: int, batch_size: int) -> float:
    """Return the losses (batches,) averaged over samples: the last batch, if smaller, counts for less."""
    sizes = np.diff([*range(0, num_samples, batch_size), num_samples])
    return float(np.average(losses.astype(np.float64), weights=sizes))


def check_losses(losses: NDArray[np.float32], *, epoch: int, num_batches: int) -> None:
    """Stop if a loss of the epoch's first batches (batches,) is no finite number.

    Raises:
        ProjectError: which batch of `num_batches` it was.
    """
    wrong = np.flatnonzero(~np.isfinite(losses))
    if len(wrong):
        batch = int(wrong[0])
        raise ProjectError(
            f"The loss became {float(losses[batch])} in epoch {epoch}, batch {batch + 1} of {num_batches}."
            " The checkpoints are from before.",
            fix="Lower [train] learning_rate or raise warmup_epochs, and look at the data: `check-data`.",
        )
