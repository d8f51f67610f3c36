"""Images that show a quantiser how large the numbers within the network get."""

import numpy as np

from ...data.splits import Split
from ...export.artifact import Pixels

NUM_IMAGES = 256  # the ranges of the numbers hardly change with more


def calibration_images(train: Split) -> Pixels:
    """Return images of the training split, evenly spread over it; test images would flatter the result."""
    chosen = np.linspace(0, len(train) - 1, min(NUM_IMAGES, len(train))).astype(np.int64)
    return train.images[chosen]
