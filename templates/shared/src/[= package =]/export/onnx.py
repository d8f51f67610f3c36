"""The model as ONNX for ONNX Runtime: what the embedded server runs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime

from ..data.codec import InputSpec
from ..model.network import Classifier
from .artifact import Artifact, Gate, Inputs, Logits, Trained
from .onnx_conversion import convert

FILE_NAME = "model.onnx"
ORIGINS = ("doc_string", "metadata_props")  # the fields of ONNX that say which lines of source became what
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


def write_onnx(model: Classifier, input_spec: InputSpec, path: Path) -> None:
    """Write the model to `path`: `pixels` float32 (batch, height, width, channels) in, `logits` out.

    Without the converters' notes: PyTorch's name the folders of this machine.
    """
    convert(model, input_spec, path)
    converted = onnx.load(path)
    _forget_origins(converted)
    onnx.save(converted, path)


def _forget_origins(message: Any) -> None:
    """Clear the notes in a message of protobuf, and in the messages that it contains."""
    for name in ORIGINS:
        if name in message.DESCRIPTOR.fields_by_name:
            message.ClearField(name)
    for field, value in message.ListFields():
        if field.message_type:
            for part in [value] if hasattr(value, "ListFields") else value:
                _forget_origins(part)


def onnx_logits(path: Path) -> Callable[[Inputs], Logits]:
    """Return the function that the ONNX file at `path` is, computed on the CPU."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def compute_logits(inputs: Inputs) -> Logits:
        (logits,) = session.run(["logits"], {"pixels": inputs.astype(np.float32)})
        return np.asarray(logits, dtype=np.float32)

    return compute_logits
