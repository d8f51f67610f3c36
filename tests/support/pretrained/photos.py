"""Write a set of photos that needs no download: tiles of pictures that scikit-image and scikit-learn carry.

Run by a Python that has both: python photos.py FOLDER

Each picture is a class; its tiles of 64 x 64 pixels do not overlap, and each is in one split: 8 of a class
are learned from, 4 choose the epoch, and the rest, at most 32, is tested. labels.csv says which.

Licenses: both packages say where each picture is from in a README beside it; the pictures are in the public
domain, CC0 or CC BY 2.0. Nothing of them is kept in this repository.
"""

import csv
import sys
from pathlib import Path

import numpy as np
import skimage
from PIL import Image
from sklearn.datasets import load_sample_image

TILE, TRAIN, VALIDATION, TEST = 64, 8, 4, 32  # pixels; tiles of a class
PICTURES = (
    "astronaut", "brick", "cell", "chelsea", "coffee", "coins", "grass", "gravel", "hubble_deep_field",
    "immunohistochemistry", "moon", "retina", "rocket",
)  # fmt: skip
SKLEARN = ("china.jpg", "flower.jpg")


def main(folder: Path) -> None:
    """Write the tiles, and the table that says which class and which split each belongs to."""
    rows = []
    for name, picture in pictures().items():
        for number, (split, tile) in enumerate(tiles(picture)):
            file = Path(name, f"{number:02}.png")
            (folder / file.parent).mkdir(parents=True, exist_ok=True)
            Image.fromarray(tile).save(folder / file)
            rows.append({"file": file.as_posix(), "label": name, "split": split})
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as table:
        writer = csv.DictWriter(table, ("file", "label", "split"))
        writer.writeheader()
        writer.writerows(rows)


def pictures() -> dict[str, np.ndarray]:
    """Return every picture (height, width, 3) by its name."""
    found = {name: getattr(skimage.data, name)() for name in PICTURES}
    found |= {name.partition(".")[0]: load_sample_image(name) for name in SKLEARN}
    return {
        name: np.repeat(each[..., None], 3, axis=2) if each.ndim == 2 else each[..., :3]
        for name, each in found.items()
    }


def tiles(picture: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Return tiles of a picture with the split of each: drawn from all, without overlap."""
    height, width = picture.shape[:2]
    places = [
        (top, left) for top in range(0, height - TILE + 1, TILE) for left in range(0, width - TILE + 1, TILE)
    ]
    order = np.random.default_rng(0).permutation(len(places))[: TRAIN + VALIDATION + TEST]
    splits = ["train"] * TRAIN + ["validation"] * VALIDATION + ["test"] * TEST
    cut = [(places[index][0], places[index][1]) for index in order]
    return [
        (split, picture[top : top + TILE, left : left + TILE])
        for split, (top, left) in zip(splits, cut, strict=False)
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
