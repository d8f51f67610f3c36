"""Where the model computes, and how exactly."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Literal

import keras
import tensorflow as tf

from ..errors import ProjectError
from ..processes import peak_of_process

Device = Literal["cpu", "gpu"]

LIBRARIES = ("keras", "tensorflow")  # that compute; a run records their versions


def choose_device(name: Literal["auto", "cpu", "gpu"], begun: str | None = None) -> Device:
    """Return the device called `name`: `auto` is a GPU if there is one.

    With `auto`, a run that was begun on a CPU stays there.

    Raises:
        ProjectError: `name` is gpu and TensorFlow sees none.
    """
    if name == "auto" and begun == "cpu":
        name = "cpu"
    if name != "cpu" and tf.config.list_physical_devices("GPU"):
        return "gpu"
    if name == "gpu":
        raise ProjectError(
            f'[train] device is "gpu", but TensorFlow {tf.__version__} sees no GPU.',
            fix='Set device = "auto" or "cpu". Or install the NVIDIA driver, and the CUDA libraries'
            " by fwstart update --accelerator gpu and uv sync; TF_CPP_MIN_LOG_LEVEL=0 shows what is missing.",
        )
    return "cpu"


def is_out_of_memory(error: Exception) -> bool:
    """Return whether the error says that there is not enough memory, on the device or on the CPU."""
    return isinstance(error, MemoryError | tf.errors.ResourceExhaustedError)


def free_memory() -> None:
    """Drop what nothing uses any more: TensorFlow gives its memory to what is tried next."""
    gc.collect()  # a model and what it is trained by refer to each other


def peak_memory(device: Device) -> int:
    """Return the most bytes that tensors took on a GPU; elsewhere, what the whole process took."""
    if device == "gpu":
        return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])
    return peak_of_process()


def compute_exactly() -> None:
    """Make GPUs compute in full float32: by default they round the factors of convolutions (TF32)."""
    tf.config.experimental.enable_tensor_float_32_execution(False)


def num_threads() -> int:
    """Return how many threads one operation may use; the last bits of its result depend on them.

    Source: tensorflow/core/common_runtime/process_util.cc, checked 2026-11.
    """
    chosen = tf.config.threading.get_intra_op_parallelism_threads()
    chosen = chosen or int(os.environ.get("TF_NUM_INTRAOP_THREADS") or 0)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return chosen or usable or 1


@contextmanager
def computing_on(device: Device) -> Iterator[None]:
    """Build and run on `device` what is inside; a GPU computes in bfloat16, with weights in float32."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if device == "gpu" else "float32")
    try:
        # TensorFlow uses a GPU by itself; only the CPU of a machine with a GPU must be requested.
        with keras.device("cpu:0") if device == "cpu" else nullcontext():
            yield
    finally:
        keras.config.set_dtype_policy(policy)
