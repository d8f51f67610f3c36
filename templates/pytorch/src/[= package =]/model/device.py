"""Where the model computes."""

import gc
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

from ..errors import ProjectError
from ..processes import World, peak_of_process
from .sizes import NetworkSize

LIBRARIES = ("torch",)  # that compute; a run records their versions


def choose_device(name: Literal["auto", "cpu", "gpu"], begun: str | None = None) -> torch.device:
    """Return the device called `name`: `auto` is a GPU (CUDA, else Apple's MPS) if there is one.

    With `auto`, a run that was begun on a CPU stays there.

    Raises:
        ProjectError: `name` is gpu and PyTorch sees none.
    """
    if name == "auto" and begun == "cpu":
        name = "cpu"
    if name != "cpu" and torch.cuda.is_available():
        return torch.device("cuda")
    if name != "cpu" and torch.backends.mps.is_available():
        return torch.device("mps")
    if name == "gpu":
        raise ProjectError(
            f'[train] device is "gpu", but PyTorch {torch.__version__} sees no GPU.',
            fix='Set device = "auto" or "cpu". Or install the driver of your GPU and a PyTorch build for it,'
            " for NVIDIA by fwstart update --accelerator gpu and uv sync.",
        )
    return torch.device("cpu")


def is_out_of_memory(error: Exception) -> bool:
    """Return whether the error says that there is not enough memory, on the device or on the CPU."""
    # On the CPU, PyTorch raises a plain RuntimeError with the first words, from c10/core/impl/alloc_cpu.cpp;
    # the others are those of CUDA itself and of its libraries, which take memory without asking PyTorch.
    words = ("can't allocate memory", "CUDA error: out of memory", "STATUS_ALLOC_FAILED")
    named = any(each in str(error) for each in words)
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or named


def free_memory() -> None:
    """Give back what nothing uses any more, so that what is tried next finds it free."""
    gc.collect()  # a trainer and its schedule refer to each other
    torch.cuda.empty_cache()  # of no GPU, nothing


def peak_memory(device: torch.device) -> int:
    """Return the most bytes that tensors took on a CUDA GPU; elsewhere, what the whole process took."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else peak_of_process()


def compute_exactly() -> None:
    """Make GPUs compute in full float32: by default they round the factors of convolutions (TF32)."""
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False


def computing_on(device: torch.device) -> AbstractContextManager[object]:
    """Return the context to train in on `device`: CUDA computes in bfloat16, with weights in float32."""
    if device.type == "cuda":
        return torch.autocast("cuda", dtype=torch.bfloat16)
    return nullcontext()


def seed_device(device: torch.device, seed: int) -> None:
    """Seed what is drawn on `device` from now on.

    `torch.manual_seed` seeds all kinds of devices, which takes 0.3 ms, 2% of a step on digits (PyTorch 2.13,
    2026-11).
    """
    if device.type == "cpu":
        torch.default_generator.manual_seed(seed)
    else:
        torch.get_device_module(device).manual_seed(seed)


def memory_format(size: NetworkSize) -> torch.memory_format:
    """Return how features lie in memory while training: channels last, but for a tiny network.

    With channels last, steps on photos of 96 pixels were 1.3 times as fast on a CPU; digits were not faster
    (PyTorch 2.13, 2026-11).
    """
    return torch.contiguous_format if size.name == "tiny" else torch.channels_last


def num_threads() -> int:
    """Return how many threads one operation may use; the last bits of its result depend on them."""
    return torch.get_num_threads()


def threads_for(size: NetworkSize) -> int | None:
    """Return 1 for a tiny network; None leaves the number to PyTorch or OMP_NUM_THREADS.

    On two idle cores, digits take 10 s with one thread and 8 s with two; next to other work, where threads
    wait for one whose core is busy, two took more than ten times as long (PyTorch 2.13, 2026-11).
    """
    return 1 if size.name == "tiny" and "OMP_NUM_THREADS" not in os.environ else None


def limit_threads(size: NetworkSize, begun: str | None = None) -> None:
    """Compute from now on in as many threads as a run was begun with, or as `threads_for` says."""
    if chosen := int(begun or 0) or threads_for(size):
        torch.set_num_threads(chosen)


def threads_together(size: NetworkSize, world: World, begun: Mapping[str, str]) -> str | None:
    """Return how many threads each of several processes of a machine has, None if `limit_threads` decides.

    A run that is continued by as many processes as have begun it has as many threads as then.
    """
    if begun.get("processes", "1") == str(world.size) and "threads" in begun:
        return begun["threads"]
    if world.local_size == 1 or size.name == "tiny" or "OMP_NUM_THREADS" in os.environ:
        return None
    return str(max(1, torch.get_num_threads() // world.local_size))
