"""Where the model computes."""

from typing import Literal

import torch

from .errors import ProjectError


def choose_device(name: Literal["auto", "cpu", "gpu"]) -> torch.device:
    """Return the device that `name` stands for: `auto` takes a GPU (CUDA, else Apple's MPS) if there is one.

    Raises:
        ProjectError: a GPU is asked for and PyTorch sees none.
    """
    if name == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    if name == "gpu":
        raise ProjectError(
            f'[train] device is "gpu", but PyTorch {torch.__version__} sees no GPU.',
            fix='Set device = "auto" or "cpu", or install a PyTorch build for your GPU and its driver.',
        )
    return torch.device("cpu")


def compute_exactly() -> None:
    """Let GPUs compute float32 as such: by default they round the factors of convolutions (TF32)."""
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
