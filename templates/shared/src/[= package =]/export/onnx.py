"""The model as ONNX for ONNX Runtime: what the embedded server runs."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from .artifact import Artifact, Gate, Inputs, Logits, Trained
from .onnx_conversion import write_onnx

FILE_NAME = "model.onnx"
LOGIT_DIFFERENCE = 1e-3  # both compute in float32, in another order; measured: below 1e-4


def write(trained: Trained, folder: Path, previous: Path | None) -> Sequence[Artifact]:  # noqa: ARG001
    """Write `model.onnx` into `folder`: any batch size, its weights inside."""
    path = folder / FILE_NAME
    write_onnx(trained.model, trained.record.input_spec, path)
    return [
        Artifact(
            variant="float32",
            runtime=f"ONNX Runtime {onnxruntime.__version__}",
            path=FILE_NAME,
            gate=Gate(logit_difference=LOGIT_DIFFERENCE),
            compute_logits=onnx_logits(path),
        )
    ]


def onnx_logits(path: Path) -> Callable[[Inputs], Logits]:
    """Return the function that the ONNX file at `path` is, computed on the CPU."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def compute_logits(inputs: Inputs) -> Logits:
        (logits,) = session.run(["logits"], {"pixels": inputs.astype(np.float32)})
        return np.asarray(logits, dtype=np.float32)

    return compute_logits
