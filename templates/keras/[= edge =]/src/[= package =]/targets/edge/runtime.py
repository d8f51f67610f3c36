"""LiteRT, formerly TensorFlow Lite: the runtime of the device, on this machine."""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np

from ...export.artifact import Inputs, Logits
from ..quiet import quiet

MODULE = "ai_edge_litert"
SUFFIX = ".tflite"


def runtime_name() -> str:
    """Return the runtime's name and version."""
    return f"LiteRT {version('ai-edge-litert')}"


def edge_logits(path: Path) -> Callable[[Inputs], Logits]:
    """Return the function that the file at `path` is, computed on the CPU, one sample after the other."""
    from ai_edge_litert.interpreter import Interpreter

    with quiet():
        interpreter = Interpreter(model_path=str(path))
        interpreter.allocate_tensors()
        runner = interpreter.get_signature_runner("serving_default")

    def compute_logits(inputs: Inputs) -> Logits:
        samples = inputs.astype(np.float32)[:, np.newaxis]  # (samples, 1, height, width, channels)
        return np.concatenate([runner(pixels=sample)["logits"] for sample in samples])

    return compute_logits
