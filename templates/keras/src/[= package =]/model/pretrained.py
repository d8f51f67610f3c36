"""A network with a pretrained backbone: which of its weights are trained, and which stay as they are."""

import keras
from keras import layers

from ..data.codec import InputSpec
from ..errors import ProjectError
from ..runs.backbone import Backbone
from .backbones.fetched import Fetched
from .backbones.find import chosen_source, split_name
from .backbones.networks import batch_norms, stages
from .network import NORMALIZATION, Classifier

BACKBONE, DROPOUT, HEAD = "backbone", "dropout", "logits"  # names of layers


def build_pretrained(
    backbone: Backbone, shape: tuple[int, ...], num_classes: int, dropout: float
) -> Classifier:
    """Return a backbone of another library, without its pretrained weights, and a new last layer.

    The backbone's own mean and deviation scale the pixels; gray images become three equal channels.
    """
    pixels = keras.Input(shape, name="pixels")
    features = _features(pixels, backbone, shape)
    features = layers.Dropout(dropout, name=DROPOUT)(features)
    logits = layers.Dense(num_classes, dtype="float32", name=HEAD)(features)
    return keras.Model(pixels, logits, name="classifier")


def _features(pixels: keras.KerasTensor, backbone: Backbone, shape: tuple[int, ...]) -> keras.KerasTensor:
    channels = len(backbone.mean)
    if shape[2] not in {1, channels}:
        raise ProjectError(
            f"{backbone.name} takes {channels} channel, the images have {shape[2]}.",
            fix="Add: --set data.image_channels=1",
        )
    colored = layers.Concatenate(name="colors")([pixels] * channels) if shape[2] < channels else pixels
    scale = {"mean": backbone.mean, "variance": [deviation**2 for deviation in backbone.std]}
    normalized = layers.Normalization(axis=-1, dtype="float32", name=NORMALIZATION, **scale)(colored)
    return build_backbone(backbone, shape)(normalized)  # (batch, features)


def build_backbone(backbone: Backbone, shape: tuple[int, ...], fetched: Fetched | None = None) -> keras.Model:
    """Return the backbone's network for images of `shape`; one that was `fetched` has its weights."""
    prefix, _ = split_name(backbone.name)
    network: keras.Model = chosen_source(prefix).build(backbone, shape, fetched.files if fetched else None)
    return network


def load_pretrained(model: Classifier, fetched: Fetched) -> None:
    """Take the pretrained weights."""
    with_weights = build_backbone(fetched.backbone, model.input_shape[1:], fetched)
    model.get_layer(BACKBONE).set_weights(with_weights.get_weights())


def pretrained_features(fetched: Fetched, input_spec: InputSpec) -> Classifier:
    """Return a network whose "logits" are the features that the pretrained weights give."""
    pixels = keras.Input(input_spec.shape, name="pixels")
    model = keras.Model(pixels, _features(pixels, fetched.backbone, input_spec.shape), name="features")
    load_pretrained(model, fetched)
    return model


def freeze_batch_norm(model: Classifier) -> None:
    """Let batch normalization compute as in prediction, always: it neither learns nor counts."""
    for layer in batch_norms(model.get_layer(BACKBONE)):
        layer.trainable = False


def parts(model: Classifier) -> tuple[keras.Model, keras.Model]:
    """Return the network up to its features, and the rest: one can drop features while the other does not."""
    features = model.get_layer(DROPOUT).input
    return keras.Model(model.inputs[0], features), keras.Model(features, model.outputs[0])


def head_weights(model: Classifier) -> list[keras.Variable]:
    """Return the weights of the last layer."""
    weights: list[keras.Variable] = model.get_layer(HEAD).trainable_weights
    return weights


def weights_by_stage(model: Classifier) -> list[list[keras.Variable]]:
    """Return the backbone's weights that learn, by stage, from the input to the output."""
    return stages(model.get_layer(BACKBONE))
