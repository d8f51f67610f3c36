"""The moving average of the weights."""

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ..model.network import Classifier


def moving_average(model: Classifier, decay: float) -> AveragedModel | None:
    """Return what follows the weights of the model slowly, None if `decay` is 0."""
    if not decay:
        return None
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)


def follow(average: AveragedModel, model: nn.Module, decay: float) -> None:
    """Do what `average.update_parameters(model)` does, but for its copy of a number to the device.

    A GPU would have to wait for it after every step (PyTorch 2.13, 2026-11).
    """
    pairs = list(zip(average.module.state_dict().values(), model.state_dict().values(), strict=True))
    blend = get_ema_multi_avg_fn(decay)
    for kind in {averaged.dtype for averaged, _ in pairs}:
        averaged, weights = ([pair[side] for pair in pairs if pair[0].dtype == kind] for side in (0, 1))
        if average.n_averaged == 0:  # which is on the CPU
            torch._foreach_copy_(averaged, weights)
        else:
            blend(averaged, weights, average.n_averaged)
    average.n_averaged += 1
