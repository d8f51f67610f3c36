"""Batches of samples in a given order: read ahead, and augmented for training."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..config.augment import AugmentConfig
from .splits import Split

READ_AHEAD = 3  # batches that wait in memory, so that the model does not wait

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batch(NamedTuple):
    """Inputs: uint8 (batch, height, width, channels); labels: int64 (batch,)."""

    inputs: NDArray[np.uint8]
    labels: NDArray[np.int64]


def training_batches(
    split: Split,
    order: NDArray[np.int64],
    *,
    batch_size: int,
    first: int,
    augmentation: AugmentConfig,
    seed: tuple[int, int],
) -> Iterator[Batch]:
    """Yield the batches of `order` from number `first` on; the last one may be smaller.

    How batch number n is augmented depends only on n and `seed` (the run's and the epoch), so that a run
    that resumes in the middle of an epoch sees what an uninterrupted one does.
    """

    def make(number: int) -> Batch:
        indices = order[number * batch_size : (number + 1) * batch_size]
        inputs = split.inputs[indices]
        if augmentation.is_on:
            inputs = augment(inputs, augmentation, np.random.default_rng((*seed, number)))
        return Batch(inputs, split.labels[indices])

    num_batches = -(-len(order) // batch_size)
    # Slicing an array is faster than handing the slice from one thread to another.
    ahead = READ_AHEAD if augmentation.is_on or not isinstance(split.inputs, np.ndarray) else 0
    return read_ahead(make, range(first, num_batches), ahead)


def augment(
    images: NDArray[np.uint8], config: AugmentConfig, random: np.random.Generator
) -> NDArray[np.uint8]:
    """Return a copy of `images` (batch, height, width, channels), changed as `random` decides."""
    images = images.copy()
    if config.horizontal_flip:
        chosen = random.random(len(images)) < 0.5
        images[chosen] = images[chosen, :, ::-1]
    if config.shift_fraction > 0:
        images = _shift(images, config.shift_fraction, random)
    if config.brightness > 0:
        images = _brightened(images, config.brightness, random)
    return images


def _shift(images: NDArray[np.uint8], fraction: float, random: np.random.Generator) -> NDArray[np.uint8]:
    """Return the images, each moved by up to `fraction` of its size; pixels of its border fill the gap."""
    _, height, width, _ = images.shape
    vertical, horizontal = round(fraction * height), round(fraction * width)
    tops, lefts = (random.integers(0, 2 * size + 1, size=len(images)) for size in (vertical, horizontal))
    padding = ((0, 0), (vertical, vertical), (horizontal, horizontal), (0, 0))
    padded = np.pad(images, padding, mode="edge")
    shifted = np.empty_like(images)
    for image, top, left, result in zip(padded, tops, lefts, shifted, strict=True):
        result[:] = image[top : top + height, left : left + width]
    return shifted


def _brightened(images: NDArray[np.uint8], fraction: float, random: np.random.Generator) -> NDArray[np.uint8]:
    """Return the images, each brighter or darker by up to `fraction` of the whole range."""
    changes = random.uniform(-255 * fraction, 255 * fraction, size=(len(images), 1))
    # What becomes of each of the 256 levels is computed once for an image, not for each of its pixels.
    levels = np.clip(np.rint(np.arange(256) + changes), 0, 255).astype(np.uint8)
    brightened = np.empty_like(images)
    for image, changed, result in zip(images, levels, brightened, strict=True):
        np.take(changed, image, out=result, mode="clip")
    return brightened


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


def normalization_inputs(split: Split) -> NDArray[np.uint8]:
    """Return the inputs whose mean and deviation the model normalizes with: up to 2,048, evenly spread.

    Both are computed in floats, which take several times the memory of the inputs.
    """
    chosen = np.linspace(0, len(split) - 1, num=min(len(split), 2048)).astype(np.int64)
    return split.inputs[chosen]
