"""What TF_CONFIG says: which processes train one model together, and which of them this one is."""

import json
from collections.abc import Mapping
from typing import Any

from ..errors import ProjectError
from ..processes import World

EXAMPLE = (
    '{"cluster": {"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]}, "task": {"type": "worker", "index": 0}}'
)


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
            fix=f"Unset it to train with one process, or set it for example to {EXAMPLE}",
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
