"""Batches come in order, whole, and the same from wherever one begins."""

import numpy as np
import pytest

from [= package =].config import AugmentConfig
from [= package =].loading import (
    Batch,
    batches_in_order,
    read_ahead,
    sample_order,
    training_batches,
)
from [= package =].splits import Split, Splits

OFF = AugmentConfig()
ON = AugmentConfig(horizontal_flip=True, shift_fraction=0.2, brightness=0.1)


def batches(split: Split, *, first: int = 0, augment: AugmentConfig = OFF, epoch: int = 1) -> list[Batch]:
    """Return the batches of one epoch from number `first` on."""
    order = sample_order(len(split), seed=0, epoch=epoch)
    return list(training_batches(split, order, batch_size=100, first=first, augment=augment, seed=(0, epoch)))


def test_every_epoch_has_an_order_of_its_own() -> None:
    """Each epoch sees every sample once, in an order that only seed and epoch decide."""
    first = sample_order(100, seed=0, epoch=1).tolist()

    assert list(range(100)) == sorted(first)
    assert first == sample_order(100, seed=0, epoch=1).tolist()
    assert first != sample_order(100, seed=0, epoch=2).tolist()
    assert first != sample_order(100, seed=1, epoch=1).tolist()


def test_epoch_holds_every_sample_once(splits: Splits) -> None:
    """1,077 samples are ten batches of 100 and one of 77; together they are the split."""
    found = batches(splits.train)

    assert [100] * 10 + [77] == [len(batch.labels) for batch in found]
    assert splits.train.images.shape == np.concatenate([batch.images for batch in found]).shape
    assert sorted(splits.train.labels) == sorted(np.concatenate([batch.labels for batch in found]))


@pytest.mark.parametrize("augment", [OFF, ON])
def test_second_half_of_an_epoch_is_what_it_would_have_been(splits: Splits, augment: AugmentConfig) -> None:
    """Begun at batch 5, the epoch goes on with the very images of an uninterrupted one, varied alike."""
    whole, rest = batches(splits.train, augment=augment), batches(splits.train, first=5, augment=augment)

    assert [batch.images.tobytes() for batch in whole[5:]] == [batch.images.tobytes() for batch in rest]


def test_images_are_varied_differently_every_epoch(splits: Splits) -> None:
    """The same digit, found in two epochs, does not look the same."""
    one = Split(images=splits.train.images[:1], labels=splits.train.labels[:1])

    first, second = (batches(one, augment=ON, epoch=epoch)[0].images for epoch in (1, 2))

    assert not np.array_equal(first, second)


def test_measuring_keeps_the_order(splits: Splits) -> None:
    """Evaluation never shuffles: the batches, one after the other, are the split."""
    found = list(batches_in_order(splits.test, 100))

    assert np.array_equal(splits.test.images[:], np.concatenate([batch.images for batch in found]))


def test_results_are_made_in_advance_but_not_all() -> None:
    """Two results wait when the first is taken: memory stays bounded however long the data is."""
    made: list[int] = []
    results = read_ahead(lambda item: made.append(item) or item, range(100), ahead=2)  # type: ignore[func-returns-value]

    assert 0 == next(results)
    results.close()  # type: ignore[attr-defined]
    assert len(made) <= 4


def test_error_arrives_where_its_result_would_have() -> None:
    """What was made before a file turned out to be unreadable is still delivered."""
    results = read_ahead(lambda item: 1 // item, [1, 1, 0], ahead=2)

    assert (1, 1) == (next(results), next(results))
    with pytest.raises(ZeroDivisionError):
        next(results)
