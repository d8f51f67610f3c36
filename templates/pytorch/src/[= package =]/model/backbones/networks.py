"""Networks of other libraries: built with a clear error, and without the layer that tells their classes."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ...errors import ProjectError
from ...runs.backbone import Backbone
from ..device import is_out_of_memory
from ..network import Classifier

CHANNELS = 3  # that pretrained networks take
# Of networks that other people wrote: some assert, some compute with None, some import what is not there.
FAILURES = (
    AssertionError, AttributeError, ImportError, LookupError, OSError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
HEADS = ("fc", "head", "heads", "classifier")  # what libraries call the last layers


class Features(nn.Module):
    """A classifier of this project without normalization and last layer."""

    def __init__(self, network: Classifier) -> None:
        super().__init__()
        network.head = nn.Identity()  # type: ignore[assignment]
        self.network = network

    def forward(self, normalized: Tensor) -> Tensor:
        """Return features (batch, features) for normalized pixels (batch, channels, height, width)."""
        return self.network.features(normalized)


def built(
    name: str, build: Callable[[], nn.Module], shape: tuple[int, ...], channels: int = CHANNELS
) -> nn.Module:
    """Return the network that `build` makes, after a try with a sample of `shape` and so many channels.

    Raises:
        ProjectError: it cannot be built, it does not take such samples, or its output is not
            (batch, features).
    """
    try:
        network = build()
    except FAILURES as error:
        if is_out_of_memory(error):
            raise
        raise _refused(f"The network of {name} cannot be built with its weights", error) from error
    num_features(name, network, shape, channels)
    return network


def num_features(name: str, network: nn.Module, shape: tuple[int, ...], channels: int) -> int:
    """Return how many features the network has for a sample of `shape`.

    Raises:
        ProjectError: it does not take such samples, or its output is not (batch, features).
    """
    height, width, *_ = shape
    was_training = network.training
    try:
        with torch.no_grad():
            features = network.eval()(torch.zeros(1, channels, height, width))
    except FAILURES as error:
        if is_out_of_memory(error):
            raise
        raise _refused(f"{name} does not take samples of {height}x{width}", error) from error
    network.train(was_training)
    if not isinstance(features, Tensor) or features.dim() != 2:
        raise ProjectError(
            f"The output of {name} is not one row of features for each sample.", fix="Choose another name."
        )
    return features.shape[1]


def _refused(problem: str, error: Exception) -> ProjectError:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    fix = "Set the size that it was trained with, or another name."
    return ProjectError(f"{problem} ({reason}).", fix=fix)


def without_head(network: nn.Module) -> nn.Module:
    """Return a classifier without its last layer: its output are the features that the layer took."""
    for name in HEADS:
        head = getattr(network, name, None)
        if isinstance(head, nn.Linear):
            setattr(network, name, nn.Identity())
            return network
        if isinstance(head, nn.Sequential) and isinstance(head[-1], nn.Linear):
            head[-1] = nn.Identity()
            return network
    return network  # it has none: its output are features


def stages(network: nn.Module) -> list[list[nn.Parameter]]:
    """Return the trained parameters by stage, from the input to the output.

    A stage is a child of the network, or of a list in it: a block of a residual network or a transformer.
    """
    found: list[list[nn.Parameter]] = []
    seen: set[int] = set()
    if isinstance(network, Features):
        network = network.network
    for child in _blocks(network):
        fresh = [each for each in child.parameters() if id(each) not in seen]
        seen.update(map(id, fresh))
        if fresh:
            found.append(fresh)
    own = [each for each in network.parameters() if id(each) not in seen]  # such as a class token
    return [own, *found] if own else found


def _blocks(network: nn.Module) -> list[nn.Module]:
    blocks: list[nn.Module] = []
    for child in network.children():
        blocks += child.children() if isinstance(child, nn.Sequential | nn.ModuleList) else [child]
    return blocks


def is_batch_norm(module: nn.Module) -> bool:
    """Return whether a layer normalizes by the statistics of batches."""
    return isinstance(module, nn.modules.batchnorm._BatchNorm)  # noqa: SLF001 - the base of all of them


def assumed(backbone: Backbone) -> str:
    """Return what has to be believed about weights whose source says nothing of preprocessing."""
    mean, std = (", ".join(f"{value:.1f}" for value in each) for each in (backbone.mean, backbone.std))
    return f"{backbone.name} does not say how samples were scaled: mean {mean}, deviation {std} are assumed"
