"""What one of several processes computes of a batch, and of what is drawn for the whole batch."""

from functools import partial
from typing import Any

import keras
import tensorflow as tf
from keras import layers

from ..model.network import Classifier
from ..processes import World


class Share:
    """Which samples of a batch are this process's: every W-th one, beginning with that of its rank.

    A batch of fewer samples than processes leaves some without: they compute its first one, which then
    counts for nothing.
    """

    def __init__(self, world: World) -> None:
        self.world = world

    def begin(self, num_samples: tf.Tensor) -> None:
        """Begin with a batch of so many samples, those of all processes."""
        self.num_samples = tf.cast(num_samples, tf.int32)

    def rows(self, whole: tf.Tensor) -> tf.Tensor:
        """Return this process's rows of a tensor that has one for each sample of the batch."""
        first = tf.where(self.world.rank < tf.shape(whole)[0], self.world.rank, 0)
        return whole[first :: self.world.size]

    def part(self) -> tf.Tensor:
        """Return what part of the batch's samples is this process's: 0 if it computes one for nothing."""
        num_own = (self.num_samples + self.world.size - 1 - self.world.rank) // self.world.size
        return num_own / self.num_samples

    def whole(self, rows: tf.Tensor) -> tf.Tensor:
        """Return ones of the shape that the whole batch has, and of the type of `rows`."""
        return tf.ones((self.num_samples, *rows.shape[1:]), rows.dtype)


def draw_together(model: Classifier, share: Share) -> None:
    """Let each dropout of the model draw for the whole batch, as one process would, and use its own rows."""
    for layer in model._flatten_layers():  # noqa: SLF001 - those within layers, too, which no other call lists
        if isinstance(layer, layers.Dropout):
            # Not another layer: what is saved stays a model of Keras's own layers.
            layer.call = partial(_dropped, layer, layer.call, share)


def _dropped(
    layer: keras.Layer, call: Any, share: Share, inputs: tf.Tensor, training: bool = False
) -> tf.Tensor:
    if not training or layer.rate == 0:
        return call(inputs, training=training)
    return inputs * share.rows(call(share.whole(inputs), training=True))
