"""What each sample counts in the loss, and what an epoch's losses say."""

import numpy as np
from numpy.typing import NDArray

from ..config.settings import TrainConfig
from ..data.splits import Splits, class_counts, imbalance
from ..errors import ProjectError


def class_weights(splits: Splits, config: TrainConfig) -> NDArray[np.float32]:
    """Return weights (classes,) that make all classes count the same; 1 without `config.class_weights`."""
    num_classes = len(splits.class_names)
    if not config.class_weights:
        return np.ones(num_classes, np.float32)
    counts = np.bincount(splits.train.labels, minlength=num_classes)
    return (len(splits.train) / (num_classes * counts)).astype(np.float32)


def warn_of_imbalance(splits: Splits, config: TrainConfig) -> None:
    """Print a warning if frequent classes would outvote rare ones and `config.class_weights` is off."""
    found = imbalance(class_counts(splits.train, splits.class_names))
    if found and not config.class_weights:
        print(f"warning: {found}; with [train] class_weights = true they weigh the same.")


def mean_loss(losses: NDArray[np.float32], *, num_samples: int, batch_size: int) -> float:
    """Return the losses (batches,) averaged over samples: the last batch, if smaller, counts for less."""
    sizes = np.diff([*range(0, num_samples, batch_size), num_samples])
    return float(np.average(losses.astype(np.float64), weights=sizes))


def check_losses(losses: NDArray[np.float32], *, epoch: int, num_batches: int) -> None:
    """Stop at a loss that is not finite; `losses` (batches,) are those of the epoch's first batches.

    Raises:
        ProjectError: the loss of one of the `num_batches` batches is NaN or infinite.
    """
    wrong = np.flatnonzero(~np.isfinite(losses))
    if len(wrong):
        batch = int(wrong[0])
        raise ProjectError(
            f"The loss became {float(losses[batch])} in epoch {epoch}, batch {batch + 1} of {num_batches}."
            " The checkpoints are from before.",
            fix="Lower [train] learning_rate or raise warmup_epochs, and look at the data: `check-data`.",
        )
