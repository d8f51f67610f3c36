"""A last batch that is smaller counts for less, and the first loss that is no number is named."""

import numpy as np
import pytest

from [= package =].errors import ProjectError
from [= package =].losses import check_losses, mean_loss


def test_every_sample_counts_once() -> None:
    """Of nine samples in batches of four, the last one weighs a ninth."""
    losses = np.array([1, 2, 6], np.float32)

    assert (4 * 1 + 4 * 2 + 6) / 9 == mean_loss(losses, num_samples=9, batch_size=4)


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_first_loss_that_is_no_number_is_named(loss: float) -> None:
    """Batches are counted from 1; what came before and after does not matter."""
    losses = np.array([0.5, loss, 0.5, np.nan], np.float32)

    with pytest.raises(ProjectError, match=rf"The loss became {loss} in epoch 3, batch 2 of 7\."):
        check_losses(losses, epoch=3, num_batches=7)


def test_finite_losses_pass() -> None:
    """However large they are."""
    check_losses(np.array([0, 1e30], np.float32), epoch=1, num_batches=2)
