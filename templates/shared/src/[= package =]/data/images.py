"""From an image file to the pixels that the model sees: files are decoded and resized nowhere else."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from ..errors import ProjectError

ImageShape = tuple[int, ...]  # height, width, channels
SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".webp")
ACCEPTED = f"These image files are accepted: {', '.join(SUFFIXES)}."
_UPRIGHT = {  # by the orientation of EXIF 3.0, 4.6.5.1.4; 1 is upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_image(source: Path | bytes, image_shape: ImageShape) -> NDArray[np.uint8]:
    """Return the image in a file, given by its path or as its content, as uint8 of `image_shape`.

    It is turned upright by its EXIF orientation, laid on white where it is transparent, converted to
    gray (1 channel) or RGB (3), and resized bilinearly with anti-aliasing (Pillow), not cropped.

    Raises:
        ProjectError: no such file, not an image, damaged, or so large that it may be an attack.
    """
    height, width, channels = image_shape
    with _opened(source) as file:
        limit = Image.MAX_IMAGE_PIXELS  # up to twice as many, Pillow only warns
        if limit is not None and file.width * file.height > limit:
            raise Image.DecompressionBombError(f"{file.width}x{file.height} pixels; the limit is {limit}.")
        image = _flattened(_turned_upright(file)).convert({1: "L", 3: "RGB"}[channels])
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.uint8).reshape(image_shape)


def image_size(path: Path) -> tuple[int, int]:
    """Return the width and height of the image at `path` as they are stored, without decoding its pixels.

    Raises:
        ProjectError: no such file, or not an image.
    """
    with _opened(path) as file:
        return file.size


@contextmanager
def _opened(source: Path | bytes) -> Iterator[Image.Image]:
    """Open an image; if it cannot be used, the error names it."""
    name = str(source) if isinstance(source, Path) else "the image"
    try:
        with Image.open(source if isinstance(source, Path) else io.BytesIO(source)) as file:
            yield file
    except UnidentifiedImageError as error:
        raise ProjectError(f"{name} is not an image.", fix=ACCEPTED) from error
    except Image.DecompressionBombError as error:
        raise ProjectError(f"{name} is too large: {error}", fix="Make it smaller.") from error
    except Exception as error:  # decoders raise what they like: struct.error, IndexError, TypeError
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ProjectError(f"{name} cannot be read ({reason}).", fix=ACCEPTED) from error


def _turned_upright(file: Image.Image) -> Image.Image:
    """Return the image as its EXIF orientation says it is looked at.

    ImageOps.exif_transpose would also write the EXIF data again, and fail where any of it is odd.
    """
    turn = _UPRIGHT.get(file.getexif().get(ExifTags.Base.Orientation, 1))
    return file if turn is None else file.transpose(turn)


def _flattened(image: Image.Image) -> Image.Image:
    """Return the image without transparency and with 8 bits for each channel."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if not image.has_transparency_data:
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA"))
