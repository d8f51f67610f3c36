"""Memory does not grow with the number of images, wherever they are."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from support import CHECKOUT
from support.figures import tell
from support.smoke.project import Project, quoted

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.smoke

HELPERS = CHECKOUT / "tests" / "support" / "smoke"


def test_memory_stays_bounded(both: dict[str, Project], tmp_path: Path) -> None:
    """Images of ten times the cache's size, trained on from files or the disk, take a part of their memory.

    More than the cache itself is allowed: in PyTorch worker processes are counted as well.
    """
    folder, cache, size, script = tmp_path / "images", 40, 256, CHECKOUT / "benchmarks" / "memory.py"
    num_images = 10 * cache * 1_000_000 // (size * size * 3) // 3
    make = quoted(".venv/bin/python", HELPERS / "make_images.py", folder, str(num_images), str(size))
    both["pytorch"].run(make)

    for framework, generated in both.items():
        words = quoted(".venv/bin/python", script, generated.package, folder, str(cache), str(size))
        for place, more in (("files", ""), ("the disk cache", quoted(tmp_path / "cache"))):
            figures = json.loads(generated.run(f"{words} {more}").splitlines()[-1])
            growth = figures["after"] - figures["before"]
            tell(f"{framework}: {growth:.0f} MB more for {figures['images']:.0f} MB of images from {place}")
            assert figures["images"] > 9 * cache
            assert growth < 4 * cache
    shutil.rmtree(folder)
