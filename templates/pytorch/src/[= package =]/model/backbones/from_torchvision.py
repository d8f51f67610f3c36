"""Backbones of torchvision's model zoo. Its loader does not compare a cached file with anything: we do."""

import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import torch
import torchvision
from torch import nn
from torchvision.models import WeightsEnum, get_model, get_model_weights

from ...config.settings import LARGEST
from ...errors import ProjectError
from ...files import sha256
from ...runs.backbone import Backbone
from .networks import built, without_head
from .source import Files, Listed, fingerprint

SEVERAL_OUTPUTS = {"googlenet", "inception_v3"}  # while they are trained


def names() -> Sequence[str]:
    """Return all networks that classify."""
    found = torchvision.models.list_models(module=torchvision.models)
    return [name for name in found if name not in SEVERAL_OUTPUTS and _size(_weights(name)) <= LARGEST]


def listed(word: str) -> Sequence[Listed]:
    """Return the backbones whose names contain `word`; torchvision names no licenses."""
    return [_listed(name) for name in names() if word in name]


def _listed(name: str) -> Listed:
    weights = _weights(name)
    size = _size(weights)
    return Listed(
        name=f"torchvision/{name}",
        parameters=weights.meta["num_params"],
        megabytes=round(weights.meta["_file_size"]),
        size=f"{size}x{size}",
        license=None,
    )


def _size(weights: WeightsEnum) -> int:
    size: int = max(weights.transforms().crop_size)
    return size


def _weights(name: str) -> WeightsEnum:
    return get_model_weights(name)["DEFAULT"]


def fetch(name: str) -> tuple[Backbone, Files]:
    """Download the weights into PyTorch's cache, unless they are there; a damaged file is replaced.

    Raises:
        ProjectError: they cannot be downloaded, or what comes is not what its name says.
    """
    weights = _weights(name)
    path = Path(torch.hub.get_dir(), "checkpoints", Path(weights.url).name)
    if path.exists() and not _is_whole(path):
        path.unlink()
    try:
        weights.get_state_dict(check_hash=True, progress=True, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ProjectError(
            f"The weights of torchvision/{name} cannot be downloaded ({reason}).",
            fix=f"Look whether this machine reaches {weights.url}.",
        ) from error
    files = {path.name: path}
    scaling, size = weights.transforms(), _size(weights)
    backbone = Backbone(
        name=f"torchvision/{name}",
        library=f"torchvision {version('torchvision')}",
        architecture={"name": name, "size": size},
        mean=tuple(255 * value for value in scaling.mean),
        std=tuple(255 * value for value in scaling.std),
        size=(size, size),
        interpolation=scaling.interpolation.value,
        source=weights.url,
        license="",
        **fingerprint(files),
    )
    return backbone, files


def _is_whole(path: Path) -> bool:
    """Whether a file's SHA-256 begins as its name says: resnet18-f37072fd.pth."""
    begin = re.search(r"-([0-9a-f]{8,})\.", path.name)
    return begin is not None and sha256(path).startswith(begin[1])


def build(backbone: Backbone, shape: tuple[int, ...], files: Files | None) -> nn.Module:
    """Return the network without its last layer, with the weights in `files` if there are any."""

    def build_it() -> nn.Module:
        name = backbone.architecture["name"]
        fixed = {"image_size": backbone.architecture["size"]} if name.startswith("vit_") else {}
        network: nn.Module = get_model(name, weights=None, **fixed)
        if files:
            (path,) = files.values()
            network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        return without_head(network)

    return built(backbone.name, build_it, shape)
