"""Whether training is compiled by XLA: that takes seconds once, and makes every step on a GPU faster."""

from typing import Literal

from ..config.settings import TrainConfig
from ..model.device import Device

Wanted = bool | Literal["auto"]  # as `compile` of Keras takes it; to it, auto means: unless XLA cannot


def wanted_compilation(config: TrainConfig, device: Device, begun: str | None) -> Wanted:
    """Return what Keras is to be told; a run that was `begun` with or without XLA continues so.

    Compiled steps round in another way: a run that changed over would end with other weights. On a CPU XLA is
    slower, and on a GPU it is not `deterministic` in all it does: it has to be asked for.
    """
    if begun is not None:
        return begun == "true"
    if config.compile == "auto":
        return "auto" if device == "gpu" and not config.deterministic else False
    return config.compile
