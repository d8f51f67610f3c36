"""The settings of [finetune]: how a network with a pretrained backbone is trained, in two phases.

First the new last layer alone, then all weights, those next to the input the slowest. Sources: the recipes of
fastai, timm and big_vision, tried on small photos.
"""

from typing import Literal

from .fields import Section, setting


class FinetuneConfig(Section):
    """How pretrained weights are changed."""

    head_share: float = setting(
        0.2, "of the epochs, the first ones, that train the last layer alone", unit="share", ge=0, le=1
    )
    probe_below: int = setting(
        20, "of a class, on average, below which all epochs do", unit="training samples", ge=0
    )
    head_learning_rate: float = setting(1e-2, "at its highest, while the last layer is trained alone", gt=0)
    learning_rate: float = setting(1e-3, "of the last layer after that, at its highest", gt=0)
    backbone_share: float = setting(
        0.2, "of that learning rate, for the backbone's last layers", unit="share", ge=0, le=1
    )
    layer_decay: float = setting(
        0.8, "of a stage's learning rate, for the stage before it", unit="share", gt=0, le=1
    )
    warmup_share: float = setting(
        0.05, "of the steps of a phase in which the learning rate rises", unit="share", ge=0, lt=1
    )
    batch_norm: Literal["frozen", "trained"] = setting(
        "frozen", '"frozen" (keeps what it has learned) or "trained", for hundreds of samples a batch'
    )
