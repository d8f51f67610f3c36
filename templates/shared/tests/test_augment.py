"""Variation changes what it says, within its limits, and nothing else."""

import numpy as np

from [= package =].augment import augmented
from [= package =].config import AugmentConfig

IMAGES = np.arange(4 * 6 * 6 * 3, dtype=np.uint8).reshape(4, 6, 6, 3)


def varied(**settings: bool | float) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return the images, varied with a fixed seed."""
    return augmented(IMAGES, AugmentConfig(**settings), np.random.default_rng(0))  # type: ignore[arg-type]


def test_original_is_not_touched() -> None:
    """The images in memory stay as they are for the next epoch."""
    before = IMAGES.copy()
    varied(horizontal_flip=True, shift_fraction=0.5, brightness=0.5)

    assert np.array_equal(before, IMAGES)


def test_flip_mirrors_some_images() -> None:
    """Every image is itself or its mirror image, and both occur."""
    mirrored = [
        np.array_equal(new, old[:, ::-1])
        for new, old in zip(varied(horizontal_flip=True), IMAGES, strict=True)
    ]
    same = [np.array_equal(new, old) for new, old in zip(varied(horizontal_flip=True), IMAGES, strict=True)]

    assert [True] * 4 == [a != b for a, b in zip(mirrored, same, strict=True)]
    assert any(mirrored)
    assert any(same)


def test_shift_moves_by_no_more_than_it_may() -> None:
    """Of 6 pixels a third is 2: the pixel in the middle is found at most 2 away."""
    for new, old in zip(varied(shift_fraction=1 / 3), IMAGES, strict=True):
        rows, columns, _ = np.nonzero((new == old[3, 3]).all(axis=2, keepdims=True))
        assert np.abs(rows - 3).min() <= 2
        assert np.abs(columns - 3).min() <= 2


def test_brightness_stays_in_range() -> None:
    """Bright pixels do not wrap around to black, and no pixel changes by more than allowed."""
    change = varied(brightness=0.1).astype(int) - IMAGES.astype(int)

    assert np.abs(change).max() <= 26
    assert np.abs(change).max() > 0
