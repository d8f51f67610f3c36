"""An exported model, loaded for serving: checked, fast, and without the framework that trained it."""

import os
import timeit
from pathlib import Path
from typing import cast

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ..data.codec import example_input
from ..errors import ProjectError
from ..export.manifest import EXPORT_AGAIN, Manifest, check_files, read_manifest

# One thread is the fastest for small samples: 47 us for a digit instead of 62 with two, and requests at the
# same time do not wait for each other's threads. A sample that takes longer than this is worth dividing.
SECONDS_WORTH_DIVIDING = 0.001


class OnnxModel:
    """Computes logits; may be called from several threads at once."""

    def __init__(self, export: Path) -> None:
        """Load the export in a folder, and time its predictions.

        Raises:
            ProjectError: it is damaged, or its model cannot be run.
        """
        self.manifest: Manifest = read_manifest(export)
        check_files(export, self.manifest)
        path = export / self.manifest.variants[0].path
        self._session = _session(path, num_threads=1)
        self.seconds = self._measured()
        if self.seconds > SECONDS_WORTH_DIVIDING:
            self._session = _session(path, num_threads=os.cpu_count() or 1)

    def compute_logits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return logits (samples, classes) for inputs (samples, *shape of the input specification)."""
        (logits,) = self._session.run([self.manifest.outputs[0].name], {self.manifest.inputs[0].name: inputs})
        return cast("NDArray[np.float32]", logits)

    def check(self) -> None:
        """Make a real prediction.

        Raises:
            ProjectError: the result is not the logits of one sample.
        """
        logits = self.compute_logits(example_input(self.manifest.input_spec))
        if logits.shape != (1, len(self.manifest.class_names)) or not np.isfinite(logits).all():
            raise ProjectError(
                f"The model computed numbers of shape {logits.shape}, or some that are not finite, instead of"
                f" (1, {len(self.manifest.class_names)}) logits.",
                fix=EXPORT_AGAIN,
            )

    def _measured(self) -> float:
        """Return the seconds that one prediction takes: the least of three, after a first one."""
        return min(timeit.repeat(self.check, number=1, repeat=4)[1:])


def _session(path: Path, *, num_threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = num_threads
    options.inter_op_num_threads = 1
    # Threads that wait for work do not keep a processor busy.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no class in common
        raise ProjectError(
            f"{path} cannot be run by ONNX Runtime {onnxruntime.__version__} ({error}).", fix=EXPORT_AGAIN
        ) from error
