"""Backbones in a folder, as timm and the Hugging Face Hub lay them out: config.json, model.safetensors."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from timm.models import PretrainedCfg
from torch import nn

from ...errors import ProjectError
from ...runs.backbone import Backbone
from . import from_timm
from .source import Files, Listed

CONFIG, WEIGHTS = "config.json", from_timm.WEIGHTS


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
    fix = f"It must hold {CONFIG} and {WEIGHTS}, as timm's save_for_hf and the Hugging Face Hub have them."
    if missing := [each for each in (CONFIG, WEIGHTS) if not (folder / each).is_file()]:
        raise ProjectError(f"local:{name}: {folder / missing[0]} is missing.", fix=fix)
    try:
        values = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        given = values.get("pretrained_cfg", values)
        known = {key: value for key, value in given.items() if key in PretrainedCfg.__dataclass_fields__}
        config = PretrainedCfg(**known | {"architecture": values["architecture"], "tag": None})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProjectError(f"{folder / CONFIG} cannot be read ({error}).", fix=fix) from error
    files = {each: folder / each for each in (CONFIG, WEIGHTS)}
    backbone = from_timm.described(f"local:{name}", config, str(folder), files)
    sizes = tuple(int(size) for size in tuple(config.input_size)[1:])
    return replace(backbone, size=(sizes[0], sizes[1])), files


def build(backbone: Backbone, shape: tuple[int, ...], files: Files | None) -> nn.Module:
    """Return the network without its last layer, with the weights in `files` if there are any."""
    return from_timm.build(backbone, shape, files and {WEIGHTS: files[WEIGHTS]})
