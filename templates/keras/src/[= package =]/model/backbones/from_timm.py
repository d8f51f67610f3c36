"""Backbones of timm, whose weights are on the Hugging Face Hub, in those families that KerasHub converts."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import keras
from huggingface_hub import ModelCard, hf_hub_download, list_models

from ...errors import ProjectError
from ...files import sha256
from ...runs.backbone import Backbone
from . import from_kerashub
from .from_kerashub import CONFIG
from .source import Files, Listed

WEIGHTS, CARD = "model.safetensors", "README.md"
# As keras_hub/src/utils/timm/preset_loader.py of KerasHub 0.32 has them (2026-11).
FAMILIES = ("csp", "dark", "densenet", "efficientnet", "hgnetv2", "mobilenet", "resnet", "vgg")
# Those that KerasHub's own tests convert, with millions of parameters and the side of an image.
TRIED = (
    ("cspdarknet53.ra_in1k", 27.6, 256),
    ("densenet121.ra_in1k", 8.0, 224),
    ("efficientnet_b0.ra_in1k", 5.3, 224),
    ("mobilenetv3_small_100.lamb_in1k", 2.5, 224),
    ("resnet18.a1_in1k", 11.7, 224),
    ("resnet50.a1_in1k", 25.6, 224),
    ("vgg11.tv_in1k", 132.9, 224),
)


def names() -> Sequence[str]:
    """Return nothing: only the Hub knows all names."""
    return ()


def listed(word: str) -> Sequence[Listed]:
    """Return some backbones whose names contain `word`: only the Hub knows all, and who licenses them."""
    return [
        Listed(
            name=f"timm/{name}",
            parameters=round(millions * 1e6),
            megabytes=round(millions * 4),
            size=f"{side}x{side}",
            license=None,
        )
        for name, millions, side in TRIED
        if word in name
    ]


def fetch(name: str) -> tuple[Backbone, Files]:
    """Download configuration and weights into the cache of Hugging Face's Hub, unless they are there.

    Raises:
        ProjectError: KerasHub does not convert them, they cannot be had, or there is no network.
    """
    if not name.startswith(FAMILIES):
        families = ", ".join(FAMILIES)
        raise ProjectError(
            f"timm/{name} is of a family that KerasHub does not convert; it converts {families}.",
            fix="Choose another name, or use PyTorch: fwstart update --framework pytorch",
        )
    try:
        repository = f"timm/{name if '.' in name else _tagged(name)}"
        files = {each: _downloaded(repository, each) for each in (CONFIG, WEIGHTS)}
        license_name = ModelCard.load(_downloaded(repository, CARD)).data.get("license") or ""
    except ProjectError:
        raise
    except Exception as error:  # of many libraries: the Hub's own, and those that it reaches it by
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ProjectError(
            f"The weights of timm/{name} cannot be downloaded ({reason}).",
            fix="Look whether this machine reaches huggingface.co, or name a folder: local:<folder>.",
        ) from error
    source = f"https://huggingface.co/{repository}"
    return from_kerashub.described(f"timm/{name}", files, source=source, license_name=license_name), files


def _tagged(name: str) -> str:
    """Return the name with the tag of its only weights."""
    found = [str(each.id).removeprefix("timm/") for each in list_models(author="timm", search=f"{name}.")]
    matching = [each for each in found if each.startswith(f"{name}.")]
    if len(matching) == 1:
        return matching[0]
    raise ProjectError(
        f"timm has several weights for {name}." if matching else f"timm has no weights for {name}.",
        fix=f"Choose one: {', '.join(f'timm/{each}' for each in sorted(matching))}"
        if matching
        else "Choose another name.",
    )


def _downloaded(repository: str, name: str) -> Path:
    download = partial(hf_hub_download, repository, name)  # what came is known by its SHA-256 from then on
    path = Path(download())
    called = path.resolve().name  # by the Hub's cache: a large file by its SHA-256
    if len(called) == 64 and called != sha256(path):
        path = Path(download(force_download=True))
    return path


def build(backbone: Backbone, shape: tuple[int, ...], files: Files | None) -> keras.Model:
    """Return the network without its last layer, with the weights in `files` if there are any."""
    return from_kerashub.build(backbone, shape, files)
