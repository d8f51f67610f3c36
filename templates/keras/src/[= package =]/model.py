"""The network: pixels in, logits out, scaling included, so that what was trained is what is served."""

import keras
import numpy as np
from keras import KerasTensor, layers
from numpy.typing import NDArray

from .config import ModelConfig

BATCH_SIZE = 256  # of prediction: large enough to be quick, small enough for any memory


def build_model(config: ModelConfig, *, image_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Return an untrained network of three blocks, averaged over the image.

    Input: pixels from 0 to 255 (batch, height, width, channels), any numeric type; output: logits
    (batch, classes), float32. Normalisation is a layer with weights: nobody has to normalise.
    """
    width = config.channels
    pixels = keras.Input(image_shape, name="pixels")
    # The first and the last layer stay in float32, whatever the precision of those between.
    x = layers.Normalization(axis=None, dtype="float32", name="normalisation")(pixels)
    x = _block(x, width)
    x = _block(x, width)
    x = layers.MaxPooling2D(2, padding="same")(x)
    x = _block(x, 2 * width)
    x = layers.GlobalAveragePooling2D()(x)  # (batch, features)
    x = layers.Dropout(config.dropout)(x)
    logits = layers.Dense(num_classes, dtype="float32", name="logits")(x)
    return keras.Model(pixels, logits, name="classifier")


def _block(x: KerasTensor, filters: int) -> KerasTensor:
    # No bias: batch normalisation has one. Its default momentum of 0.99 is too slow for runs this short.
    x = layers.Conv2D(filters, kernel_size=3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.ReLU()(x)


def set_normalisation(model: keras.Model, images: NDArray[np.uint8]) -> None:
    """Make the model subtract the mean and divide by the deviation of the pixels of `images`."""
    model.get_layer("normalisation").adapt(images)


def count_parameters(model: keras.Model) -> int:
    """Return how many numbers the optimizer trains."""
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def predict_logits(model: keras.Model, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return logits (samples, classes) for uint8 images (samples, height, width, channels), in order."""
    logits: NDArray[np.float32] = model.predict(images, batch_size=BATCH_SIZE, verbose=0)
    return logits
