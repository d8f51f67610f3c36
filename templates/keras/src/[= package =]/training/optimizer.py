"""The optimizer, AdamW, and a learning rate that rises and falls."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ..config.settings import Config, TrainConfig
from ..model.network import Classifier
from ..model.pretrained import head_weights, weights_by_stage
from .finetuning import learning_rates, stage_shares


def build_optimizer(
    model: Classifier, config: Config, num_batches: int, num_head_epochs: int = 0
) -> keras.optimizers.Optimizer:
    """Return AdamW, with weight decay except for biases and normalization, and with its schedule.

    An epoch has `num_batches` batches; the first `num_head_epochs` train the last layer alone.
    """
    settings = {"weight_decay": config.train.weight_decay, "global_clipnorm": config.train.gradient_clip_norm}
    if config.model.backbone:
        optimizer = _for_pretrained(model, config, num_batches, num_head_epochs, settings)
    else:
        optimizer = keras.optimizers.AdamW(_schedule(config.train, num_batches), **settings)
    optimizer.exclude_from_weight_decay(
        var_list=[weight for weight in model.trainable_weights if len(weight.shape) == 1]
    )
    optimizer.build(model.trainable_weights)
    return optimizer


def _schedule(config: TrainConfig, num_batches: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """Return a learning rate that rises linearly during the warm-up and then falls to 0 as a cosine."""
    steps_per_epoch = math.ceil(num_batches / config.accumulate_batches)
    num_warmup, num_steps = config.warmup_epochs * steps_per_epoch, config.epochs * steps_per_epoch
    return keras.optimizers.schedules.CosineDecay(
        # Not 0: the first step would change nothing.
        initial_learning_rate=config.learning_rate / (num_warmup + 1),
        warmup_target=config.learning_rate,
        warmup_steps=num_warmup,
        decay_steps=max(num_steps - num_warmup, 1),
    )


def _for_pretrained(
    model: Classifier, config: Config, num_batches: int, num_head_epochs: int, settings: dict[str, Any]
) -> "AdamWByWeight":
    """Return AdamW whose learning rate falls from the last layer to the first stage of the backbone."""
    head_rates, backbone_rates = learning_rates(
        config, num_head_epochs=num_head_epochs, num_batches=num_batches
    )
    stages = weights_by_stage(model)
    shares = {
        id(weight): share
        for stage, share in zip(stages, stage_shares(len(stages), config.finetune.layer_decay), strict=True)
        for weight in stage
    }
    in_head = {id(weight) for weight in head_weights(model)}
    return AdamWByWeight(
        head_rates,
        backbone_rates,
        shares=[None if id(weight) in in_head else shares[id(weight)] for weight in model.trainable_weights],
        **settings,
    )


class Rates(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras comes without types
    """The learning rates of all steps, in a table."""

    def __init__(self, rates: NDArray[np.float64]) -> None:
        self.rates = rates

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        """Return the rate of a step; after the last one it stays."""
        return tf.gather(tf.constant(self.rates, tf.float32), tf.minimum(step, len(self.rates) - 1))


class AdamWByWeight(keras.optimizers.Adam):  # type: ignore[misc]  # Keras comes without types
    """AdamW with a learning rate for each weight: Keras's optimizers have one for all.

    The weights of the backbone join after the steps for which `backbone_rates` begins with 0.
    """

    def __init__(
        self,
        head_rates: NDArray[np.float64],
        backbone_rates: NDArray[np.float64],
        *,
        shares: Sequence[float | None],
        weight_decay: float,
        global_clipnorm: float,
    ) -> None:
        """Take what share of the backbone's rate each weight has, in the model's order; None: the head's."""
        super().__init__(Rates(head_rates), global_clipnorm=global_clipnorm)
        self.decay, self.shares = weight_decay, shares
        self.backbone_rates = Rates(backbone_rates)
        num_before = int(np.flatnonzero(backbone_rates)[0]) if backbone_rates.any() else 0
        self.corrections = Rates(_corrections(len(backbone_rates), num_before, self.beta_1, self.beta_2))

    def update_step(self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor) -> None:
        """Change a weight at its own learning rate."""
        share = self.shares[self._get_variable_index(variable)]
        correction = 1.0
        if share is not None:
            step = self.iterations.value
            learning_rate = share * self.backbone_rates(step)
            correction = self.corrections(step)
        if self._use_weight_decay(variable):
            self.assign_sub(variable, variable * (self.decay * learning_rate))
        super().update_step(gradient, variable, learning_rate * correction)


def _corrections(num_steps: int, num_before: int, beta_1: float, beta_2: float) -> NDArray[np.float64]:
    """Return by what the steps (steps,) of weights that join after `num_before` steps must be multiplied.

    Adam divides its averages by what they lack in their first steps; Keras counts these from the first step
    of all.
    """
    own = np.maximum(np.arange(num_steps) - num_before, 0) + 1
    every = np.arange(num_steps) + 1

    def factor(steps: NDArray[np.int64]) -> NDArray[np.float64]:
        factors: NDArray[np.float64] = np.sqrt(1 - beta_2**steps) / (1 - beta_1**steps)
        return factors

    return factor(own) / factor(every)
