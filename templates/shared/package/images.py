"""From an image file to the pixels that the model sees: the one place where files are decoded and resized."""

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from .errors import ProjectError

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".webp")
_MODES = {1: "L", 3: "RGB"}
_ACCEPTED = f"Give a readable image file: {', '.join(SUFFIXES)}."


def read_image(path: Path, image_shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Return the image in the file at `path` as uint8 (height, width, channels) of `image_shape`.

    It is turned upright by its EXIF orientation, laid on white where it is transparent, converted to
    grey (1 channel) or RGB (3), and resized bilinearly with anti-aliasing (Pillow), not cropped.

    Raises:
        ProjectError: no such file, not an image, damaged, or so large that it may be an attack.
    """
    height, width, channels = image_shape
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as file:
                image = _flattened(ImageOps.exif_transpose(file)).convert(_MODES[channels])
    except UnidentifiedImageError as error:
        raise ProjectError(f"{path} is not an image.", fix=_ACCEPTED) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ProjectError(f"{path} is too large: {error}", fix="Make it smaller.") from error
    except (OSError, SyntaxError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ProjectError(f"{path} cannot be read ({reason}).", fix=_ACCEPTED) from error
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.uint8).reshape(image_shape)


def _flattened(image: Image.Image) -> Image.Image:
    """Return the image without transparency and with 8 bits a channel."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if not image.has_transparency_data:
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA"))
