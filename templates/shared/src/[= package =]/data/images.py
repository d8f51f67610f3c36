"""From an image file to the pixels that the model sees: the one place where files are decoded and resized."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import ProjectError

ImageShape = tuple[int, int, int]  # height, width, channels
SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".webp")
_MODES = {1: "L", 3: "RGB"}
_ACCEPTED = f"Give a readable image file: {', '.join(SUFFIXES)}."


def read_image(path: Path, image_shape: ImageShape) -> NDArray[np.uint8]:
    """Return the image in the file at `path` as uint8 (height, width, channels) of `image_shape`.

    It is turned upright by its EXIF orientation, laid on white where it is transparent, converted to
    grey (1 channel) or RGB (3), and resized bilinearly with anti-aliasing (Pillow), not cropped.

    Raises:
        ProjectError: no such file, not an image, damaged, or so large that it may be an attack.
    """
    return _read(path, str(path), image_shape)


def decode_image(data: bytes, image_shape: ImageShape) -> NDArray[np.uint8]:
    """Return the image in `data`, the content of an image file, just as `read_image` returns a file's.

    Raises:
        ProjectError: as for `read_image`.
    """
    return _read(io.BytesIO(data), "the image", image_shape)


def _read(source: Path | io.BytesIO, name: str, image_shape: ImageShape) -> NDArray[np.uint8]:
    height, width, channels = image_shape
    with _errors_that_name(name), Image.open(source) as file:
        _refuse_if_huge(file)
        image = _flattened(ImageOps.exif_transpose(file)).convert(_MODES[channels])
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.uint8).reshape(image_shape)


def check_image(path: Path) -> tuple[int, int]:
    """Return the width and height of the image at `path`, once it was decoded to its end.

    Raises:
        ProjectError: as for `read_image`.
    """
    with _errors_that_name(str(path)), Image.open(path) as file:
        _refuse_if_huge(file)
        file.load()
        return file.size


def image_size(path: Path) -> tuple[int, int]:
    """Return the width and height of the image at `path` as they are stored; its pixels are not decoded.

    Raises:
        ProjectError: no such file, or not an image.
    """
    with _errors_that_name(str(path)), Image.open(path) as file:
        return file.size


def _refuse_if_huge(image: Image.Image) -> None:
    """Refuse what unpacks to more pixels than Pillow thinks safe, which it only warns of itself."""
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        raise Image.DecompressionBombError(f"{image.width}x{image.height} pixels; {limit} are the limit")


@contextmanager
def _errors_that_name(name: str) -> Iterator[None]:
    try:
        yield
    except UnidentifiedImageError as error:
        raise ProjectError(f"{name} is not an image.", fix=_ACCEPTED) from error
    except Image.DecompressionBombError as error:
        raise ProjectError(f"{name} is too large: {error}", fix="Make it smaller.") from error
    except (OSError, SyntaxError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ProjectError(f"{name} cannot be read ({reason}).", fix=_ACCEPTED) from error


def _flattened(image: Image.Image) -> Image.Image:
    """Return the image without transparency and with 8 bits a channel."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if not image.has_transparency_data:
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA"))
