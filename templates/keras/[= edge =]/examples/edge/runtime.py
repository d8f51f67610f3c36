"""The exported model on LiteRT."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray


def load_model(
    path: Path,
    shape: tuple[int, ...],  # noqa: ARG001 (the file knows its shape)
) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """Return the function from images (samples, height, width, channels) to logits (samples, classes)."""
    interpreter = Interpreter(model_path=str(path))
    runner = interpreter.get_signature_runner("serving_default")

    def compute_logits(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        pixels = images.astype(np.float32)[:, np.newaxis]  # the file takes one image at a time
        return np.concatenate([runner(pixels=image)["logits"] for image in pixels])

    return compute_logits
