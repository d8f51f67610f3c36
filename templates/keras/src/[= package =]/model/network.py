"""The network: pixels in, logits out. It does the scaling, so that what was trained is what is served."""

from collections.abc import Iterable
from typing import TypeAlias

import keras
import numpy as np
from keras import KerasTensor, layers
from numpy.typing import NDArray

from ..config.settings import ModelConfig
from ..data.codec import InputSpec
from ..runs.backbone import Backbone
from .sizes import NetworkSize, network_size, prediction_batch

BATCH_SIZE = 64  # of samples that are read and predicted; large ones are predicted in smaller batches
NORMALIZATION = "normalization"  # the first layer's name

Classifier: TypeAlias = keras.Model  # what `build_model` returns


def build_model(
    config: ModelConfig, *, input_spec: InputSpec, num_classes: int, backbone: Backbone | None = None
) -> Classifier:
    """Return an untrained network for `num_classes` classes of images, of the kind that `backbone` is of.

    Input: pixels from 0 to 255 (batch, height, width, channels), any numeric type; output: logits
    (batch, classes), float32. Normalization of each channel is a layer: callers do not normalize.
    """
    if backbone:
        from .pretrained import build_pretrained  # needs the library of the backbone

        return build_pretrained(backbone, input_spec.shape, num_classes, config.dropout)
    return _residual_network(network_size(config, input_spec), input_spec, num_classes, config.dropout)


def _residual_network(
    size: NetworkSize, input_spec: InputSpec, num_classes: int, dropout: float
) -> Classifier:
    """Return a small residual network, averaged over the image at its end.

    Source: K. He et al., Deep Residual Learning for Image Recognition, 2015, with one block a stage.
    """
    pixels = keras.Input(input_spec.shape, name="pixels")
    # The first and the last layer stay in float32, whatever the precision of those between.
    features = layers.Normalization(axis=-1, dtype="float32", name=NORMALIZATION)(pixels)
    features = residual_features(features, size)
    features = layers.Dropout(dropout, name="dropout")(features)
    logits = layers.Dense(num_classes, dtype="float32", name="logits")(features)
    return keras.Model(pixels, logits, name="classifier")


def residual_features(features: KerasTensor, size: NetworkSize) -> KerasTensor:
    """Return features (batch, widths[-1]) of normalized pixels (batch, height, width, channels)."""
    features = _stem(features, size)
    for number, width in enumerate(size.widths):
        features = _residual_block(features, width, stride=1 if number == 0 else 2, name=f"block{number + 1}")
    return layers.GlobalAveragePooling2D(name="average")(features)


def _stem(features: KerasTensor, size: NetworkSize) -> KerasTensor:
    stride = min(size.stem_stride, 2)
    features = _normalized_convolution(features, size.widths[0], kernel_size=3, stride=stride, name="stem")
    features = layers.ReLU(name="stem_relu")(features)
    if size.stem_stride == 4:
        features = layers.MaxPooling2D(2, padding="same", name="stem_pooling")(features)
    return features


def _residual_block(features: KerasTensor, width: int, *, stride: int, name: str) -> KerasTensor:
    """Add two convolutions, and a shortcut past them: a convolution of one pixel if the shape changes."""
    shortcut = features
    if stride != 1 or features.shape[-1] != width:
        shortcut = _normalized_convolution(
            features, width, kernel_size=1, stride=stride, name=f"{name}_shortcut"
        )
    features = _normalized_convolution(features, width, kernel_size=3, stride=stride, name=f"{name}_first")
    features = layers.ReLU(name=f"{name}_first_relu")(features)
    features = _normalized_convolution(features, width, kernel_size=3, stride=1, name=f"{name}_second")
    features = layers.Add(name=f"{name}_sum")([features, shortcut])
    return layers.ReLU(name=f"{name}_relu")(features)


def _normalized_convolution(
    features: KerasTensor, width: int, *, kernel_size: int, stride: int, name: str
) -> KerasTensor:
    # No bias: batch normalization has one. Its default momentum of 0.99 is too slow for short runs.
    features = layers.Conv2D(
        width, kernel_size, strides=stride, padding="same", use_bias=False, name=f"{name}_convolution"
    )(features)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_normalization")(features)


def set_normalization(model: Classifier, images: Iterable[NDArray[np.uint8]]) -> None:
    """Make the model subtract the mean of each channel of `images` and divide by its standard deviation.

    Images: an array (samples, height, width, channels), or several, one after the other. A channel that
    hardly varies is divided by 1: there is nothing in it to enlarge.
    """
    layer = model.get_layer(NORMALIZATION)
    layer.adapt(images)
    layer.adapt_variance.assign(np.maximum(layer.adapt_variance, 1.0))
    layer.finalize_state()


def count_parameters(model: Classifier) -> int:
    """Return how many numbers the optimizer trains."""
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def predict_logits(model: Classifier, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return logits (samples, classes) for uint8 images (samples, height, width, channels), in order."""
    step = prediction_batch(images.shape[1:])
    # `predict` builds a new stream at every call, which takes longer than a thousand digits.
    logits = [model.predict_on_batch(images[start : start + step]) for start in range(0, len(images), step)]
    return np.concatenate(logits)
