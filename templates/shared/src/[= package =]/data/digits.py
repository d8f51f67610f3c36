"""The data set that needs no download: scikit-learn's handwritten digits."""

import numpy as np
from sklearn.datasets import load_digits

from .splits import Split

CLASS_NAMES = tuple("0123456789")


def read_digits() -> Split:
    """Return the 1,797 digits of 8x8 pixels that scikit-learn carries: bright ink on black.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998. Their 17
    grey levels, 0 to 16, become 0 to 255, as in any image file.
    """
    digits = load_digits()
    images = np.rint(digits.images * (255 / 16)).astype(np.uint8)[..., np.newaxis]
    return Split(inputs=images, labels=digits.target.astype(np.int64))
