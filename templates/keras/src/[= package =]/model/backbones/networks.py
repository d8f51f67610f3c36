"""Networks of other libraries: built with a clear error, and with one row of features for each sample."""

from collections.abc import Callable, Sequence
from itertools import accumulate

import keras
from keras import KerasTensor, layers

from ...errors import ProjectError

CHANNELS = 3  # that pretrained networks take


def built(
    name: str, build: Callable[[], keras.Model], shape: tuple[int, ...], channels: int = CHANNELS
) -> keras.Model:
    """Return the network that `build` makes, from samples of `shape` with so many channels to features.

    Maps are averaged over their pixels; of a transformer's tokens, the first stands for all.

    Raises:
        ProjectError: it cannot be built, or it does not take such samples.
    """
    try:
        network = build()
    except (ValueError, TypeError, OSError, KeyError, AttributeError, NotImplementedError) as error:
        raise _refused(f"The network of {name} cannot be built with its weights", error) from error
    height, width, *_ = shape
    inputs = keras.Input((height, width, channels), name="normalized")
    try:
        features = _pooled(name, network(inputs))
    except (ValueError, TypeError, KeyError) as error:
        raise _refused(f"{name} does not take samples of {height}x{width}", error) from error
    return keras.Model(inputs, features, name="backbone")


def _pooled(name: str, features: KerasTensor) -> KerasTensor:
    num_dimensions = len(getattr(features, "shape", ()))
    if num_dimensions == 4:
        return layers.GlobalAveragePooling2D(name="average")(features)
    if num_dimensions == 3:
        return features[:, 0]
    if num_dimensions == 2:
        return features
    raise ProjectError(
        f"The output of {name} is not one row of features for each sample.", fix="Choose another name."
    )


def _refused(problem: str, error: Exception) -> ProjectError:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    fix = "Set the size that it was trained with, or another name."
    return ProjectError(f"{problem} ({reason}).", fix=fix)


def stages(network: keras.Model) -> list[list[keras.Variable]]:
    """Return the weights of a `built` network that learn, by stage, from the input to the output.

    A stage is what lies between two halvings of the image: the layers of Keras's networks are one long list,
    in which nothing else tells where a block ends. Where no image is left, each layer is a stage.
    """
    (inner,) = (layer for layer in network.layers if isinstance(layer, keras.Model))
    learning = [layer for layer in inner.layers if layer.trainable_weights]
    # Of the inner network itself, many know only that an image has some height.
    probe = keras.Model(inner.inputs, [layer.output for layer in learning])
    shapes = [output.shape for output in probe(keras.Input(network.input_shape[1:]))]
    # Squeeze-and-excitation looks at one pixel for a while; an image itself never grows again.
    heights = [shape[1] if len(shape) == 4 else 0 for shape in shapes]
    heights = list(accumulate(reversed(heights), max))[::-1]
    found: dict[int | str, list[keras.Variable]] = {}
    seen: set[int] = set()
    for layer, shape, height in zip(learning, shapes, heights, strict=True):
        fresh = [weight for weight in layer.trainable_weights if id(weight) not in seen]
        seen.update(map(id, fresh))
        found.setdefault(height if len(shape) == 4 else layer.name, []).extend(fresh)
    return [stage for stage in found.values() if stage]


def batch_norms(network: keras.Model) -> Sequence[keras.Layer]:
    """Return the layers that normalize by the statistics of batches."""
    inner = network._flatten_layers()  # noqa: SLF001 - those within layers, too, which no other call lists
    return [layer for layer in inner if isinstance(layer, layers.BatchNormalization)]
