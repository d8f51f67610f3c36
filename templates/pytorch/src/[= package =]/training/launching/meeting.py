"""How several processes find each other: what their environment says, and what a launcher puts into it."""

from collections.abc import Mapping

from ...errors import ProjectError
from ...processes import World


def world_of(environment: Mapping[str, str]) -> World:
    """Return which process this is, as torchrun and the launcher say it; one that has no RANK is alone.

    Raises:
        ProjectError: RANK, WORLD_SIZE or LOCAL_RANK is missing or is not a number.
    """
    if "RANK" not in environment:
        return World()
    try:
        rank, size = int(environment["RANK"]), int(environment["WORLD_SIZE"])
        if not 0 <= rank < size:
            raise ValueError(f"RANK {rank} is not below WORLD_SIZE {size}")
        return World(rank=rank, size=size, local_rank=int(environment["LOCAL_RANK"]))
    except (KeyError, ValueError) as error:
        raise ProjectError(
            f"The environment variable RANK is set, but the others do not fit ({error}).",
            fix="Unset it to train with one process, or set RANK, WORLD_SIZE and LOCAL_RANK.",
        ) from error


def variables(size: int) -> list[dict[str, str]]:
    """Return what each of `size` processes of this machine needs: they meet by a file, without a port."""
    return [{} for _ in range(size)]
