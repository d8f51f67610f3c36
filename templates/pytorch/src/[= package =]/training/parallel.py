"""How several processes train one network: each has all of its weights (DDP), or a part of them.

What is drawn at random is drawn for the whole batch, in every process the same, and each takes its rows.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout
from torch.nn.parallel import DistributedDataParallel
from torch.optim import Optimizer

from ..config.settings import TrainConfig
from ..errors import ProjectError
from ..model.checkpoint import State
from ..model.network import Classifier
from ..model.pretrained import Frozen, PretrainedNetwork
from ..processes import World
from .distributed import Group


class Parallel:
    """A model that the processes of a group train together; one that is alone changes nothing of it."""

    def __init__(self, model: Classifier, config: TrainConfig, group: Group, device: torch.device) -> None:
        """Change the model in place, before anything refers to its weights.

        Raises:
            ProjectError: the settings and the device do not allow it.
        """
        self.model, self.world, self.dropouts = model, group.world, list[SharedDropout]()
        self.size = self.world.size
        self.is_sharded = self.size > 1 and config.sharding == "full"
        if self.size == 1:
            return
        _check(config, device)
        if config.sync_batch_norm:
            _synchronize_batch_norm(model)
        self.dropouts = share_dropout(model, group.world)
        if self.is_sharded:
            from .sharding import shard  # takes a second

            shard(model, device, self.size)

    def network(self) -> nn.Module:
        """Return what computes as the model does, and adds up the gradients of all processes.

        It knows which weights learn when it is made. The statistics of batch normalization are left to each
        process; those of the first one count.
        """
        if self.size == 1 or self.is_sharded:
            return self.model
        # It warns of convolutions of one pixel if samples have one channel: their gradients then have the
        # strides of the other memory format. Both are the same in memory, and are copied alike (torch 2.13).
        warnings.filterwarnings("ignore", "Grad strides do not match", module="torch.autograd")
        return DistributedDataParallel(self.model, forward_sync_buffers=False)

    def freeze(self, frozen: Frozen) -> bool:
        """Have the model train all but what is `frozen`; return whether that takes a new network."""
        if not isinstance(self.model, PretrainedNetwork):
            return False
        if self.is_sharded:
            from .sharding import freeze_shards

            freeze_shards(self.model, frozen)
        before = [parameter.requires_grad for parameter in self.model.parameters()]
        self.model.freeze(frozen)
        now = [parameter.requires_grad for parameter in self.model.parameters()]
        return self.size > 1 and not self.is_sharded and before != now

    @contextmanager
    def batch(self, network: nn.Module, num_samples: int, ends_step: bool) -> Iterator[None]:
        """Compute a batch that has so many samples for all processes together.

        Gradients are added up over processes with the batch that ends a step, and before only in each.
        """
        for layer in self.dropouts:
            layer.num_samples = num_samples
        if self.is_sharded:
            network.set_requires_gradient_sync(ends_step)  # type: ignore[operator]
        if isinstance(network, DistributedDataParallel) and not ends_step:
            with network.no_sync():
                yield
        else:
            yield

    def whole(self, state: State) -> State:
        """Return a state for the first process to save: whole; all processes have to ask for it."""
        if not self.is_sharded:
            return state
        from .sharding import whole

        found: State = whole(state, keep=self.world.is_first)
        return found

    def whole_weights(self) -> dict[str, Tensor]:
        """Return to the first process the whole weights, nothing if they are not divided; all have to ask."""
        if not self.is_sharded:
            return {}
        weights: dict[str, Tensor] = self.whole(self.model.state_dict())
        return weights if self.world.is_first else {}

    def part(self, state: State, optimizer: Optimizer) -> State:
        """Return what this process has of a whole state.

        What all processes add up, and gradients from between two batches of one step, is the first one's.
        """
        if self.size == 1:
            return state
        is_first = self.world.is_first
        sums = {name: state[name] * is_first for name in ("losses", "num_correct")}
        if self.is_sharded:
            from .sharding import divided_state

            return divided_state(state, self.model, optimizer) | sums
        gradients = [
            each * self.size if is_first and each is not None else None for each in state["gradients"]
        ]
        return state | sums | {"gradients": gradients}


def _check(config: TrainConfig, device: torch.device) -> None:
    if device.type == "mps":
        raise ProjectError(
            "An Apple GPU cannot be used by several processes together.", fix="Add: --set train.device=cpu"
        )
    if config.sync_batch_norm and device.type != "cuda":
        raise ProjectError(
            f"[train] sync_batch_norm is for GPUs; these processes compute on: {device.type}.",
            fix="Add: --set train.sync_batch_norm=false",
        )
    if config.sharding == "full" and config.ema_decay:
        raise ProjectError(
            f'[train] ema_decay is {config.ema_decay:g}, but with sharding = "full" weights have no average.',
            fix="Add: --set train.ema_decay=0",
        )


class SharedDropout(nn.Dropout):
    """Drops what `nn.Dropout` would drop of the whole batch, of which this process has its share.

    `num_samples` is how many the whole batch has. Where the first dimension is not that of the samples, each
    process drops by itself.
    """

    def __init__(self, probability: float, world: World) -> None:
        super().__init__(probability)
        self.world, self.num_samples = world, 0

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape (share of the batch, ...)."""
        rows = self.world.share(self.num_samples)
        if not self.training or self.p == 0 or len(features) != len(range(self.num_samples)[rows]):
            return super().forward(features)
        shape = self.num_samples, *features.shape[1:]
        whole = torch.ones(shape, dtype=features.dtype, device=features.device)
        return features * dropout(whole, self.p)[rows]


def share_dropout(model: nn.Module, world: World) -> list[SharedDropout]:
    """Put a `SharedDropout` into the place of each dropout layer, and return them."""
    for name, module in list(model.named_modules()):
        if type(module) is nn.Dropout:
            model.set_submodule(name, SharedDropout(module.p, world))
    return [module for module in model.modules() if isinstance(module, SharedDropout)]


def _synchronize_batch_norm(model: Classifier) -> None:
    """Have batch normalization see the batches of all processes."""
    for name, module in model.named_children():
        if any(type(each).__module__.startswith("timm.") for each in module.modules()):
            from timm.layers import convert_sync_batchnorm as convert  # knows its layers that also activate
        else:
            convert = nn.SyncBatchNorm.convert_sync_batchnorm
        setattr(model, name, convert(module))
