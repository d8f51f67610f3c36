"""Backbones of timm, whose weights are on the Hugging Face Hub."""

from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import timm
import torch
from huggingface_hub import hf_hub_download
from huggingface_hub.errors import HfHubHTTPError
from safetensors import safe_open
from timm.models import PretrainedCfg
from torch import nn

from ...errors import ProjectError
from ...files import sha256
from ...runs.backbone import Backbone
from .networks import built
from .source import Files, Listed, fingerprint

WEIGHTS = "model.safetensors"
MOST_COUNTED = 40  # networks whose parameters are counted for a list; each takes 0.1 s


def names() -> Sequence[str]:
    """Return all names with weights; without a tag, a name stands for its default weights."""
    tagged = timm.list_pretrained()
    return [*tagged, *{name.partition(".")[0] for name in tagged}]


def listed(word: str) -> Sequence[Listed]:
    """Return the backbones whose names contain `word`."""
    found = timm.list_pretrained(f"*{word}*")
    return [_listed(name, counted=len(found) <= MOST_COUNTED) for name in found]


def _listed(name: str, *, counted: bool) -> Listed:
    config, parameters = _config(name), None
    if counted:
        with torch.device("meta"):
            parameters = sum(each.numel() for each in timm.create_model(name).parameters())
    height, width = config.input_size[1:]
    return Listed(
        name=f"timm/{name}",
        parameters=parameters,
        megabytes=parameters and round(parameters * 4 / 1e6),
        size=f"{height}x{width}",
        license=config.license,
    )


def _config(name: str) -> PretrainedCfg:
    config = timm.get_pretrained_cfg(name)
    if config is None:
        raise ProjectError(f"timm/{name} has no pretrained weights.", fix="Choose another name.")
    return config


def fetch(name: str) -> tuple[Backbone, Files]:
    """Download the weights into the cache of Hugging Face's Hub, unless they are there.

    Raises:
        ProjectError: there are none, or no network.
    """
    config = _config(name)
    if not config.hf_hub_id:
        raise ProjectError(
            f"The weights of timm/{name} are not on the Hugging Face Hub.", fix="Choose another name."
        )
    repository, _, revision = str(config.hf_hub_id).partition("@")
    if repository.endswith("/"):
        repository += f"{config.architecture}.{config.tag}"
    download = partial(hf_hub_download, repository, WEIGHTS, revision=revision or None)
    try:
        path = Path(download())
        if not _is_whole(path):
            path = Path(download(force_download=True))
    except (HfHubHTTPError, OSError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ProjectError(
            f"The weights of timm/{name} cannot be downloaded ({reason}).",
            fix="Look whether this machine reaches huggingface.co, or name a folder: local:<folder>.",
        ) from error
    source = f"https://huggingface.co/{repository}"
    return described(f"timm/{name}", config, source, {WEIGHTS: path}), {WEIGHTS: path}


def _is_whole(path: Path) -> bool:
    """Whether a file of the Hub's cache has the SHA-256 that it is called by there."""
    called = path.resolve().name
    return len(called) != 64 or called == sha256(path)


def described(name: str, config: PretrainedCfg, source: str, files: Files) -> Backbone:
    """Return what timm's configuration says of weights."""
    tag = f".{config.tag}" if config.tag else ""
    return Backbone(
        name=name,
        library=f"timm {version('timm')}",
        architecture={"name": f"{config.architecture}{tag}", "fixed_size": config.fixed_input_size},
        mean=tuple(255 * value for value in config.mean),
        std=tuple(255 * value for value in config.std),
        size=config.input_size[1:],
        interpolation=config.interpolation,
        source=source,
        license=config.license or "",
        **fingerprint(files),
    )


def build(backbone: Backbone, shape: tuple[int, ...], files: Files | None) -> nn.Module:
    """Return the network without its last layer, with the weights in `files` if there are any."""
    options: dict[str, Any] = {"num_classes": 0}
    if backbone.architecture["fixed_size"]:
        options["img_size"] = shape[:2]
    if files:
        (path,) = files.values()
        options |= {"pretrained": True, "pretrained_cfg_overlay": {"file": str(path)}}

    def build_it() -> nn.Module:
        network: nn.Module = timm.create_model(backbone.architecture["name"], **options)
        for path in files.values() if files else ():
            _check_all_there(network, path)  # timm itself leaves random what is not in the file
        return network

    return built(backbone.name, build_it, shape)


def _check_all_there(network: nn.Module, path: Path) -> None:
    with safe_open(path, framework="pt") as weights:
        missing = {name for name, _ in network.named_parameters()} - set(weights.keys())
    if missing:
        raise ValueError(f"the file lacks {len(missing)} of its tensors, such as {min(missing)}")
