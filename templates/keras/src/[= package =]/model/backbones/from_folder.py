"""Backbones in a folder: a run of this project, a preset of KerasHub, or timm's files."""

from importlib.metadata import version
from pathlib import Path

import keras
import numpy as np

from ...errors import ProjectError, require_extra
from ...runs.backbone import Backbone
from ...runs.run import Run
from ..checkpoint import load_model
from ..network import NORMALIZATION, build_model, residual_features
from ..sizes import network_size
from . import own_run
from .networks import built
from .source import Files, no_names, none_listed

CONFIG = "config.json"
LAYOUTS = ((CONFIG, "model.safetensors"), (CONFIG, "image_converter.json", "model.weights.h5"))


names = no_names
listed = none_listed


def fetch(name: str) -> tuple[Backbone, Files]:
    """Return the backbone in the folder: it is here already.

    Raises:
        ProjectError: the folder lacks a file, or its configuration cannot be read.
    """
    folder = Path(name).expanduser()
    if own_run.is_run(folder):
        return _own(folder, name)
    for layout in LAYOUTS:
        files = {each: folder / each for each in layout}
        if all(path.is_file() for path in files.values()):
            _require_libraries(f"local:{name}")
            from . import from_kerashub

            return from_kerashub.described(f"local:{name}", files, source=str(folder)), files
    wanted = "; or ".join(", ".join(layout) for layout in LAYOUTS)
    raise ProjectError(
        f"local:{name}: {folder} does not hold the files of pretrained weights.",
        fix=f"It must hold a run; or {wanted}: as timm and KerasHub's save_to_preset write them.",
    )


def _require_libraries(wanted_by: str) -> None:
    for module in ("keras_hub", "safetensors"):
        require_extra("pretrained", module=module, wanted_by=wanted_by)


def _own(folder: Path, name: str) -> tuple[Backbone, Files]:
    files = own_run.files_of(folder)
    scaling = load_model(Run(folder)).get_layer(NORMALIZATION)
    mean, variance = (np.ravel(each).astype(float) for each in (scaling.mean, scaling.variance))
    described = (mean.tolist(), np.sqrt(variance).tolist())
    return own_run.described(folder, name, described, f"Keras {version('keras')}"), files


def build(backbone: Backbone, shape: tuple[int, ...], files: Files | None) -> keras.Model:
    """Return the network without its last layer, with the weights in `files` if there are any."""
    options = own_run.network_options(backbone)
    if options is None:
        _require_libraries(backbone.name)
        from . import from_kerashub

        return from_kerashub.build(backbone, shape, files)

    def build_it() -> keras.Model:
        normalized = keras.Input((*shape[:2], channels))
        size = network_size(options["config"], options["input_spec"])
        network = keras.Model(normalized, residual_features(normalized, size))
        if files:
            whole = build_model(**options)
            whole.load_weights(files["best.keras"])
            for layer in network.layers[1:]:
                layer.set_weights(whole.get_layer(layer.name).get_weights())
        return network

    channels = len(backbone.mean)
    return built(backbone.name, build_it, shape, channels)
