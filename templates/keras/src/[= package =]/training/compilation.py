"""Whether training is compiled by XLA: that takes seconds once, and makes every step on a GPU faster."""

from typing import Literal

from ..config.settings import TrainConfig
from ..model.device import Device
from .shares import Share

Wanted = bool | Literal["auto"]  # as `compile` of Keras takes it; to it, auto means: unless XLA cannot


def wanted_compilation(
    config: TrainConfig, device: Device, begun: str | None, share: Share | None = None
) -> Wanted:
    """Return what Keras is to be told; a run that was `begun` with or without XLA continues so.

    Compiled steps round in another way: a run that changed over would end with other weights. On a CPU XLA is
    slower, and on a GPU it is not `deterministic` in all it does: it has to be asked for. It does not know
    how processes sum, nor batches whose size the graph computes: with a `share` nothing is compiled.
    """
    if share:
        return False
    if begun is not None:
        return begun == "true"
    if config.compile == "auto":
        return "auto" if device == "gpu" and not config.deterministic else False
    return config.compile
