"""Several processes that train one model together; a process that is alone needs nothing of this.

All of them see the same batches, and each computes its share: of the batch's samples the first process takes
number 0, W, 2W …, the next one number 1, W + 1 … for W processes. `batch_size` is that of all together.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from ..config.settings import TrainConfig
from ..processes import World


class Group:
    """What processes do together; for one that is alone, nothing has to be done."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()

    def agree(self, wish: int) -> int:
        """Return the largest of what all processes wish for."""
        return wish

    def same(self, text: str) -> str:
        """Return the text that the first process gave, once all have asked for it."""
        return text

    def gather(self, rows: NDArray[np.float32], num_rows: int) -> NDArray[np.float32]:
        """Return all `num_rows` rows in their order; each process gives those of its `Split.share`."""
        del num_rows
        return rows


ALONE = Group()


@contextmanager
def joined(config: TrainConfig) -> Iterator[Group]:
    """Meet the other processes that the environment names, if any, and part from them at the end."""
    del config
    yield ALONE
