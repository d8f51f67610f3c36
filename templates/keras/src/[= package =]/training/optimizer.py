"""The optimizer, AdamW, and a learning rate that rises and falls."""

import math

import keras

from ..config.settings import TrainConfig
from ..model.network import Classifier


def build_optimizer(model: Classifier, config: TrainConfig, num_batches: int) -> keras.optimizers.Optimizer:
    """Return AdamW, with weight decay except for biases and normalization, and with its schedule.

    An epoch has `num_batches` batches.
    """
    optimizer = keras.optimizers.AdamW(
        learning_rate=_schedule(config, num_batches),
        weight_decay=config.weight_decay,
        global_clipnorm=config.gradient_clip_norm,
    )
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
