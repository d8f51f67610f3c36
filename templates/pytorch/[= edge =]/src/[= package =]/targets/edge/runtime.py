"""ExecuTorch with XNNPACK: the runtime of the device, on this machine."""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from ...export.artifact import Inputs, Logits
from ..quiet import quiet

MODULE = "executorch"
SUFFIX = ".pte"


def runtime_name() -> str:
    """Return the runtime's name and version."""
    return f"ExecuTorch {version('executorch')}, XNNPACK"


def edge_logits(path: Path) -> Callable[[Inputs], Logits]:
    """Return the function that the file at `path` is, computed on the CPU, one sample after the other."""
    with quiet():
        from executorch.runtime import Runtime

        program = Runtime.get().load_program(path)
        forward = program.load_method("forward")

    def compute_logits(inputs: Inputs) -> Logits:
        samples = torch.from_numpy(inputs.astype(np.float32)).split(1)
        # Copied: the runtime writes its next answer where it wrote this one.
        return np.concatenate([forward.execute((sample,))[0].numpy().copy() for sample in samples])

    return compute_logits
