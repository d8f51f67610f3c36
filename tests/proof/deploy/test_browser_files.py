"""Which image files the page without a server takes in Chromium, and what it makes of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.deploy.servers import wait_until
from support.figures import tell
from support.smoke.project import quoted
from test_browser import EXAMPLES, HELPERS, BrowserExport, export, page, problem
from test_draw_page import answer, as_tiff, drop

if TYPE_CHECKING:
    from collections.abc import Callable

    from selenium.webdriver import Chrome
    from support.deploy.prepared import Prepared

__all__ = ["export", "page"]  # fixtures

pytestmark = pytest.mark.deploy

NOT_AN_IMAGE = (
    "notes.png is not an image that this browser can read. Choose a PNG, JPEG, WebP, GIF, AVIF or BMP file."
)
SEE = (HELPERS / "see.js").read_text(encoding="utf-8")


def test_file_that_is_no_image_is_an_error(page: Chrome) -> None:
    """The page says which file, and goes on with the next one."""
    drop(page, "notes.png", b"not an image")
    wait_until(lambda: problem(page))
    message = problem(page)
    page.find_element("id", "file").send_keys(str(EXAMPLES / "7.png"))

    wait_until(lambda: answer(page) == "7")
    assert NOT_AN_IMAGE == message
    assert not problem(page)


def test_file_that_chromium_cannot_read_is_told_what_can(
    page: Chrome, export: BrowserExport, deployed: Callable[[str], Prepared]
) -> None:
    """A TIFF file is called so, with the command that reads it; the dialogue does not offer such files."""
    project = deployed(export.framework).project
    drop(page, "scan.TIF", as_tiff(project, "examples/7.png"))

    wait_until(lambda: problem(page))
    assert (
        "scan.TIF is a TIFF file, which this browser cannot read. Choose a PNG, JPEG, WebP, GIF, AVIF or BMP"
        f" file, or run: {project.package} predict FILE"
    ) == problem(page)
    assert ".tif" not in str(page.find_element("id", "file").get_attribute("accept"))


def test_files_are_seen_as_in_training(
    page: Chrome, deployed: Callable[[str], Prepared], export: BrowserExport
) -> None:
    """Whatever the format, the page makes of a file what `images.py` does, but for 1 of 255, in JPEG 5."""
    project = deployed(export.framework).project
    project.run(quoted(".venv/bin/python", HELPERS / "picture_files.py", project.package, "pictures.json"))
    pictures = json.loads((project.path / "pictures.json").read_text(encoding="utf-8"))
    page.set_script_timeout(60)
    differences = {}
    for name, picture in pictures.items():
        pixels = page.execute_async_script(SEE, picture["file"], picture["spec"])
        assert isinstance(pixels, list), pixels
        pairs = zip(picture["pixels"], pixels, strict=True)
        differences[name] = max(abs(expected - seen) for expected, seen in pairs)

    tell(f"largest difference of a pixel in Chromium: {differences}")
    assert len(differences) > 8
    assert max(value for name, value in differences.items() if not name.startswith("JPEG")) <= 1
    assert max(differences.values()) <= 5
