"""Augments training images in ways that keep their labels true."""

import numpy as np
from numpy.typing import NDArray

from ..config.settings import AugmentConfig


def augment(
    images: NDArray[np.uint8], config: AugmentConfig, random: np.random.Generator
) -> NDArray[np.uint8]:
    """Return a varied copy of `images` (batch, height, width, channels), drawn from `random` alone."""
    images = images.copy()
    if config.horizontal_flip:
        chosen = random.random(len(images)) < 0.5
        images[chosen] = images[chosen, :, ::-1]
    if config.shift_fraction > 0:
        images = _shift(images, config.shift_fraction, random)
    if config.brightness > 0:
        largest = 255 * config.brightness
        change = random.uniform(-largest, largest, size=(len(images), 1, 1, 1))
        images = np.clip(np.rint(images + change), 0, 255).astype(np.uint8)
    return images


def _shift(images: NDArray[np.uint8], fraction: float, random: np.random.Generator) -> NDArray[np.uint8]:
    """Return the images, each moved by up to `fraction` of its size; pixels of its border fill the gap."""
    _, height, width, _ = images.shape
    largest = round(fraction * height), round(fraction * width)
    rows, columns = (random.integers(-size, size + 1, size=len(images)) for size in largest)
    shifted = np.empty_like(images)
    for image, row, column, result in zip(images, rows, columns, shifted, strict=True):
        result[:] = image[np.clip(np.arange(height) + row, 0, height - 1)][
            :, np.clip(np.arange(width) + column, 0, width - 1)
        ]
    return shifted
