"""Backbones of TorchHub: a repository of somebody else, whose code runs here, at one commit."""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from ...errors import ProjectError, command
from ...runs.backbone import Backbone
from .fetched import fetched_folder, list_fetched
from .networks import assumed, built, without_head
from .source import IMAGENET_MEAN, IMAGENET_STD, Files, fingerprint, no_names, none_listed

FORM = re.compile(r"(?P<owner>[\w.-]+)/(?P<repository>[\w.-]+)@(?P<commit>[^:]*):(?P<entry>\w+)")
EXAMPLE = "hub:facebookresearch/dinov2@<commit of 40 digits>:dinov2_vits14"
WEIGHTS = "weights.safetensors"  # what the entry loaded, kept in a form that runs no code
SIZE = 224  # which nearly all of them were trained with
WITH_WEIGHTS: tuple[dict[str, Any], ...] = ({"pretrained": True}, {"weights": "DEFAULT"}, {})
WITHOUT_WEIGHTS: tuple[dict[str, Any], ...] = ({"pretrained": False}, {"weights": None}, {})


names = no_names
listed = none_listed


def fetch(name: str) -> tuple[Backbone, Files]:
    """Download the repository at the commit, run its entry, and keep the weights that it loads.

    Raises:
        ProjectError: the name has no full commit, or the code or the weights cannot be had.
    """
    found = FORM.fullmatch(name)
    if not found or not re.fullmatch(r"[0-9a-f]{40}", found["commit"]):
        raise ProjectError(
            f"hub:{name} does not name a commit: TorchHub runs other people's code, which must not change.",
            fix=f"Look up the commit on GitHub; for example {EXAMPLE}",
        )
    address = f"{found['owner']}/{found['repository']}:{found['commit']}"
    print(f"note: {address} is code of somebody else, not of this project or of PyTorch; it runs now.")
    folder = Path(torch.hub.get_dir(), "_".join((found["owner"], found["repository"], found["commit"])))
    if folder.is_dir() and not (folder / "hubconf.py").is_file():
        shutil.rmtree(folder)  # PyTorch takes any folder of this name for a whole one
    for earlier in (each.backbone for each in list_fetched()):
        if folder.is_dir() and earlier.architecture.get("folder") == folder.name:
            _check_code(folder, earlier)  # it is not downloaded again
    try:
        with _weights_only():
            network = _entered(WITH_WEIGHTS, address, found["entry"], trust_repo=True, skip_validation=True)
    except Exception as error:  # somebody else's code may raise anything
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ProjectError(
            f"hub:{name} cannot be loaded ({reason}).",
            fix="Look whether this machine reaches github.com, and what the repository asks for.",
        ) from error
    fetched_folder().mkdir(parents=True, exist_ok=True)
    weights = fetched_folder() / f"{folder.name}-{found['entry']}.safetensors"
    save_file({key: value.contiguous().clone() for key, value in network.state_dict().items()}, weights)
    files = _repository_files(folder) | {WEIGHTS: weights}
    backbone = _described(name, found["entry"], folder, files)
    print(f"note: {assumed(backbone)}")
    return backbone, files


def _entered(options: Sequence[dict[str, Any]], *words: str, **more: Any) -> nn.Module:
    """Call the entry with the first of `options` that its signature takes."""
    *others, last = options
    for each in others:
        try:
            return _loaded(*words, **each, **more)
        except TypeError as error:
            if "unexpected keyword" not in str(error):
                raise
    return _loaded(*words, **last, **more)


def _loaded(*words: str, **options: Any) -> nn.Module:
    network: nn.Module = torch.hub.load(*words, verbose=False, **options)
    return network


@contextmanager
def _weights_only() -> Iterator[None]:
    """Keep `torch.load` in the entry's code from running what a file of weights may hold."""
    name = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _repository_files(folder: Path) -> dict[str, Path]:
    """Return the files of a repository; what Python itself writes beside them is none of it."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(folder).as_posix(): path for path in found}


def _hash_of_code(folder: Path) -> str:
    files = _repository_files(folder)
    return str(fingerprint(files)["sha256"]) if files else ""


def _described(name: str, entry: str, folder: Path, files: Files) -> Backbone:
    address = name.partition("@")[0]
    return Backbone(
        name=f"hub:{name}",
        library=f"TorchHub of PyTorch {version('torch')}",
        architecture={"folder": folder.name, "entry": entry, "sha256_of_code": _hash_of_code(folder)},
        mean=tuple(255 * value for value in IMAGENET_MEAN),
        std=tuple(255 * value for value in IMAGENET_STD),
        size=(SIZE, SIZE),
        interpolation="bicubic",
        source=f"https://github.com/{address}",
        license="",
        **fingerprint(files),
    )


def _check_code(folder: Path, backbone: Backbone) -> None:
    """Make sure that the repository is there, with the code that it was fetched with."""
    fix = f"Run: {command(f'fetch --remove {backbone.name}')} && {command(f'fetch {backbone.name}')}"
    if not folder.is_dir():
        raise ProjectError(f"{folder}, with the code of {backbone.name}, is missing.", fix=fix)
    if _hash_of_code(folder) != backbone.architecture["sha256_of_code"]:
        raise ProjectError(f"{folder} is not the code that {backbone.name} was fetched with.", fix=fix)


def build(backbone: Backbone, shape: tuple[int, ...], files: Files | None) -> nn.Module:
    """Return the entry's network without its last layer; its code must be here, fetched or not."""
    folder = Path(torch.hub.get_dir(), backbone.architecture["folder"])
    _check_code(folder, backbone)

    def build_it() -> nn.Module:
        entry = backbone.architecture["entry"]
        with _weights_only():
            network = _entered(WITHOUT_WEIGHTS, str(folder), entry, source="local", trust_repo=True)
        if files:
            network.load_state_dict(load_file(files[WEIGHTS]))
        return without_head(network)

    return built(backbone.name, build_it, shape)
