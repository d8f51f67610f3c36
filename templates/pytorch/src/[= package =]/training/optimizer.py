"""The optimizer, AdamW, and a learning rate that rises and falls."""

import math
from typing import Any

from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR

from ..config.settings import TrainConfig
from ..model.network import Classifier


def build_optimizer(model: Classifier, config: TrainConfig, num_batches: int) -> tuple[AdamW, LambdaLR]:
    """Return AdamW, with weight decay except for biases and normalization, and its schedule.

    An epoch has `num_batches` batches.
    """
    parameters = list(model.parameters())
    groups: list[dict[str, Any]] = [
        {"params": [tensor for tensor in parameters if tensor.dim() > 1]},
        {"params": [tensor for tensor in parameters if tensor.dim() <= 1], "weight_decay": 0.0},
    ]
    # One fused kernel for all parameters is the fastest, on a CPU, too.
    optimizer = AdamW(groups, lr=config.learning_rate, weight_decay=config.weight_decay, fused=True)
    return optimizer, _schedule(optimizer, config, num_batches)


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
