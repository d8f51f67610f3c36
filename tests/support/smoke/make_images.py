"""Write a folder of images to train on: three classes in every format and size, and files that are none.

Run by a generated project's own Python, which has NumPy and Pillow:
    python make_images.py FOLDER IMAGES_PER_CLASS [SIZE]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SUFFIXES = ("png", "jpg", "webp", "bmp", "jpeg")
CLASSES = ("Kreis", "quadrat", "日本")  # names of any script: a disc, a square, a cross


def main(folder: Path, num_images: int, size: int | None) -> None:
    """Draw every class on noisy ground, each image with its own size, place and colors."""
    random = np.random.default_rng(0)
    for label, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for number in range(num_images):
            side = size or int(random.integers(20, 90))
            image = drawn(label, side, random)
            image.save(folder / name / f"{number:04}.{SUFFIXES[number % len(SUFFIXES)]}")


def drawn(label: int, side: int, random: np.random.Generator) -> Image.Image:
    """Return one bright figure on dark, noisy ground."""
    ground = random.integers(0, 90, size=(side, side, 3), dtype=np.uint8)
    image = Image.fromarray(ground)
    draw = ImageDraw.Draw(image)
    width = side * random.uniform(0.5, 0.8)
    left, top = random.uniform(0, side - width, size=2)
    box = (left, top, left + width, top + width)
    color = tuple(int(level) for level in random.integers(140, 255, size=3))
    if label == 0:
        draw.ellipse(box, fill=color)
    elif label == 1:
        draw.rectangle(box, fill=color)
    else:
        thickness = max(2, side // 8)
        draw.line((left, top, left + width, top + width), fill=color, width=thickness)
        draw.line((left, top + width, left + width, top), fill=color, width=thickness)
    return image


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
