"""Files become the pixels that the model was trained on, or an error that names the file."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from [= package =].errors import ProjectError
from [= package =].images import read_image
from [= package =].splits import Splits


def test_saved_sample_is_read_back_exactly(tmp_path: Path, splits: Splits) -> None:
    """A digit written as PNG gives the very bytes that the model is trained on."""
    path = tmp_path / "digit.png"
    Image.fromarray(splits.test.images[:1][0, :, :, 0]).save(path)

    assert np.array_equal(splits.test.images[:1][0], read_image(path, (8, 8, 1)))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_mode_becomes_the_wanted_channels(tmp_path: Path, mode: str, channels: int) -> None:
    """Grey, colour, palette, alpha and 16-bit files all end as bytes of the wanted shape."""
    path = tmp_path / "image.tif"
    Image.new(mode, (20, 10)).save(path)

    image = read_image(path, (8, 6, channels))

    assert np.dtype("uint8") == image.dtype
    assert (8, 6, channels) == image.shape


def test_transparent_pixels_become_white(tmp_path: Path) -> None:
    """What is transparent is laid on white, not on the colour that happens to hide below it."""
    path = tmp_path / "transparent.png"
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(path)

    assert read_image(path, (8, 8, 1)).min() == 255


def test_sixteen_bits_are_scaled_not_cut(tmp_path: Path) -> None:
    """Half of the 16-bit range is half of the 8-bit range."""
    path = tmp_path / "deep.png"
    Image.fromarray(np.full((8, 8), 0x8000, dtype=np.uint16)).save(path)

    assert read_image(path, (8, 8, 1)).max() == 0x80


def test_photo_is_turned_upright(tmp_path: Path) -> None:
    """A camera's orientation tag is obeyed: 6 means that the top is at the right."""
    path = tmp_path / "photo.png"
    lying = Image.new("L", (8, 4))
    lying.putpixel((0, 3), 255)
    exif = Image.Exif()
    exif[0x0112] = 6
    lying.save(path, exif=exif)

    assert read_image(path, (8, 4, 1))[0, 0, 0] == 255


def test_bad_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    """Text, an empty file, a cut-off image, a folder and a missing file are refused by name."""
    text, empty, cut = tmp_path / "text.png", tmp_path / "empty.png", tmp_path / "cut.png"
    text.write_text("not an image")
    empty.touch()
    Image.effect_noise((64, 64), 50).save(cut)
    cut.write_bytes(cut.read_bytes()[:500])

    for path in (text, empty, cut, tmp_path, tmp_path / "missing.png"):
        with pytest.raises(ProjectError) as caught:
            read_image(path, (8, 8, 1))
        assert str(caught.value).startswith(str(path))


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_huge_image_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that unpacks to an enormous image does not fill the memory."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    path = tmp_path / "bomb.png"
    Image.new("L", (11, 11)).save(path)

    with pytest.raises(ProjectError, match="too large"):
        read_image(path, (8, 8, 1))
