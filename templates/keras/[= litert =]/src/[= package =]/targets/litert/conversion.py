"""From Keras to LiteRT: a `.tflite` file in a precision."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ...data.codec import InputSpec
from ...export.artifact import Inputs
from ...model.network import Classifier
from ..quiet import quiet

Precision = Literal["float32", "float16", "dynamic", "int8"]  # dynamic: weights of 8 bits


def write_litert(
    model: Classifier,
    input_spec: InputSpec,
    path: Path,
    *,
    precision: Precision,
    calibration: Inputs | None = None,
) -> None:
    """Write the model to `path`: `pixels` float32 (1, height, width, channels) in, `logits` out.

    The numbers go in and come out as float32 in every precision, one sample at a time: LiteRT.js takes
    nothing else. `calibration` are inputs that int8 takes its ranges from; the others need none.
    """
    named = keras.Model(model.inputs, {"logits": model.outputs[0]})
    with quiet():
        named.export(
            os.fspath(path),
            format="litert",
            input_signature=[keras.InputSpec(shape=(1, *input_spec.shape), dtype="float32", name="pixels")],
            verbose=False,
            **_settings(precision, calibration),
        )


def _settings(precision: Precision, calibration: Inputs | None) -> dict[str, Any]:
    """Return what the converter is told.

    Source: https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/post_training_quantization
    (2026-11).
    """
    if precision == "float32":
        return {}
    settings: dict[str, Any] = {"optimizations": [tf.lite.Optimize.DEFAULT]}
    if precision == "float16":
        settings["target_spec"] = {"supported_types": [tf.float16]}
    if precision == "int8" and calibration is not None:
        settings["representative_dataset"] = lambda: _one_by_one(calibration)
        settings["target_spec"] = {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]}
    return settings


def _one_by_one(inputs: Inputs) -> Iterator[list[NDArray[np.float32]]]:
    return ([sample[np.newaxis]] for sample in inputs.astype(np.float32))
