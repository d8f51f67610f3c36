"""How a network with a pretrained backbone learns: first its last layer alone, then all of it, slowly."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..config.settings import Config
from ..data.codec import SAMPLES, SETTING, InputSpec
from ..data.splits import Splits
from ..runs.backbone import Backbone

RATES = ("learning_rate", "warmup_epochs")  # of [train], which have no effect on a pretrained network


def head_epochs(config: Config, splits: Splits) -> int:
    """Return how many epochs train the last layer alone: all of them if there are few samples of a class."""
    epochs, wanted = config.train.epochs, config.finetune
    if len(splits.train) / len(splits.class_names) < wanted.probe_below:
        return epochs
    return min(epochs, math.ceil(wanted.head_share * epochs))


def learning_rates(
    config: Config, *, num_head_epochs: int, num_batches: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the learning rates (steps,) of the last layer and of the backbone's last stage.

    In each phase they rise linearly and then fall to 0 as a cosine. An epoch has `num_batches` batches.
    """
    wanted = config.finetune
    steps_per_epoch = math.ceil(num_batches / config.train.accumulate_batches)
    first = num_head_epochs * steps_per_epoch
    second = config.train.epochs * steps_per_epoch - first
    shape = [_rise_and_fall(steps, wanted.warmup_share) for steps in (first, second)]
    head = [wanted.head_learning_rate * shape[0], wanted.learning_rate * shape[1]]
    backbone = [0 * shape[0], wanted.learning_rate * wanted.backbone_share * shape[1]]
    return np.concatenate(head), np.concatenate(backbone)


def highest_rates(config: Config, num_head_epochs: int) -> tuple[float, ...]:
    """Return the learning rate to which each phase rises: of the first one, the second one, or both."""
    head, whole = config.finetune.head_learning_rate, config.finetune.learning_rate
    if num_head_epochs == config.train.epochs:
        return (head,)
    return (head, whole) if num_head_epochs else (whole,)


def _rise_and_fall(num_steps: int, warmup_share: float) -> NDArray[np.float64]:
    """Return a factor (steps,) for a phase: up to 1 in the first share of its steps, then down to 0."""
    num_warmup = math.ceil(warmup_share * num_steps)
    rise = (np.arange(num_warmup) + 1) / (num_warmup + 1)
    fall = np.arange(num_steps - num_warmup) / max(num_steps - num_warmup, 1)
    return np.concatenate([rise, 0.5 * (1 + np.cos(np.pi * fall))])


def stage_shares(num_stages: int, layer_decay: float) -> list[float]:
    """Return what share of the last stage's learning rate each stage has, from the input to the output."""
    return [layer_decay ** (num_stages - 1 - number) for number in range(num_stages)]


def phases(config: Config, num_head_epochs: int, *, head: int, whole: int) -> str:
    """Return the phases in words; `head` and `whole` are the numbers of parameters that learn in each."""
    epochs = config.train.epochs
    alone = f"the last layer alone ({head:,} parameters)"
    kept = ", batch normalization frozen" if config.finetune.batch_norm == "frozen" else ""
    if num_head_epochs == epochs:
        return f"{alone} to the end"
    after = f"all {whole:,} parameters{kept}"
    return f"{alone} for {num_head_epochs} of {epochs} epochs, then {after}" if num_head_epochs else after


def notes(config: Config, backbone: Backbone, spec: InputSpec) -> Iterator[str]:
    """Yield what somebody should know who trains with these settings and such samples."""
    defaults = type(config.train)()
    changed = [name for name in RATES if getattr(config.train, name) != getattr(defaults, name)]
    if changed:
        yield f"[train] {' and '.join(changed)}: no effect on a backbone, [finetune] has its own"
    if 2 * max(spec.shape[:2]) < max(backbone.size):
        was, now = ("{}x{}".format(*size[:2]) for size in (backbone.size, spec.shape))
        yield f"{backbone.name} was trained with {was}, {SAMPLES} are {now} here: see {SETTING}"
    if backbone.interpolation in {"bilinear", "bicubic"} - {spec.interpolation}:
        was, now = backbone.interpolation, spec.interpolation
        yield f"{backbone.name} was trained with {was} {SAMPLES}, they are {now}: see [data] interpolation"
