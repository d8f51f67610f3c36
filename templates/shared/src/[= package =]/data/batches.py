"""Batches of samples in their order, read ahead, and the order that training has instead."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from .splits import Split

VALUES_AT_ONCE = 2**21  # of inputs that are turned into floats
READ_AHEAD = 3  # batches that wait in memory, so that the model does not wait

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batch(NamedTuple):
    """Inputs: uint8 (batch, height, width, channels); labels: int64 (batch,)."""

    inputs: NDArray[np.uint8]
    labels: NDArray[np.int64]


def batches_in_order(split: Split, batch_size: int) -> Iterator[Batch]:
    """Yield all samples of `split` in their order."""

    def make(start: int) -> Batch:
        chosen = slice(start, start + batch_size)
        return Batch(split.inputs[chosen], split.labels[chosen])

    ahead = 0 if isinstance(split.inputs, np.ndarray) else READ_AHEAD
    return read_ahead(make, range(0, len(split), batch_size), ahead)


def read_ahead(make: Callable[[Item], Result], items: Iterable[Item], ahead: int) -> Iterator[Result]:
    """Yield `make(item)` of every item in order; as many threads make up to `ahead` results in advance.

    An exception in `make` arrives in the place of its result; results that nobody reads are not made.
    """
    if ahead == 0:
        yield from map(make, items)
        return
    waiting: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(ahead)
    try:
        for item in items:
            waiting.append(pool.submit(make, item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def sample_order(num_samples: int, *, seed: int, epoch: int) -> NDArray[np.int64]:
    """Return a permutation (num_samples,) that depends only on the seed and the epoch."""
    return np.random.default_rng((seed, epoch)).permutation(num_samples)


def normalization_inputs(split: Split) -> Iterator[NDArray[np.uint8]]:
    """Yield batches of the inputs whose mean and deviation the model normalizes with: 2,048, evenly spread.

    Both are computed in floats, which take several times the memory of the inputs: batches are small.
    """
    chosen = np.linspace(0, len(split) - 1, num=min(len(split), 2048)).astype(np.int64)
    step = max(1, VALUES_AT_ONCE // int(np.prod(split.inputs.shape[1:])))
    for start in range(0, len(chosen), step):
        yield split.inputs[chosen[start : start + step]]
