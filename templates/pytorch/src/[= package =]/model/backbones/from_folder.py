"""Backbones in a folder: a run of this project, or as timm and the Hugging Face Hub lay them out."""

import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import torch
from torch import nn

from ...errors import ProjectError, require_extra
from ...runs.backbone import Backbone
from ...runs.run import Run
from ..checkpoint import load_model
from ..network import build_model
from . import own_run
from .networks import Features, built
from .source import Files, no_names, none_listed

CONFIG, WEIGHTS = "config.json", "model.safetensors"


names = no_names
listed = none_listed


def fetch(name: str) -> tuple[Backbone, Files]:
    """Return the backbone in the folder: it is here already.

    Raises:
        ProjectError: the folder lacks a file, or its configuration cannot be read.
    """
    folder = Path(name).expanduser()
    return _own(folder, name) if own_run.is_run(folder) else _of_timm(folder, name)


def _own(folder: Path, name: str) -> tuple[Backbone, Files]:
    files = own_run.files_of(folder)
    model = load_model(Run(folder))
    scaling = model.pixel_mean.flatten().tolist(), model.pixel_std.flatten().tolist()
    return own_run.described(folder, name, scaling, f"PyTorch {version('torch')}"), files


def _of_timm(folder: Path, name: str) -> tuple[Backbone, Files]:
    fix = f"It must hold a run, or {CONFIG} and {WEIGHTS} as timm's save_for_hf and the Hugging Face Hub do."
    if missing := [each for each in (CONFIG, WEIGHTS) if not (folder / each).is_file()]:
        raise ProjectError(f"local:{name}: {folder / missing[0]} is missing.", fix=fix)
    require_extra("pretrained", module="timm", wanted_by=f"local:{name}")
    from timm.models import PretrainedCfg

    from . import from_timm

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
    options = own_run.network_options(backbone)
    if options is None:
        require_extra("pretrained", module="timm", wanted_by=backbone.name)
        from . import from_timm

        return from_timm.build(backbone, shape, files and {WEIGHTS: files[WEIGHTS]})

    def build_it() -> nn.Module:
        network = build_model(**options)
        if files:
            network.load_state_dict(torch.load(files["best.pt"], map_location="cpu", weights_only=True))
        return Features(network)

    return built(backbone.name, build_it, shape, channels=len(backbone.mean))
