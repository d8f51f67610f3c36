"""The page resizes as Pillow does, so that the browser's model sees what it was trained on."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from [= package =].browser.browser_export import PAGE
from [= package =].images import ImageShape, read_image

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node")
SCRIPT = """
import { readFileSync, writeFileSync } from "node:fs";
import { modelPixels } from "./pillow.mjs";
const [width, height, ...shape] = JSON.parse(process.argv[1]);
const data = new Uint8ClampedArray(readFileSync("rgba"));
writeFileSync("pixels", modelPixels({ data, width, height }, shape));
"""


def pixels_of_the_page(rgba: Image.Image, shape: ImageShape, folder: Path) -> list[int]:
    """Return what the page's module makes of an image, run by Node."""
    shutil.copy(PAGE / "pillow.js", folder / "pillow.mjs")
    (folder / "rgba").write_bytes(rgba.tobytes())
    command = ["node", "--input-type=module", "--eval", SCRIPT, json.dumps([*rgba.size, *shape])]
    subprocess.run(command, cwd=folder, check=True, timeout=60)  # noqa: S603
    return list((folder / "pixels").read_bytes())


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(97, 61), (8, 8), (5, 3), (8, 40), (640, 8)], ids=str)
@pytest.mark.parametrize("alpha", [False, True], ids=["opaque", "transparent"])
def test_pixels_equal_those_of_pillow(
    tmp_path: Path, channels: int, size: tuple[int, int], *, alpha: bool
) -> None:
    """To the last bit, on noise: smaller, larger, in one direction alone, and laid on white."""
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 4), dtype=np.uint8)
    if not alpha:
        noise[..., 3] = 255
    image = Image.fromarray(noise, "RGBA")
    image.save(tmp_path / "noise.png")
    expected = read_image(tmp_path / "noise.png", (8, 8, channels))

    assert expected.ravel().tolist() == pixels_of_the_page(image, (8, 8, channels), tmp_path)
