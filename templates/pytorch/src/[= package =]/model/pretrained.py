"""A network with a pretrained backbone: which of its weights are trained, and which stay as they are."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Literal, Self

import torch
from torch import Tensor, nn

from ..data.codec import InputSpec
from ..errors import ProjectError
from ..runs.backbone import Backbone
from .backbones.fetched import Fetched
from .backbones.find import chosen_source, split_name
from .backbones.networks import is_batch_norm, num_features, stages
from .device import choose_device
from .network import Classifier

Frozen = Literal["backbone", "normalization", "nothing"]


class PretrainedNetwork(Classifier):
    """A backbone of another library, and a new last layer for the classes of this project.

    The backbone's own mean and deviation scale the pixels; gray images become three equal channels. What is
    `frozen` neither learns nor drops nor counts: it computes as in prediction.
    """

    def __init__(self, backbone: Backbone, shape: tuple[int, ...], num_classes: int, dropout: float) -> None:
        """Build it without the pretrained weights."""
        super().__init__()
        if shape[2] not in {1, len(backbone.mean)}:
            raise ProjectError(
                f"{backbone.name} takes {len(backbone.mean)} channel, the images have {shape[2]}.",
                fix="Add: --set data.image_channels=1",
            )
        self.register_buffer("pixel_mean", torch.tensor(backbone.mean).reshape(-1, 1, 1))
        self.register_buffer("pixel_std", torch.tensor(backbone.std).reshape(-1, 1, 1))
        self.shape = shape
        self.frozen: Frozen = "nothing"
        self.backbone = build_backbone(backbone, shape)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(
            num_features(backbone.name, self.backbone, shape, len(backbone.mean)), num_classes
        )

    def features(self, normalized: Tensor) -> Tensor:
        """Return features (batch, features) for normalized pixels (batch, channels, height, width)."""
        is_alone = self.training and len(normalized) == 1
        with _single_values_allowed(self.backbone) if is_alone else nullcontext():
            features: Tensor = self.backbone(normalized)
        return features

    def load_pretrained(self, fetched: Fetched) -> None:
        """Take the pretrained weights."""
        with_weights = build_backbone(fetched.backbone, self.shape, fetched)
        self.backbone.load_state_dict(with_weights.state_dict())

    def freeze(self, frozen: Frozen) -> None:
        """Train from now on all but what is `frozen`."""
        self.frozen = frozen
        self.backbone.requires_grad_(frozen != "backbone")
        if frozen == "normalization":
            for module in filter(is_batch_norm, self.backbone.modules()):
                module.requires_grad_(requires_grad=False)
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """Switch to training, but for what is frozen."""
        super().train(mode)
        if self.frozen == "backbone":
            self.backbone.eval()
        elif self.frozen == "normalization":
            for module in filter(is_batch_norm, self.backbone.modules()):
                module.eval()
        return self

    def count_learning(self, *, batch_norm: bool) -> tuple[int, int]:
        """Return how many numbers the last layer has, and all that learn, batch normalization or not."""
        head = sum(each.numel() for each in self.head.parameters())
        whole = head + sum(each.numel() for each in self.backbone.parameters())
        kept = filter(is_batch_norm, [] if batch_norm else self.backbone.modules())
        return head, whole - sum(each.numel() for module in kept for each in module.parameters())

    def stages(self) -> list[list[nn.Parameter]]:
        """Return the backbone's parameters by stage, from the input to the output."""
        return stages(self.backbone)


@contextmanager
def _single_values_allowed(network: nn.Module) -> Iterator[None]:
    """Let batch normalization of a single value compute as in prediction: it has no deviation to divide by.

    Where it is that of all processes together, a sample of this one is not alone.
    """
    layers = filter(is_batch_norm, network.modules())
    counting = [each for each in layers if each.training and not isinstance(each, nn.SyncBatchNorm)]
    hooks = [layer.register_forward_pre_hook(_count_several) for layer in counting]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        for layer in counting:
            layer.train()


def _count_several(layer: nn.Module, inputs: tuple[Tensor]) -> None:
    """Have batch normalization count if there is more than one value for each channel."""
    features = inputs[0]
    layer.train(features.numel() > features.shape[1])


def build_backbone(backbone: Backbone, shape: tuple[int, ...], fetched: Fetched | None = None) -> nn.Module:
    """Return the backbone's network for images of `shape`; one that was `fetched` has its weights."""
    prefix, _ = split_name(backbone.name)
    network: nn.Module = chosen_source(prefix).build(backbone, shape, fetched.files if fetched else None)
    return network


def pretrained_features(fetched: Fetched, input_spec: InputSpec) -> Classifier:
    """Return a network whose "logits" are the features that the pretrained weights give."""
    network = PretrainedNetwork(fetched.backbone, input_spec.shape, num_classes=1, dropout=0)
    network.load_pretrained(fetched)
    network.head = nn.Identity()  # type: ignore[assignment]
    return network.to(choose_device("auto")).eval()
