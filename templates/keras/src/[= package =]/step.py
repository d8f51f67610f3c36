"""What `fit` does with a batch: every line that changes the weights is on this page."""

import math

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from .config import TrainConfig
from .model import Classifier
from .splits import Splits


class TrainingStep(keras.Model):  # type: ignore[misc]  # Keras comes without types
    """A model that is trained, with the figures of the epoch: what `fit` does with a batch.

    All that a batch changes is a variable of `model`, `average`, the optimizer, or one of `figures`.
    """

    def __init__(
        self, model: Classifier, average: Classifier | None, config: TrainConfig, splits: Splits
    ) -> None:
        super().__init__(name="training")
        self.model, self.average = model, average
        self.accumulate_batches, self.ema_decay = config.accumulate_batches, config.ema_decay
        self.class_weights = tf.constant(_class_weights(splits, config))
        self.num_batches = math.ceil(len(splits.train) / config.batch_size)
        self.num_done = self._figure("num_done", dtype="int64")
        self.num_correct = self._figure("num_correct", dtype="int64")
        self.batch_losses = self._figure("batch_losses", shape=(self.num_batches,))
        self.gradient_sums = []
        if self.accumulate_batches > 1:
            self.gradient_sums = [
                self._figure(f"gradient_{number}", shape=weight.shape)
                for number, weight in enumerate(model.trainable_weights)
            ]

    def _figure(self, name: str, *, shape: tuple[int, ...] = (), dtype: str = "float32") -> keras.Variable:
        return self.add_weight(name=name, shape=shape, dtype=dtype, initializer="zeros", trainable=False)

    @property
    def figures(self) -> list[keras.Variable]:
        """What is counted and summed up from one batch to the next."""
        return [self.num_done, self.num_correct, self.batch_losses, *self.gradient_sums]

    def train_step(self, batch: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Compute the loss of a batch, mean over its samples, and step now or after a few more batches."""
        images, labels = batch
        weights = self.model.trainable_weights
        with tf.GradientTape() as tape:
            logits = self.model(images, training=True)
            losses = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
            loss = tf.reduce_mean(losses * tf.gather(self.class_weights, labels))
        gradients = tape.gradient(loss, weights)
        self.batch_losses.value.scatter_nd_update([[self.num_done.value]], [loss])
        self.num_correct.assign_add(tf.math.count_nonzero(tf.argmax(logits, axis=1) == labels))
        self.num_done.assign_add(1)
        if self.accumulate_batches == 1:
            self._step(gradients)
        else:
            self._accumulate(gradients)
        return {"loss": loss}

    def _accumulate(self, gradients: list[tf.Tensor]) -> None:
        """Add up the gradients; change the weights after every few batches and after the epoch's last."""
        for total, gradient in zip(self.gradient_sums, gradients, strict=True):
            total.assign_add(gradient / self.accumulate_batches)

        def step_and_forget() -> None:
            self._step([total.value for total in self.gradient_sums])
            for total in self.gradient_sums:
                total.assign(tf.zeros_like(total.value))

        is_last = tf.equal(self.num_done.value, self.num_batches)
        is_due = tf.equal(self.num_done.value % self.accumulate_batches, 0) | is_last
        tf.cond(is_due, step_and_forget, lambda: None)

    def _step(self, gradients: list[tf.Tensor]) -> None:
        """Change the weights once, and let the moving average follow them."""
        self.optimizer.apply(gradients, self.model.trainable_weights)
        if self.average is None:
            return
        # Before the first step there is nothing worth averaging.
        decay = tf.where(self.optimizer.iterations.value == 1, 0.0, self.ema_decay)
        constant = len(self.model.get_layer("normalisation").weights)
        pairs = zip(self.average.weights[constant:], self.model.weights[constant:], strict=True)
        for averaged, weight in pairs:
            averaged.assign(decay * averaged.value + (1 - decay) * weight.value)


def _class_weights(splits: Splits, config: TrainConfig) -> NDArray[np.float32]:
    """Return weights (classes,) by which every class counts the same; all 1 if that is not asked for."""
    num_classes = len(splits.class_names)
    if not config.class_weights:
        return np.ones(num_classes, np.float32)
    counts = np.bincount(splits.train.labels, minlength=num_classes)
    return (len(splits.train) / (num_classes * counts)).astype(np.float32)


def build_optimizer(model: Classifier, config: TrainConfig, num_batches: int) -> keras.optimizers.Optimizer:
    """Return AdamW that decays kernels, but neither biases nor normalisation."""
    optimizer = keras.optimizers.AdamW(
        learning_rate=learning_rate_schedule(config, num_batches),
        weight_decay=config.weight_decay,
        global_clipnorm=config.gradient_clip_norm,
    )
    optimizer.exclude_from_weight_decay(
        var_list=[weight for weight in model.trainable_weights if len(weight.shape) == 1]
    )
    optimizer.build(model.trainable_weights)
    return optimizer


def learning_rate_schedule(
    config: TrainConfig, num_batches: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Return a learning rate that rises in a line over the warm-up and then falls to 0 as a cosine."""
    steps_per_epoch = math.ceil(num_batches / config.accumulate_batches)
    num_warmup, num_steps = config.warmup_epochs * steps_per_epoch, config.epochs * steps_per_epoch
    return keras.optimizers.schedules.CosineDecay(
        # Not 0, with which the first step would change nothing.
        initial_learning_rate=config.learning_rate / (num_warmup + 1),
        warmup_target=config.learning_rate,
        warmup_steps=num_warmup,
        decay_steps=max(num_steps - num_warmup, 1),
    )
