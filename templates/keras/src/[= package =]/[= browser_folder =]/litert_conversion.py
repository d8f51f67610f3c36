"""From Keras to LiteRT, formerly TensorFlow Lite."""

import os
from pathlib import Path
from typing import Any, Literal

import keras
import tensorflow as tf

from ..images import ImageShape
from ..model import Classifier
from ..quiet import quiet

Precision = Literal["float32", "float16", "int8 weights"]


def write_litert(model: Classifier, image_shape: ImageShape, path: Path, precision: Precision) -> None:
    """Write the model to `path`: `pixels` float32 (1, height, width, channels) in, `logits` float32 out.

    What goes in and comes out is float32 whatever the weights are: LiteRT.js takes nothing else, and no
    other batch than the one in the file.
    """
    named = keras.Model(model.inputs, {"logits": model.outputs[0]})
    signature = [keras.InputSpec(shape=(1, *image_shape), dtype="float32", name="pixels")]
    with quiet():
        named.export(
            os.fspath(path),
            format="litert",
            input_signature=signature,
            verbose=False,
            **_settings(precision),
        )


def _settings(precision: Precision) -> dict[str, Any]:
    """Return what the converter is told.

    Source: https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/post_training_quantization
    (2026-11).
    """
    if precision == "float32":
        return {}
    settings: dict[str, Any] = {"optimizations": [tf.lite.Optimize.DEFAULT]}
    if precision == "float16":
        settings["target_spec"] = {"supported_types": [tf.float16]}
    return settings
