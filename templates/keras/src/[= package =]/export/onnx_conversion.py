"""From Keras to ONNX."""

import logging
import os
import warnings
from pathlib import Path

import keras
import numpy as np
import onnx

from ..data.codec import InputSpec
from ..errors import ProjectError
from ..model.network import NORMALIZATION, Classifier


def convert(model: Classifier, input_spec: InputSpec, path: Path) -> None:
    """Write the model to `path`: `pixels` float32 (batch, height, width, channels) in, `logits` out."""
    signature = [keras.InputSpec(shape=(None, *input_spec.shape), dtype="float32", name="pixels")]
    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)  # it names each step
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of NumPy, on names that tf2onnx looks for
        _with_constants(model, input_spec).export(
            os.fspath(path), format="onnx", input_signature=signature, verbose=False
        )
    _check(path)


def _check(path: Path) -> None:
    """Refuse what tf2onnx writes although it cannot: operations that ONNX lacks, additional inputs."""
    try:
        onnx.checker.check_model(path)
        inputs = [each.name for each in onnx.load(path).graph.input]
        reason = f"it needs the input {inputs[-1].split(':')[0]}" if len(inputs) > 1 else ""
    except onnx.checker.ValidationError as error:
        reason = str(error).splitlines()[0]
    if reason:
        raise ProjectError(
            f"This network cannot be written as ONNX ({reason}).",
            fix="Export it for another target that you have, or train with another backbone.",
        )


def _with_constants(model: Classifier, input_spec: InputSpec) -> keras.Model:
    """Return the model with the normalization written out as numbers, its output named.

    tf2onnx 1.17 makes inputs of the tensors that `layers.Normalization` keeps (seen 2026-11).
    """
    normalization = model.get_layer(NORMALIZATION)
    rest = keras.Model(normalization.output, model.outputs)
    mean, variance = (np.ravel(value.numpy()) for value in (normalization.mean, normalization.variance))
    pixels = keras.Input(input_spec.shape, dtype="float32", name="pixels")
    (logits,) = rest((pixels - mean) / np.maximum(np.sqrt(variance), keras.config.epsilon()))
    return keras.Model(pixels, {"logits": logits})
