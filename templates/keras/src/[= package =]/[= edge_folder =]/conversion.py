"""From Keras to LiteRT: a `.tflite` file in each precision."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ..artefact import Pixels
from ..model import Classifier
from .quiet import quiet

VARIANTS = ("float32", "float16", "dynamic", "int8")


def write_variant(variant: str, model: Classifier, calibration: Pixels, path: Path) -> None:
    """Write the model to `path`: `pixels` float32 (1, height, width, channels) in, `logits` out.

    The numbers go in and come out as float32 in every variant. `calibration` are images that int8 takes
    its ranges from; the other variants need none.
    """
    shape = (1, *calibration.shape[1:])
    named = keras.Model(model.inputs, {"logits": model.outputs[0]})
    with quiet():
        named.export(
            os.fspath(path),
            format="litert",
            input_signature=[keras.InputSpec(shape=shape, dtype="float32", name="pixels")],
            verbose=False,
            **_settings(variant, calibration),
        )


def _settings(variant: str, calibration: Pixels) -> dict[str, Any]:
    """Return what the converter is told of a variant.

    Source: https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/post_training_quantization
    (2026-11).
    """
    if variant == "float32":
        return {}
    settings: dict[str, Any] = {"optimizations": [tf.lite.Optimize.DEFAULT]}
    if variant == "float16":
        settings["target_spec"] = {"supported_types": [tf.float16]}
    if variant == "int8":
        settings["representative_dataset"] = lambda: _one_by_one(calibration)
        settings["target_spec"] = {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]}
    return settings


def _one_by_one(pixels: Pixels) -> Iterator[list[NDArray[np.float32]]]:
    return ([image[np.newaxis]] for image in pixels.astype(np.float32))
