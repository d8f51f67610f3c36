"""Backbones in a folder: a preset of KerasHub, or timm's config.json and model.safetensors."""

from collections.abc import Sequence
from pathlib import Path

import keras

from ...errors import ProjectError
from ...runs.backbone import Backbone
from . import from_kerashub, from_timm
from .from_kerashub import CONFIG, CONVERTER
from .source import Files, Listed

LAYOUTS = ((CONFIG, from_timm.WEIGHTS), (CONFIG, CONVERTER, from_kerashub.WEIGHTS))


def names() -> Sequence[str]:
    """Return nothing: any folder may hold weights."""
    return ()


def listed(word: str) -> Sequence[Listed]:  # noqa: ARG001 - as every source has it
    """Return nothing: any folder may hold weights."""
    return ()


def fetch(name: str) -> tuple[Backbone, Files]:
    """Return the backbone in the folder: it is here already.

    Raises:
        ProjectError: the folder lacks a file, or its configuration cannot be read.
    """
    folder = Path(name).expanduser()
    for layout in LAYOUTS:
        files = {each: folder / each for each in layout}
        if all(path.is_file() for path in files.values()):
            return from_kerashub.described(f"local:{name}", files, source=str(folder)), files
    wanted = "; or ".join(", ".join(layout) for layout in LAYOUTS)
    raise ProjectError(
        f"local:{name}: {folder} does not hold the files of pretrained weights.",
        fix=f"It must hold {wanted}: as timm and KerasHub's save_to_preset write them.",
    )


def build(backbone: Backbone, shape: tuple[int, ...], files: Files | None) -> keras.Model:
    """Return the network without its last layer, with the weights in `files` if there are any."""
    return from_kerashub.build(backbone, shape, files)
