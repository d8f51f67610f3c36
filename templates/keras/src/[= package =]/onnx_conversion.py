"""From Keras to ONNX."""

from pathlib import Path

import keras

from .images import ImageShape
from .model import Classifier


def write_onnx(model: Classifier, image_shape: ImageShape, path: Path) -> None:
    """Write the model to `path`: `pixels` float32 (batch, height, width, channels) in, `logits` out."""
    # The names in the file are those of the input and of the output's key.
    pixels = keras.Input(image_shape, dtype="float32", name="pixels")
    exportable = keras.Model(pixels, {"logits": model(pixels)})
    exportable.export(path, format="onnx", verbose=False)
