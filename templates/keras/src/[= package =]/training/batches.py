"""Where the batches of training come from: a `tf.data` stream of the rest of an epoch."""

import math

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ..config.settings import Config
from ..data.batches import READ_AHEAD, sample_order
from ..data.codec import InputSpec
from ..data.splits import Split
from ..errors import ProjectError
from ..model.device import Device
from .shares import Share


class TrainingBatches:
    """The batches of every epoch; `source` says in words where they come from.

    A batch: inputs uint8 (batch, height, width, channels) and labels int64 (batch,), the same bits wherever
    it comes from; the last one may be smaller. Each iteration over `stream` begins as `begin` said last.
    """

    def __init__(
        self,
        split: Split,
        input_spec: InputSpec,
        config: Config,
        device: Device,
        share: Share | None = None,
    ) -> None:
        """Make the stream; with a `share`, it has only those rows of each batch."""
        self.split, self.input_spec, self.config, self.share = split, input_spec, config, share
        self.num_batches = math.ceil(len(self.split) / config.train.batch_size)
        self.unreadable: ProjectError | None = None
        with tf.device("cpu:0"):  # where streams are made
            self._order = tf.Variable(np.zeros(0, np.int64), shape=(None,))
            if isinstance(self.split.inputs, np.ndarray):
                self.source = "gathered from memory"
                stream = self._gathered(self.split.inputs)
                # On a CPU, reading ahead would take time from the model.
                stream = stream.prefetch(READ_AHEAD) if device == "gpu" else stream
            else:
                workers = min(config.data.workers, self.num_batches)
                self.source = f"read ahead by {workers} parallel calls of tf.data"
                stream = self._read_ahead(workers)
            self.stream = stream.with_options(_options(config))

    def begin(self, epoch: int, *, first: int = 0) -> None:
        """Have the next iteration begin with batch number `first` of an epoch."""
        order = sample_order(len(self.split), seed=self.config.seed, epoch=epoch)
        self._order.assign(order[first * self.config.train.batch_size :])

    def _indices(self) -> tf.data.Dataset:
        """Return the indices of each batch."""
        orders = tf.data.Dataset.range(1).flat_map(
            lambda _: tf.data.Dataset.from_tensor_slices(self._order.value())
        )
        batches = orders.batch(self.config.train.batch_size)
        return batches.map(self.share.rows) if self.share else batches

    def _gathered(self, inputs: NDArray[np.uint8]) -> tf.data.Dataset:
        """Return the batches, gathered by TensorFlow alone: quicker than by Python."""
        samples, labels = tf.constant(inputs), tf.constant(self.split.labels)
        return self._indices().map(lambda batch: (tf.gather(samples, batch), tf.gather(labels, batch)))

    def _read_ahead(self, workers: int) -> tf.data.Dataset:
        """Return the batches, read from the disk by this project's own function, several at a time."""
        labels = tf.constant(self.split.labels)

        def read(batch: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            inputs = tf.numpy_function(self._read, [batch], tf.uint8, stateful=False)
            return tf.ensure_shape(inputs, (None, *self.input_spec.shape)), tf.gather(labels, batch)

        batches = self._indices().map(read, num_parallel_calls=workers, deterministic=True)
        return batches.prefetch(READ_AHEAD)

    def _read(self, indices: NDArray[np.int64]) -> NDArray[np.uint8]:
        try:
            return self.split.inputs[indices]
        except ProjectError as error:
            self.unreadable = error  # TensorFlow passes on only its text
            raise


def _options(config: Config) -> tf.data.Options:
    options = tf.data.Options()
    options.autotune.enabled = False
    # Calls that wait for the disk, or for Python's lock, do not keep the model's threads.
    options.threading.private_threadpool_size = config.data.workers
    return options
