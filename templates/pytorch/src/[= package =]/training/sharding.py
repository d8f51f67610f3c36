"""Weights that are divided among processes (FSDP2), and states of them that are saved whole.

`torch.distributed.checkpoint` has functions for such states, but its `get_optimizer_state_dict` takes a step
of an optimizer that has not taken any (PyTorch 2.13), and names parameters where one process numbers them: a
run saved by several processes could not be resumed by one.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim import Optimizer

from ..model.checkpoint import State
from ..model.network import Classifier
from ..model.pretrained import Frozen, PretrainedNetwork


def shard(model: Classifier, device: torch.device, num_processes: int) -> None:
    """Leave each process a part of the weights; a block has all of its own only while it computes.

    On GPUs, the weights of a network without batch normalization travel as bfloat16.
    """
    mesh = init_device_mesh(device.type, (num_processes,))
    has_statistics = any(isinstance(module, _BatchNorm) for module in model.modules())
    if device.type == "cpu" or has_statistics:
        policy = whole_policy = MixedPrecisionPolicy()
    else:
        policy = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32)
        # Pixels, up to 255, stay exact until they are normalized.
        whole_policy = replace(policy, cast_forward_inputs=False)
    for block in _blocks(model):
        fully_shard(block, mesh=mesh, mp_policy=policy)
    fully_shard(model, mesh=mesh, mp_policy=whole_policy)


def _blocks(module: nn.Module) -> Iterator[nn.Module]:
    """Yield the modules that are called one after another: of a container its members, else a child."""
    for name, child in module.named_children():
        # Of a network of this project that is a backbone, `features` is called, not the network.
        if name == "backbone" or isinstance(child, nn.Sequential | nn.ModuleList | Classifier):
            yield from _blocks(child)
        elif next(child.parameters(), None) is not None:
            yield child


def freeze_shards(model: PretrainedNetwork, frozen: Frozen) -> None:
    """Freeze the whole weights, too, that the modules keep for while they compute."""
    modules = [module for module in model.modules() if isinstance(module, FSDPModule)]
    for module in modules:
        module.unshard()
    model.freeze(frozen)
    for module in modules:
        module.reshard()


def whole(state: Any, *, keep: bool) -> Any:
    """Return a state whose tensors are whole, on the CPU, if they were divided; None for them unless `keep`.

    All processes have to ask for it. One tensor at a time is whole on the device.
    """
    if isinstance(state, DTensor):
        tensor = state.full_tensor()
        return tensor.cpu() if keep else None
    if isinstance(state, dict):
        return {key: whole(each, keep=keep) for key, each in state.items()}
    if isinstance(state, list):
        return [whole(each, keep=keep) for each in state]
    return state


def divided_state(state: State, model: nn.Module, optimizer: Optimizer) -> State:
    """Return what this process has of the weights, the gradients and the optimizer in a whole state."""
    own, parameters = model.state_dict(), list(model.parameters())
    numbered = [each for group in optimizer.param_groups for each in group["params"]]
    moments = {
        number: {name: divided(tensor, numbered[number]) for name, tensor in tensors.items()}
        for number, tensors in state["optimizer"]["state"].items()
    }
    return state | {
        "model": {name: divided(tensor, own[name]) for name, tensor in state["model"].items()},
        "optimizer": state["optimizer"] | {"state": moments},
        "gradients": [
            None if gradient is None else divided(gradient, parameter)
            for gradient, parameter in zip(state["gradients"], parameters, strict=True)
        ],
    }


def divided(tensor: Tensor, like: Tensor) -> Tensor:
    """Return what this process has of a whole tensor: all, unless one of its shape, `like`, is divided."""
    if not isinstance(like, DTensor) or tensor.shape != like.shape:
        return tensor
    on_device = tensor.to(like.device)
    return distribute_tensor(on_device, like.device_mesh, like.placements, src_data_rank=None)
