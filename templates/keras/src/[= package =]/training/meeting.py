"""How processes that one command starts on this machine find each other."""

import json
import os
import socket
from contextlib import ExitStack
from pathlib import Path

GPUS = Path("/proc/driver/nvidia/gpus")  # a folder for each


def variables(size: int) -> list[dict[str, str]]:
    """Return the environment variables of each of `size` processes: TensorFlow's, with free ports.

    Where there are enough GPUs each process sees one of them: TensorFlow takes all that it sees.
    """
    workers = [f"127.0.0.1:{port}" for port in _free_ports(size)]
    gpus = _gpus()
    each = []
    for rank in range(size):
        task = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": rank}}
        visible = {"CUDA_VISIBLE_DEVICES": gpus[rank]} if len(gpus) >= size else {}
        each.append({"TF_CONFIG": json.dumps(task)} | visible)
    return each


def _free_ports(num_ports: int) -> list[int]:
    with ExitStack() as stack:  # all are open at once, so that none is taken twice
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(num_ports)]
        return [each.getsockname()[1] for each in sockets]


def _gpus() -> list[str]:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [gpu.strip() for gpu in visible.split(",") if gpu.strip()]
    return [str(number) for number in range(len(list(GPUS.glob("*"))))]
