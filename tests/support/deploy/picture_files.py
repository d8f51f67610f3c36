"""Write image files of many formats, and what the project's own `images.py` makes of each, as JSON.

Run with a generated project's own Python: python picture_files.py PACKAGE FILE
"""

import base64
import importlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

SPECS = (
    {"shape": (8, 8, 1), "resize": "stretch"},
    {"shape": (40, 61, 3), "resize": "stretch"},
    {"shape": (120, 180, 3), "resize": "stretch"},  # turned by EXIF, or not resized at all
    {"shape": (48, 40, 3), "resize": "crop"},
    {"shape": (48, 40, 1), "resize": "pad"},
    {"shape": (48, 40, 3), "resize": "crop", "interpolation": "bicubic"},
)
BITS = 16  # of the values in the 16-bit file, in which all are in use
ORIENTATION = 0x112


def pictures() -> Iterator[tuple[str, Image.Image, dict[str, Any]]]:
    """Yield a name, an image and how it is saved."""
    random = np.random.default_rng(0)
    noise = Image.fromarray(random.integers(0, 256, (120, 180, 3), dtype=np.uint8))
    colors = noise.filter(ImageFilter.GaussianBlur(1.5)).point(lambda level: 5 * (level - 128) + 128)
    glass = colors.copy()
    glass.putalpha(Image.fromarray(random.integers(0, 256, (120, 180), dtype=np.uint8)))
    deep = Image.fromarray(random.integers(0, 2**16, (120, 180)).astype(np.uint16))
    turned = Image.Exif()
    turned[ORIENTATION] = 6
    yield "PNG", colors, {"format": "PNG"}
    yield "PNG, gray", colors.convert("L"), {"format": "PNG"}
    yield "PNG, palette", colors.quantize(32), {"format": "PNG"}
    yield "PNG, transparent", glass, {"format": "PNG"}
    yield "PNG, 16 bits", deep, {"format": "PNG"}
    yield "GIF", colors.quantize(32), {"format": "GIF"}
    yield "BMP", colors, {"format": "BMP"}
    yield "AVIF", colors, {"format": "AVIF", "quality": 90}
    yield "WebP", colors, {"format": "WEBP"}
    yield "WebP, transparent", glass, {"format": "WEBP", "lossless": True}
    yield "JPEG", colors, {"format": "JPEG"}
    yield "JPEG, gray", colors.convert("L"), {"format": "JPEG"}
    yield "JPEG, full color", colors, {"format": "JPEG", "quality": 95, "subsampling": 0}
    yield "JPEG, turned", colors, {"format": "JPEG", "exif": turned}


def main(package: str, file: Path) -> None:
    """Decode every picture at every size."""
    read_image = importlib.import_module(f"{package}.data.images").read_image
    made = {}
    for name, image, options in pictures():
        data = io.BytesIO()
        image.save(data, **options)
        for spec in SPECS:
            ways = {key: value for key, value in spec.items() if key != "shape"}
            made[f"{name} {spec}"] = {
                "file": base64.b64encode(data.getvalue()).decode(),
                "spec": spec,
                "pixels": read_image(data.getvalue(), spec["shape"], bits=BITS, **ways).ravel().tolist(),
            }
    file.write_text(json.dumps(made), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
