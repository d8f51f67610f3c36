"""Backbones of KerasHub, whose weights are on Kaggle; and what its presets are made of, wherever they are."""

import json
import re
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import kagglehub
import keras
import keras_hub

from ...errors import ProjectError
from ...runs.backbone import Backbone
from .networks import CHANNELS, built
from .source import Files, Listed, fingerprint

CONFIG, WEIGHTS, CONVERTER = "config.json", "model.weights.h5", "image_converter.json"
TOLD = ("label_names",)  # of a configuration: what does not make the network


def names() -> Sequence[str]:
    """Return the presets that KerasHub has an image classifier for."""
    return sorted(keras_hub.models.ImageClassifier.presets)


def listed(word: str) -> Sequence[Listed]:
    """Return the backbones whose names contain `word`; KerasHub names no licenses."""
    presets = keras_hub.models.ImageClassifier.presets
    return [_listed(name, presets[name]["metadata"]) for name in names() if word in name]


def _listed(name: str, metadata: dict[str, Any]) -> Listed:
    parameters = metadata.get("params")
    size = re.search(r"\d+ ?x ?\d+", metadata.get("description", ""))
    return Listed(
        name=f"kerashub/{name}",
        parameters=parameters,
        megabytes=parameters and round(parameters * 4 / 1e6),
        size=size[0].replace(" ", "") if size else "",
        license=None,
    )


def fetch(name: str) -> tuple[Backbone, Files]:
    """Download the preset's files into Kaggle's cache, unless they are there.

    Raises:
        ProjectError: they cannot be downloaded.
    """
    handle = keras_hub.models.ImageClassifier.presets[name]["kaggle_handle"].removeprefix("kaggle://")
    try:
        files = {each: Path(kagglehub.model_download(handle, each)) for each in (CONFIG, CONVERTER, WEIGHTS)}
    except Exception as error:  # kagglehub has no class for what can go wrong
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ProjectError(
            f"The weights of kerashub/{name} cannot be downloaded ({reason}).",
            fix="Look whether this machine reaches kaggle.com, or name a folder: local:<folder>.",
        ) from error
    return described(f"kerashub/{name}", files, source=f"https://www.kaggle.com/models/{handle}"), files


def described(name: str, files: Files, *, source: str, license_name: str = "") -> Backbone:
    """Return what the files of a preset, which lie in one folder, say of its weights.

    Raises:
        ProjectError: KerasHub cannot read them, or they do not say how pixels are scaled.
    """
    try:
        config = json.loads(files[CONFIG].read_text(encoding="utf-8"))
        # Whether there is such a network is known before its weights are read.
        keras_hub.models.Backbone.from_preset(str(files[CONFIG].parent), load_weights=False)
        converter = keras_hub.layers.ImageConverter.from_preset(str(files[CONFIG].parent))
        mean, std = _scaling(converter)
        height, width = converter.image_size
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ProjectError(
            f"KerasHub {version('keras-hub')} cannot read {name} ({reason}).", fix="Choose another name."
        ) from error
    return Backbone(
        name=name,
        library=f"keras-hub {version('keras-hub')}",
        architecture={key: value for key, value in config.items() if key not in TOLD},
        mean=mean,
        std=std,
        size=(height, width),
        interpolation=converter.interpolation,
        source=source,
        license=license_name or config.get("pretrained_cfg", {}).get("license") or "",
        **fingerprint(files),
    )


def _scaling(converter: keras.Layer) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and deviation of each channel, for values from 0 to 255; it says scale and offset."""
    scale, offset = (
        _for_each_channel(value, default)
        for value, default in ((converter.scale, 1.0), (converter.offset, 0.0))
    )
    mean = tuple(-each / factor for each, factor in zip(offset, scale, strict=True))
    return mean, tuple(1 / factor for factor in scale)


def _for_each_channel(value: float | Sequence[float] | None, default: float) -> list[float]:
    if value is None:
        return [default] * CHANNELS
    return [float(value)] * CHANNELS if isinstance(value, int | float) else [float(each) for each in value]


def build(backbone: Backbone, shape: tuple[int, ...], files: Files | None) -> keras.Model:
    """Return the network without its last layer, with the weights in `files` if there are any."""
    return built(backbone.name, lambda: _network(backbone, files), shape)


def _network(backbone: Backbone, files: Files | None) -> keras.Model:
    read = partial(keras_hub.models.Backbone.from_preset, dtype=keras.config.dtype_policy().name)
    if not files:
        with TemporaryDirectory() as folder:
            Path(folder, CONFIG).write_text(json.dumps(backbone.architecture), encoding="utf-8")
            return read(folder, load_weights=False)
    try:
        return read(str(files[CONFIG].parent))
    except Exception as error:  # safetensors, which a project may not have, has its own
        raise ValueError(str(error) or type(error).__name__) from error
