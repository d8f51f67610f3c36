"""How several processes find each other: what their environment says, and what a launcher puts into it."""

import json
import os
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ...errors import ProjectError
from ...processes import World

ACCEPTED = '{"cluster": {"worker": ["10.0.0.1:1", "10.0.0.2:1"]}, "task": {"type": "worker", "index": 0}}'
GPUS = Path("/proc/driver/nvidia/gpus")  # a folder for each


def world_of(environment: Mapping[str, str]) -> World:
    """Return which process this is; one that has no TF_CONFIG is alone.

    Raises:
        ProjectError: TF_CONFIG is not valid, or names other tasks than workers and a chief.
    """
    text = environment.get("TF_CONFIG", "")
    if not text.strip():
        return World()
    try:
        wanted = json.loads(text)
        cluster, task = wanted.get("cluster", {}), wanted.get("task", {})
        tasks = [(kind, address) for kind in ("chief", "worker") for address in cluster.get(kind, [])]
        if not tasks:
            return World()
        return _world(cluster, tasks, (task["type"], int(task["index"])), environment.get("LOCAL_RANK"))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ProjectError(
            f"The environment variable TF_CONFIG cannot be used ({reason}): {text}",
            fix=f"Unset it to train with one process, or set it as TensorFlow has it, for example {ACCEPTED}",
        ) from error


def _world(
    cluster: Mapping[str, Any], tasks: list[tuple[str, str]], task: tuple[str, int], local_rank: str | None
) -> World:
    others = sorted(set(cluster) - {"chief", "worker"})
    kind, index = task
    if others or kind not in {"chief", "worker"}:
        raise ValueError(f"only chief and worker train here, not {', '.join([*others, kind])}")
    if not 0 <= index < len(cluster.get(kind, [])):
        raise ValueError(f"task {kind} {index} is not in the cluster")
    rank = index + (len(cluster.get("chief", [])) if kind == "worker" else 0)
    hosts = [address.rpartition(":")[0] for _, address in tasks]
    local = int(local_rank) if local_rank else hosts[:rank].count(hosts[rank])
    return World(rank=rank, size=len(tasks), local_rank=local)


def variables(size: int) -> list[dict[str, str]]:
    """Return what each of `size` processes of this machine needs: TensorFlow's variable, with free ports.

    Where there are enough GPUs each process sees one of them: TensorFlow takes all that it sees.
    """
    workers = [f"127.0.0.1:{port}" for port in _free_ports(size)]
    gpus = _gpus()
    each = []
    for rank in range(size):
        task = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": rank}}
        visible = {"CUDA_VISIBLE_DEVICES": gpus[rank], "LOCAL_RANK": "0"} if len(gpus) >= size else {}
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
