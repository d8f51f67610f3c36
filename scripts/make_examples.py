"""Write the example images of the templates: for each digit, the first sample of the default test split.

Run with the Python of a generated project (it needs NumPy, Pillow and scikit-learn) in the repository root:
    python scripts/make_examples.py
"""

from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

EXAMPLES = Path(__file__).parents[1] / "templates" / "shared" / "examples"


def main() -> None:
    """Write `0.png` to `9.png`."""
    digits = load_digits()
    pixels = np.rint(digits.images * (255 / 16)).astype(np.uint8)
    samples = np.arange(len(pixels))
    _, test = train_test_split(samples, test_size=0.2, stratify=digits.target, random_state=0)
    EXAMPLES.mkdir(exist_ok=True)
    for label in range(10):
        sample = test[digits.target[test] == label][0]
        Image.fromarray(pixels[sample]).save(EXAMPLES / f"{label}.png", optimize=True)


if __name__ == "__main__":
    main()
