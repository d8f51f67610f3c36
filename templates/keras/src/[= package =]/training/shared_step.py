"""What `fit` does with a batch that several processes share: all change the weights alike."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ..config.settings import Config
from ..data.splits import Splits
from ..model.backbones.networks import batch_norms
from ..model.network import Classifier
from .distributed import Group
from .shares import Share, draw_together
from .step import TrainingStep


class SharedStep(TrainingStep):
    """What `fit` does with a batch of which this process has its share.

    The gradients are summed before they are clipped, and the optimizer is called where it does not sum them
    once more. The figures are those of the whole batch.
    """

    def __init__(
        self,
        model: Classifier,
        average: Classifier | None,
        config: Config,
        splits: Splits,
        num_batches: int,
        *,
        group: Group,
        share: Share,
    ) -> None:
        super().__init__(model, average, config, splits, num_batches, share=share)
        self.group, self.share = group, share
        self.num_samples, self.batch_size = len(splits.train), config.train.batch_size
        draw_together(model, share)
        if config.train.sync_batch_norm:
            for layer in batch_norms(model):
                layer.synchronized = True

    def train_step(self, batch: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Vary a share of a batch, as depends on seed, epoch and the batch's number alone, and learn."""
        num_before = self.num_done.value * self.batch_size
        self.share.begin(tf.minimum(self.num_samples - num_before, self.batch_size))
        return super().train_step(batch)

    def _learn(self, inputs: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Compute the loss of a batch, averaged over all of its samples, and step as one process would."""
        loss, num_correct, gradients, statistics = self.group.run(self._summed, inputs, labels)
        for variable, value in zip(self._statistics(), statistics, strict=True):
            variable.assign(value)
        self._change(loss, num_correct, gradients)
        return loss

    def _summed(
        self, inputs: tf.Tensor, labels: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, Sequence[tf.Tensor | None], Sequence[tf.Tensor]]:
        """Return loss, number of right answers, gradients and statistics of the whole batch."""
        part = self.share.part()
        with tf.GradientTape() as tape:
            logits = self.compute_logits(inputs)
            losses = self.losses_of(logits, labels)
            # The share's mean, times its part of the samples.
            loss = tf.reduce_mean(losses) * tf.cast(part, losses.dtype)
        gradients = tape.gradient(loss, self.learning_weights)
        known = [tf.convert_to_tensor(gradient) for gradient in gradients if gradient is not None]
        statistics = [variable.value * tf.cast(part, variable.dtype) for variable in self._statistics()]
        num_correct = tf.where(part > 0, self.count_correct(logits, labels), 0)
        sums = self.group.total([loss, *known, *statistics, tf.cast(num_correct, loss.dtype)])
        summed = iter(sums[1 : 1 + len(known)])
        return (
            sums[0],
            tf.cast(sums[-1], tf.int64),
            [None if gradient is None else next(summed) for gradient in gradients],
            sums[1 + len(known) : -1],
        )

    def _statistics(self) -> list[keras.Variable]:
        """Return what batch normalization has counted: each process saw other samples."""
        if self.head_alone:
            return []
        counting = [layer for layer in batch_norms(self.model) if layer.trainable]
        return [value for layer in counting for value in (layer.moving_mean, layer.moving_variance)]
