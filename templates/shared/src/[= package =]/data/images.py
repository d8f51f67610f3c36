"""From an image file to the pixels that the model sees: files are decoded and resized nowhere else."""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from ..errors import ProjectError

ImageShape = tuple[int, ...]  # height, width, channels
Size = tuple[int, int]  # width, height
Box = tuple[float, float, float, float]  # left, top, right, bottom
Resize = Literal["stretch", "crop", "pad"]  # what is done to an image of another shape
Interpolation = Literal["bilinear", "bicubic"]
SUFFIXES = (".avif", ".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")
ACCEPTED = f"These image files are accepted: {', '.join(SUFFIXES)}."
# What a file may hold, whatever it is called. Of Pillow's other formats, EPS would start a program.
_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "WEBP", "TIFF", "AVIF", "JPEG2000")
BITS = 8  # of a value that the model sees
DEEP_BITS = 16  # of a value in a file from a sensor or a scanner, which may use fewer
_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
_UPRIGHT = {  # by the orientation of EXIF 3.0, 4.6.5.1.4; 1 is upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_image(
    source: Path | bytes,
    image_shape: ImageShape,
    *,
    bits: int = BITS,
    resize: Resize = "stretch",
    interpolation: Interpolation = "bilinear",
) -> NDArray[np.uint8]:
    """Return the image in a file, given by its path or as its content, as uint8 of `image_shape`.

    It is turned upright by its EXIF orientation, laid on white where it is transparent, converted to
    gray (1 channel) or RGB (3), and resized with anti-aliasing (Pillow): stretched to the shape, or cut to
    its proportions first (crop), or as a whole in the middle of black (pad). In a file with 16 bits for each
    value, `bits` of them are in use: of these the highest 8 are kept.

    Raises:
        ProjectError: no such file, not an image, damaged, so large that it may be an attack, or its values
            use other bits.
    """
    height, width, channels = image_shape
    with _opened(source) as file:
        limit = Image.MAX_IMAGE_PIXELS  # up to twice as many, Pillow only warns
        if limit is not None and file.width * file.height > limit:
            raise Image.DecompressionBombError(f"{file.width}x{file.height} pixels; the limit is {limit}.")
        if is_deep := _is_deep(file):
            _check_bits(_used_bits(file), bits, file.mode, _name(source))
        image, box, size = _decoded(file, (width, height), resize)
        image = _flattened(_scaled(image, bits) if is_deep else image)
        if image.mode != (mode := {1: "L", 3: "RGB"}[channels]):  # else it would be copied
            image = image.convert(mode)
        image = _resized(image, box, size, _FILTERS[interpolation])
    if size != (width, height):
        image, small = Image.new(image.mode, (width, height)), image
        image.paste(small, ((width - size[0]) // 2, (height - size[1]) // 2))
    return np.asarray(image, dtype=np.uint8).reshape(image_shape)


def _fitted(resize: Resize, whole: Size, wanted: Size) -> tuple[Box, Size]:
    """Return the part of an upright image of the size `whole` that is used, and the size that it gets."""
    (width, height), (wanted_width, wanted_height) = whole, wanted
    is_wide = width * wanted_height > height * wanted_width
    if resize == "crop":  # the middle, as large as it can be with these proportions
        part_width = _share(height, wanted_width, wanted_height) if is_wide else width
        part_height = height if is_wide else _share(width, wanted_height, wanted_width)
        left, top = (width - part_width) // 2, (height - part_height) // 2
        return (left, top, left + part_width, top + part_height), wanted
    if resize == "pad":  # the whole image so that it fits
        fitting_width = wanted_width if is_wide else _share(wanted_height, width, height)
        fitting_height = _share(wanted_width, height, width) if is_wide else wanted_height
        return (0, 0, width, height), (fitting_width, fitting_height)
    return (0, 0, width, height), wanted


def _share(length: int, part: int, whole: int) -> int:
    """Return `length` times `part` / `whole`, rounded half up, at least 1, as serving/page/pillow.js does."""
    return max(1, (2 * length * part + whole) // (2 * whole))


def _resized(image: Image.Image, box: Box, size: Size, resampling: Image.Resampling) -> Image.Image:
    """Resize a part of an image: width, then height.

    In one call, Pillow 13 begins with the height if that shrinks more. The pixels would depend on its release
    (python-pillow/Pillow#9549), and serving/page/pillow.js does this.
    """
    left, top = math.floor(box[0]), math.floor(box[1])
    if (part := (left, top, math.ceil(box[2]), math.ceil(box[3]))) != (0, 0, *image.size):
        image = image.crop(part)
    columns = (box[0] - left, 0, box[2] - left, image.height)
    narrowed = image.resize((size[0], image.height), resampling, columns)
    return narrowed.resize(size, resampling, (0, box[1] - top, size[0], box[3] - top))


def bits_used(path: Path) -> int:
    """Return how many bits the values in a file use: 8 if it stores no more than 8, or cannot be read."""
    try:
        with path.open("rb") as content:
            header = content.read(25)
        is_png, is_tiff = header.startswith(b"\x89PNG"), header.startswith((b"II", b"MM"))
        if not is_tiff and not (is_png and header[24:] == bytes([DEEP_BITS])):
            return BITS  # of the accepted files, no other stores more
        with _opened(path) as file:
            return _used_bits(file) if _is_deep(file) else BITS
    except (OSError, ProjectError):
        return BITS


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
    name = _name(source)
    try:
        # Given a path, Pillow maps some files, and takes wrong pixels of a TIFF on its side (13.0, 2026-11).
        content = source.open("rb") if isinstance(source, Path) else io.BytesIO(source)
        with content, Image.open(content, formats=_FORMATS) as file:
            yield file
    except ProjectError:
        raise
    except UnidentifiedImageError as error:
        raise ProjectError(f"{name} is not an image.", fix=ACCEPTED) from error
    except Image.DecompressionBombError as error:
        raise ProjectError(f"{name} is too large: {error}", fix="Make it smaller.") from error
    except Exception as error:  # decoders raise what they like: struct.error, IndexError, TypeError
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ProjectError(f"{name} cannot be read ({reason}).", fix=ACCEPTED) from error


def _decoded(file: Image.Image, wanted: Size, resize: Resize) -> tuple[Image.Image, Box, Size]:
    """Return the upright image, the part of it that is used, and the size that this part gets.

    A large JPEG is decoded at a half, a quarter or an eighth, if the part is nearly twice its size then.
    Large photos take less time, and differ from those that are decoded in full by
    less than 1 of 255 on average, by up to 20 at sharp edges (Pillow 13.0, 2026-11).
    """
    if isinstance(file, TiffImageFile):
        file.load()  # which turns it upright and drops the tag
    # ImageOps.exif_transpose would also write the EXIF data again, and fail where any of it is odd.
    orientation = file.getexif().get(ExifTags.Base.Orientation, 1)
    is_on_its_side = orientation in {5, 6, 7, 8}
    whole = (file.height, file.width) if is_on_its_side else file.size
    (left, top, right, bottom), size = _fitted(resize, whole, wanted)
    enough = (
        math.ceil(1.9 * size[0] * whole[0] / (right - left)),
        math.ceil(1.9 * size[1] * whole[1] / (bottom - top)),
    )
    stored_width = file.width
    drafted = file.draft(None, enough[::-1] if is_on_its_side else enough)  # None keeps the colors
    scale = drafted[1][2] / stored_width if drafted else 1
    turn = _UPRIGHT.get(orientation)
    image = file if turn is None else file.transpose(turn)
    # What a small image has too much, because its size was rounded up, is at the file's right and bottom.
    before_left = image.width - whole[0] * scale if orientation in {2, 3, 6, 7} else 0
    before_top = image.height - whole[1] * scale if orientation in {3, 4, 7, 8} else 0
    box = (
        left * scale + before_left,
        top * scale + before_top,
        right * scale + before_left,
        bottom * scale + before_top,
    )
    return image, box, size


def _is_deep(file: Image.Image) -> bool:
    """Return whether a file that is not decoded yet has 16 bits for each value.

    Raises:
        ValueError: it has numbers that are no shares of white.
    """
    if file.mode in {"I", "F"}:
        raise ValueError("32 bits for each value; save it with 8")
    # Pillow decodes 16-bit colors to 8 bits, and only the description of the stored bytes shows it.
    return file.mode.startswith("I;16") or (
        isinstance(file, PngImageFile | TiffImageFile) and ";16" in str(file.tile)
    )


def _used_bits(file: Image.Image) -> int:
    """Return how many of the 16 bits the largest value in the file needs, but no less than 8."""
    if file.mode.startswith("I;16"):
        return max(BITS, int(np.asarray(file).max()).bit_length())
    return BITS + int(np.asarray(file.convert("RGB")).max()).bit_length()


def _check_bits(used: int, bits: int, mode: str, name: str) -> None:
    """Make sure that a file with 16 bits for each value becomes as bright as those that the model knows."""
    if mode.startswith("I;16"):
        if used > bits:
            raise ProjectError(
                f"{name} has values of {used} bits, and the data that the model learned from has {bits}.",
                fix="Scale its values as theirs are, or save it with 8 bits.",
            )
    elif DEEP_BITS not in {used, bits}:
        raise ProjectError(
            f"{name} has colors of 16 bits that use {used}; that would be too dark.",
            fix="Save it with 8 bits for each color.",
        )


def _scaled(image: Image.Image, bits: int) -> Image.Image:
    """Return an image of 16 bits with the highest 8 of `bits`; of colors Pillow has kept the highest 8."""
    if not image.mode.startswith("I;16"):
        return image
    return Image.fromarray((np.asarray(image) >> (bits - BITS)).astype(np.uint8))


def _name(source: Path | bytes) -> str:
    return str(source) if isinstance(source, Path) else "the image"


def _flattened(image: Image.Image) -> Image.Image:
    """Return the image without transparency."""
    if not image.has_transparency_data:
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA"))
