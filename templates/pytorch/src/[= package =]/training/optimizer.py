"""The optimizer, AdamW, and a learning rate that rises and falls."""

import math
from collections.abc import Callable
from typing import Any

from torch import nn
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR

from ..config.settings import Config, TrainConfig
from ..model.network import Classifier
from ..model.pretrained import PretrainedNetwork
from .finetuning import learning_rates, stage_shares


def build_optimizer(
    model: Classifier, config: Config, num_batches: int, num_head_epochs: int = 0
) -> tuple[AdamW, LambdaLR]:
    """Return AdamW, with weight decay except for biases and normalization, and its schedule.

    An epoch has `num_batches` batches; the first `num_head_epochs` train the last layer alone.
    """
    if isinstance(model, PretrainedNetwork):
        return _for_pretrained(model, config, num_batches, num_head_epochs)
    groups = _groups(list(model.parameters()))
    optimizer = _adamw(groups, config.train, config.train.learning_rate)
    return optimizer, _schedule(optimizer, config.train, num_batches)


def _groups(parameters: list[nn.Parameter]) -> list[dict[str, Any]]:
    return [
        {"params": [tensor for tensor in parameters if tensor.dim() > 1]},
        {"params": [tensor for tensor in parameters if tensor.dim() <= 1], "weight_decay": 0.0},
    ]


def _adamw(groups: list[dict[str, Any]], config: TrainConfig, learning_rate: float) -> AdamW:
    # One fused kernel for all parameters is the fastest, on a CPU, too.
    return AdamW(groups, lr=learning_rate, weight_decay=config.weight_decay, fused=True)


def _schedule(optimizer: Optimizer, config: TrainConfig, num_batches: int) -> LambdaLR:
    """Return a learning rate that rises linearly during the warm-up and then falls to 0 as a cosine."""
    steps_per_epoch = math.ceil(num_batches / config.accumulate_batches)
    num_warmup, num_steps = config.warmup_epochs * steps_per_epoch, config.epochs * steps_per_epoch

    def factor(step: int) -> float:
        if step < num_warmup:
            return (step + 1) / (num_warmup + 1)
        remaining = (num_steps - step) / max(num_steps - num_warmup, 1)
        return 0.5 * (1 - math.cos(math.pi * remaining))

    return LambdaLR(optimizer, factor)


def _for_pretrained(
    model: PretrainedNetwork, config: Config, num_batches: int, num_head_epochs: int
) -> tuple[AdamW, LambdaLR]:
    """Return AdamW whose learning rate falls from the last layer to the first stage of the backbone."""
    head_rates, backbone_rates = learning_rates(
        config, num_head_epochs=num_head_epochs, num_batches=num_batches
    )
    groups = _groups(list(model.head.parameters()))
    factors = [_from_table(head_rates.tolist())] * len(groups)
    stages = model.stages()
    for stage, share in zip(stages, stage_shares(len(stages), config.finetune.layer_decay), strict=True):
        of_stage = _groups(stage)
        groups += of_stage
        factors += [_from_table((share * backbone_rates).tolist())] * len(of_stage)
    optimizer = _adamw(groups, config.train, 1.0)
    return optimizer, LambdaLR(optimizer, factors)


def _from_table(rates: list[float]) -> Callable[[int], float]:
    return lambda step: rates[min(step, len(rates) - 1)]
