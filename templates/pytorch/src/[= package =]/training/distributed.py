"""Several processes that train one model together; a process that is alone needs nothing of this.

All of them see the same batches, and each computes its share: of the batch's samples the first process takes
number 0, W, 2W …, the next one number 1, W + 1 … for W processes. `batch_size` is that of all together.
They talk by gloo on CPUs and by NCCL on GPUs. With more than one GPU, none of this has been run yet.
"""

import atexit
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch import distributed as dist
from torch.distributed.rendezvous import rendezvous

from ..config.settings import TrainConfig
from ..errors import EXIT_DONE, EXIT_FAILED, PeerError, ProjectError, command
from ..processes import World
from .launching.meeting import world_of
from .launching.pulse import Pulse, SilentError

PATIENCE = timedelta(days=7)  # with a process that still reads samples: one that ended is noticed at once
NOTICE_SECONDS = 2.0  # in which all processes that are alive notice that one is not


class Group:
    """What processes do together; for one that is alone, nothing has to be done."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()

    def wait(self) -> None:
        """Wait until all processes are here, however long they take."""

    def agree(self, wish: int) -> int:
        """Return the largest of what all processes wish for."""
        return wish

    def same(self, text: str) -> str:
        """Return the text that the first process gave, once all have asked for it."""
        return text

    def gather(self, rows: NDArray[np.float32], num_rows: int) -> NDArray[np.float32]:
        """Return all `num_rows` rows in their order; each process gives those of its `Split.share`."""
        del num_rows
        return rows

    def total(self, numbers: Tensor) -> Tensor:
        """Return the sums of the numbers of all processes, which stay as they are."""
        return numbers

    def follow_first(self, tensors: Iterable[Tensor]) -> None:
        """Give the tensors the values that they have in the first process."""


ALONE = Group()


class Peers(Group):
    """What processes do together that have met: everything here is done by all of them, in the same order."""

    def __init__(self, world: World, pulse: Pulse | None) -> None:
        super().__init__(world)
        self._patient, self.pulse = dist.new_group(backend="gloo", timeout=PATIENCE), pulse

    def wait(self) -> None:
        """Wait until all processes are here, however long they take; a lost one is an error."""
        here = dist.barrier(self._patient, async_op=True)
        if self.pulse:
            done = Event()
            here.get_future().add_done_callback(lambda _: done.set())
            while not done.wait(self.pulse.seconds):
                self.pulse.check()
        here.wait()

    def agree(self, wish: int) -> int:
        """Return the largest of what all processes wish for."""
        wishes = torch.tensor(wish)
        dist.all_reduce(wishes, dist.ReduceOp.MAX)
        return int(wishes)

    def same(self, text: str) -> str:
        """Return the text that the first process gave, once all have asked for it."""
        self.wait()
        texts = [text]
        dist.broadcast_object_list(texts, device=torch.device("cpu"))
        return texts[0]

    def gather(self, rows: NDArray[np.float32], num_rows: int) -> NDArray[np.float32]:
        """Return all `num_rows` rows in their order; each process gives those of its `Split.share`."""
        own = torch.from_numpy(rows).contiguous()
        parts = [torch.empty_like(own) for _ in range(self.world.size)]
        dist.all_gather(parts, own)
        return torch.stack(parts, dim=1).flatten(0, 1)[:num_rows].numpy()

    def total(self, numbers: Tensor) -> Tensor:
        """Return the sums of the numbers of all processes, which stay as they are."""
        sums = numbers.clone()
        dist.all_reduce(sums)
        return sums

    def follow_first(self, tensors: Iterable[Tensor]) -> None:
        """Give the tensors the values that they have in the first process."""
        for tensor in tensors:
            dist.broadcast(tensor, 0)


@contextmanager
def joined(config: TrainConfig) -> Iterator[Group]:
    """Meet the other processes that the environment names, if any, and part from them at the end.

    Raises:
        PeerError: one of them is lost, or has not answered for `config.peer_timeout_seconds`.
    """
    world = _own_place()
    if world.size == 1:
        yield ALONE
        return
    exit_codes: list[int] = []
    atexit.register(_leave, exit_codes)  # now, to be called when all that is registered from here on is done
    started, pulse = time.monotonic(), None
    try:
        pulse = _meet(world, config)
        group = Peers(world, pulse)
        yield group
        group.wait()  # the first one hosts the meeting place of torchrun, and is the last to write
    except RuntimeError as error:
        if not _is_of_peers(error):
            raise
        exit_codes.append(EXIT_FAILED)
        raise _lost_peer(error, world, config, time.monotonic() - started) from error
    finally:
        if pulse:
            pulse.end()
    try:
        group.agree(0)  # nobody needs the meeting place any more
        dist.destroy_process_group()
    except RuntimeError:  # the run is at its end
        exit_codes.append(EXIT_DONE)


def _leave(exit_codes: Sequence[int]) -> None:
    """End this process at once if a peer was lost: gloo at times crashes where it tidies up then."""
    for exit_code in exit_codes:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(exit_code)


def _own_place() -> World:
    """Return which process this is, as our own launcher and torchrun say it."""
    return replace(world_of(os.environ), local_size=int(os.environ.get("LOCAL_WORLD_SIZE", 1)))


def _meet(world: World, config: TrainConfig) -> Pulse | None:
    """Meet the others, and give signs of life to them where no launcher of ours sees them."""
    on_gpus = config.device != "cpu" and torch.cuda.is_available()
    if on_gpus:
        _take_gpu(world)
    timeout = timedelta(seconds=config.peer_timeout_seconds)
    folder = os.environ.get("LAUNCH_FOLDER")
    if folder:  # all are on this machine, and no port is opened to meet
        loopback = "lo0" if sys.platform == "darwin" else "lo"
        os.environ |= {"GLOO_SOCKET_IFNAME": loopback, "NCCL_SOCKET_IFNAME": loopback}
        store = dist.FileStore(str(Path(folder) / "meeting"), world.size)  # type: ignore[attr-defined]
    else:
        store = _place(world, timeout)
    dist.init_process_group(
        "cpu:gloo,cuda:nccl" if on_gpus else "gloo",
        store=store,
        rank=world.rank,
        world_size=world.size,
        timeout=timeout,
    )
    return None if folder else Pulse(store, world, config.peer_timeout_seconds)


def _place(world: World, timeout: timedelta) -> dist.Store:  # type: ignore[name-defined]
    """Return the store in which the processes meet that torchrun, Slurm or somebody's commands start."""
    store, _, _ = next(rendezvous("env://", world.rank, world.size, timeout=timeout))
    store.set_timeout(timeout)
    if world.local_size < world.size:
        return store
    # Torchrun keeps its store when it restarts them, with addresses of those that ended. On several machines
    # it may not have counted the same; fwstart's docs/scaling.md says what to set.
    attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
    return dist.PrefixStore(f"attempt-{attempt}", store)  # type: ignore[attr-defined]


def _take_gpu(world: World) -> None:
    num_gpus = torch.cuda.device_count()
    if world.local_rank >= num_gpus:
        raise ProjectError(
            f"Process {world.rank} would be number {world.local_rank + 1} on this machine,"
            f" but PyTorch sees {num_gpus} GPU{'s' if num_gpus > 1 else ''}.",
            fix="Start no more processes on a machine than it has GPUs, or add: --set train.device=cpu",
        )
    torch.cuda.set_device(world.local_rank)


def _is_of_peers(error: RuntimeError) -> bool:
    """Return whether an error says that another process is lost; gloo has no class of errors for it."""
    lost = isinstance(error, dist.DistError | SilentError)
    return lost or any(word in str(error) for word in ("gloo", "Wait timeout"))


def _lost_peer(error: RuntimeError, world: World, config: TrainConfig, seconds: float) -> PeerError:
    """Return the error that says which process saw it, when, and who did not answer."""
    who, words = _silent(world), str(error).lower()
    reason = f"is lost ({str(error).splitlines()[0]})" if words else "is lost"
    fix = f"See what it printed last. To continue from the last checkpoint: {command('train --resume')}"
    if "closed" in words or "reset by peer" in words:
        reason = "closed its connection"
    if "connectfullmesh" in words:  # gloo takes the address of the machine's name unless it is told another
        reason = "cannot be reached"
        fix = "On each machine, name the network that joins them: export GLOO_SOCKET_IFNAME=eth0"
    elif isinstance(error, SilentError):
        who = "the place where all have met" if error.rank is None else f"process {error.rank}"
        reason = f"gave no sign of life for {config.peer_timeout_seconds:g} s"
    elif "timed out" in words or "timeout" in words:
        reason = f"has not answered for {config.peer_timeout_seconds:g} s"
    return PeerError(
        f"Process {world.rank} of {world.size} saw after {seconds:.0f} s that {who} {reason}.",
        fix=fix,
    )


def _silent(world: World) -> str:
    """Return in words which process does not notice that something is wrong, if that can be told."""
    folder = os.environ.get("LAUNCH_FOLDER")
    if not folder:
        return "another one"
    (Path(folder) / f"noticed-{world.rank}").touch()
    time.sleep(NOTICE_SECONDS)
    silent = [str(rank) for rank in range(world.size) if not (Path(folder) / f"noticed-{rank}").exists()]
    return f"process {silent[0]}" if len(silent) == 1 else "another one"
