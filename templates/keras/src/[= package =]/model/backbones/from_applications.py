"""Backbones of keras.applications, trained on ImageNet."""

import importlib
import inspect
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from ...errors import ProjectError
from ...runs.backbone import Backbone
from .networks import CHANNELS, built
from .source import Files, Listed, fingerprint

# The side of the images that each was trained with, and its parameters without the last layer: those of the
# network that Keras 3.15 builds with weights=None (2026-11).
APPLICATIONS = {
    "ConvNeXtBase": (224, 87_566_464),
    "ConvNeXtLarge": (224, 196_230_336),
    "ConvNeXtSmall": (224, 49_454_688),
    "ConvNeXtTiny": (224, 27_820_128),
    "ConvNeXtXLarge": (224, 348_147_968),
    "DenseNet121": (224, 7_037_504),
    "DenseNet169": (224, 12_642_880),
    "DenseNet201": (224, 18_321_984),
    "EfficientNetB0": (224, 4_049_571),
    "EfficientNetB1": (240, 6_575_239),
    "EfficientNetB2": (260, 7_768_569),
    "EfficientNetB3": (300, 10_783_535),
    "EfficientNetB4": (380, 17_673_823),
    "EfficientNetB5": (456, 28_513_527),
    "EfficientNetB6": (528, 40_960_143),
    "EfficientNetB7": (600, 64_097_687),
    "EfficientNetV2B0": (224, 5_919_312),
    "EfficientNetV2B1": (240, 6_931_124),
    "EfficientNetV2B2": (260, 8_769_374),
    "EfficientNetV2B3": (300, 12_930_622),
    "EfficientNetV2L": (480, 117_746_848),
    "EfficientNetV2M": (480, 53_150_388),
    "EfficientNetV2S": (384, 20_331_360),
    "InceptionResNetV2": (299, 54_336_736),
    "InceptionV3": (299, 21_802_784),
    "MobileNet": (224, 3_228_864),
    "MobileNetV2": (224, 2_257_984),
    "MobileNetV3Large": (224, 2_996_352),
    "MobileNetV3Small": (224, 939_120),
    "NASNetLarge": (331, 84_887_922),
    "NASNetMobile": (224, 4_269_716),
    "ResNet101": (224, 42_658_176),
    "ResNet101V2": (224, 42_626_560),
    "ResNet152": (224, 58_370_944),
    "ResNet152V2": (224, 58_331_648),
    "ResNet50": (224, 23_587_712),
    "ResNet50V2": (224, 23_564_800),
    "VGG16": (224, 14_714_688),
    "VGG19": (224, 20_024_384),
    "Xception": (299, 20_861_480),
}
STEM = "stem_conv_pad"  # the first layer of an EfficientNet after its scaling


def names() -> Sequence[str]:
    """Return all networks."""
    return tuple(APPLICATIONS)


def listed(word: str) -> Sequence[Listed]:
    """Return the backbones whose names contain `word`; Keras names no licenses."""
    return [
        Listed(
            name=f"keras/{name}",
            parameters=parameters,
            megabytes=round(parameters * 4 / 1e6),
            size=f"{side}x{side}",
            license=None,
        )
        for name, (side, parameters) in APPLICATIONS.items()
        if word.lower() in name.lower()
    ]


def fetch(name: str) -> tuple[Backbone, Files]:
    """Download the weights into Keras's own cache, unless they are there; a damaged file is replaced.

    Raises:
        ProjectError: they cannot be downloaded.
    """
    try:
        with _recorded_downloads() as downloads, warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="`input_shape` is undefined")
            network = _application(name)(weights="imagenet", include_top=False, pooling="avg")
    except Exception as error:  # as Keras raises where there is no network
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ProjectError(
            f"The weights of keras/{name} cannot be downloaded ({reason}).",
            fix="Look whether this machine reaches storage.googleapis.com, or name another source.",
        ) from error
    (address, path), *_ = downloads
    mean, std, order = _scaling(name, network)
    side, _ = APPLICATIONS[name]
    backbone = Backbone(
        name=f"keras/{name}",
        library=f"keras {keras.version()}",
        architecture={"name": name, "channels": order},
        mean=mean,
        std=std,
        size=(side, side),
        interpolation="bilinear",
        source=address,
        license="",
        **fingerprint({path.name: path}),
    )
    return backbone, {path.name: path}


def _application(name: str) -> Callable[..., keras.Model]:
    network: Callable[..., keras.Model] = getattr(keras.applications, name)
    return network


def _module(name: str) -> Any:
    """Return the module of `keras.applications` in which a network is: that has its preprocessing."""
    own = _application(name).__module__.rpartition(".")[2]
    return importlib.import_module(f"keras.applications.{own}")


@contextmanager
def _recorded_downloads() -> Iterator[list[tuple[str, Path]]]:
    """Yield a list of the address and the file of each download: Keras itself does not say what it took."""
    module: Any = importlib.import_module(keras.utils.get_file.__module__)
    original, found = module.get_file, []

    def get_file(fname: str, origin: str, **options: Any) -> str:
        path: str = original(fname, origin, **options)
        found.append((origin, Path(path)))
        return path

    module.get_file = get_file
    try:
        yield found
    finally:
        module.get_file = original


def _scaling(name: str, network: keras.Model) -> tuple[tuple[float, ...], tuple[float, ...], str]:
    """Return mean and deviation of each channel, from 0 to 255, and the order of the channels.

    They are what the library's own preprocessing and the layers before the first weights do with black and
    with red, green and blue: some networks are given scaled pixels, others scale inside themselves, and
    EfficientNet by more than its normalization says. Here the network begins after all of that.
    """
    inside = keras.Model(network.inputs[0], _first_with_weights(network).input)
    side = network.input_shape[1] or 64

    def scaled(color: NDArray[np.int64]) -> NDArray[np.float64]:
        images = np.tile(color.astype(np.float32), (1, side, side, 1))
        output = inside(_module(name).preprocess_input(images)).numpy()
        return np.asarray(output[0, output.shape[1] // 2, output.shape[2] // 2], np.float64)

    black = scaled(np.zeros(3, np.int64))
    colors = 255 * np.eye(3, dtype=np.int64)
    changes = np.array([scaled(color) - black for color in colors])  # (color, channel)
    channels = np.abs(changes).argmax(axis=1)
    std = 255 / changes[np.arange(3), channels]
    mean = -black[channels] * std
    order = "".join("RGB"[color] for color in np.argsort(channels))
    return tuple(mean.round(4).tolist()), tuple(std.round(4).tolist()), order


def _first_with_weights(network: keras.Model) -> keras.Layer:
    return next(layer for layer in network.layers if layer.trainable_weights)


def build(backbone: Backbone, shape: tuple[int, ...], files: Files | None) -> keras.Model:
    """Return the network without its last layer, with the weights in `files` if there are any."""

    def build_it() -> keras.Model:
        network = _without_scaling(backbone.architecture["name"], shape)
        if files:
            (path,) = files.values()
            network.load_weights(path)
            # Another order of the channels is one of the first kernel, which then takes red, green and blue.
            order = ["RGB".index(channel) for channel in backbone.architecture["channels"]]
            kernel = _first_with_weights(network).trainable_weights[0]
            kernel.assign(kernel.numpy()[:, :, np.argsort(order)])
        if _module(backbone.architecture["name"]) is keras.applications.efficientnet:
            # A copy: the layers of a part of a network still name the whole one's tensors as theirs.
            rest = keras.Model(network.get_layer(STEM).input, network.output)
            copy = keras.models.clone_model(rest)
            copy.set_weights(rest.get_weights())
            return copy
        return network

    return built(backbone.name, build_it, shape)


def _without_scaling(name: str, shape: tuple[int, ...]) -> keras.Model:
    """Return an application that takes scaled pixels, if it can be had; EfficientNet cannot."""
    application = _application(name)
    known = inspect.signature(application).parameters
    options = {"include_preprocessing": False} if "include_preprocessing" in known else {}
    size = (*shape[:2], CHANNELS)
    return application(weights=None, include_top=False, pooling="avg", input_shape=size, **options)
