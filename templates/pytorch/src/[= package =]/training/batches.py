"""Where the batches of training come from: an array, or a DataLoader whose workers read the disk."""

import atexit
import os
import shutil
import signal
import sys
import warnings
import weakref
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_start_method, parent_process
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from ..config.settings import Config
from ..data.batches import sample_order
from ..data.codec import SETTING
from ..data.splits import SampleFiles, Split
from ..errors import ProjectError, command
from ..processes import SIGNALS, World, signal_name

READ_AHEAD = 2  # batches that each worker has ready, so that the model does not wait
# Through which Linux hands over the batches of workers.
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # nosec B108

Indices = TypeVar("Indices", NDArray[np.int64], Tensor)


class Batch(NamedTuple):
    """Inputs: uint8, on the device (batch, channels, height, width); labels: int64 (batch,).

    Augmentation makes floats of the inputs and, with mixup or cutmix, of the labels (batch, classes).
    """

    inputs: Tensor
    labels: Tensor


class Unreadable(NamedTuple):
    """A `ProjectError` on its way out of a worker: as an exception it would arrive as another one."""

    problem: str
    fix: str


class TrainingBatches:
    """The batches of every epoch; `source` says in words where they come from.

    A batch has the same bits wherever it comes from. Of several processes, each has its share of a batch.
    """

    def __init__(
        self, split: Split, config: Config, device: torch.device, world: World | None = None
    ) -> None:
        self.split, self.device = split, device
        self.order = EpochOrder(len(split), batch_size=config.train.batch_size, seed=config.seed, world=world)
        self.accumulate_batches = config.train.accumulate_batches
        self._loader: DataLoader[Batch | Unreadable] | None = None
        if isinstance(split.inputs, np.ndarray):
            self.source = self._keep(split.inputs)
        else:
            workers = _num_workers(split, config, self.order)
            self._loader = _loader(split, self.order, workers, pin_memory=device.type == "cuda")
            self.source = f"{workers} worker{'s' if workers > 1 else ''} of a DataLoader"
            if workers == 0:
                self.source = f"read between the steps: no room for more in {SHARED_MEMORY}"
            atexit.register(_close, weakref.ref(self))

    def _keep(self, inputs: NDArray[np.uint8]) -> str:
        """Keep an array in one piece, on a GPU if half of its free memory is enough; return where."""
        self._inputs, self._labels = torch.from_numpy(inputs), torch.from_numpy(self.split.labels)
        if self.device.type != "cuda" or inputs.nbytes > torch.cuda.mem_get_info(self.device)[0] / 2:
            return "sliced from memory"
        self._inputs, self._labels = self._inputs.to(self.device), self._labels.to(self.device)
        return "on the device"

    def epoch(self, epoch: int, *, first: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch from number `first` on; the last one may be smaller.

        Raises:
            ProjectError: a file cannot be read any more.
        """
        self.order.epoch, self.order.first = epoch, first
        # To take samples out of an array is less work than to hand them over from a worker.
        for batch in self._loader or self._slices():
            if isinstance(batch, Unreadable):
                raise ProjectError(batch.problem, fix=batch.fix)
            yield self.on_device(batch)

    def _slices(self) -> Iterator[Batch]:
        # The order moves to a GPU at once: it would have to wait if it got that of each batch.
        order = torch.from_numpy(self.order.rest()).to(self._labels.device)
        for start in range(0, len(order), self.order.batch_size):
            chosen = self.order.share(order[start : start + self.order.batch_size])
            yield Batch(self._inputs[chosen], self._labels[chosen])

    def on_device(self, batch: Batch) -> Batch:
        """Return a batch (batch, height, width, channels) as the model takes it."""
        if self.device.type == "cuda" and batch.inputs.device.type == "cpu":
            # Only from pinned memory is a batch copied while the GPU computes the one before.
            batch = Batch(*(tensor.pin_memory() for tensor in batch))
        inputs = batch.inputs.to(self.device, non_blocking=True)
        return Batch(inputs.permute(0, 3, 1, 2), batch.labels.to(self.device, non_blocking=True))

    def ends_step(self, number: int) -> bool:
        """Return whether the weights change after batch `number`, counted from 0."""
        return (number + 1) % self.accumulate_batches == 0 or number + 1 == len(self.order)

    def close(self) -> set[int]:
        """End the workers, and return which signals had ended some; another epoch would start new ones."""
        # The loader itself waits until nobody holds its iterator, as the traceback of an error does.
        if self._loader is None or (iterator := self._loader._iterator) is None:  # noqa: SLF001
            return set()
        self._loader._iterator = None  # noqa: SLF001
        # PyTorch's handler of SIGCHLD raises in whatever line runs, for each worker that a signal has ended.
        with suppress(RuntimeError):
            iterator._shutdown_workers()  # type: ignore[attr-defined]  # noqa: SLF001
        workers = getattr(iterator, "_workers", ())
        codes = [worker.exitcode for worker in workers]
        for worker in workers:
            worker.kill()  # if it is still there, because the line above was left
            worker.join()
        return {-code for code in codes if code and code < 0}


def _close(batches: "weakref.ref[TrainingBatches]") -> None:
    """End the workers before Python, at its end, waits for them: they ignore its SIGTERM."""
    if alive := batches():
        alive.close()


class EpochOrder(Sampler[list[int]]):
    """The indices of each batch of `epoch`, in the order of its seed, from batch `first` on.

    Of several processes each gets the indices of its share.
    """

    def __init__(self, num_samples: int, *, batch_size: int, seed: int, world: World | None = None) -> None:
        self.num_samples, self.batch_size, self.seed = num_samples, batch_size, seed
        self.world = world or World()
        self.epoch, self.first = 1, 0

    def __len__(self) -> int:
        return -(-self.num_samples // self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        order = self.rest()
        for start in range(0, len(order), self.batch_size):
            yield self.share(order[start : start + self.batch_size]).tolist()

    def size(self, number: int) -> int:
        """Return how many samples batch `number` has for all processes together, counted from 0."""
        return min(self.batch_size, self.num_samples - number * self.batch_size)

    def share(self, batch: Indices) -> Indices:
        """Return the indices of a whole batch that are this process's; at least one: see `World.share`."""
        return batch[self.world.share(len(batch))]

    def rest(self) -> NDArray[np.int64]:
        """Return the indices of the batches from `first` on."""
        order = sample_order(self.num_samples, seed=self.seed, epoch=self.epoch)
        return order[self.first * self.batch_size :]


class Samples(Dataset[Batch | Unreadable]):
    """The samples of a split, taken a whole batch at a time."""

    def __init__(self, split: Split) -> None:
        self.split = split

    def __len__(self) -> int:
        return len(self.split)

    def __getitem__(self, indices: Sequence[int]) -> Batch | Unreadable:
        """Return the samples at `indices`, in that order, or which file cannot be read."""
        try:
            return read_batch(self.split, np.asarray(indices))
        except ProjectError as error:
            return Unreadable(error.problem, error.fix)


def read_batch(split: Split, indices: NDArray[np.int64]) -> Batch:
    """Return the chosen samples, with inputs (batch, height, width, channels), not yet on the device."""
    return Batch(torch.from_numpy(split.inputs[indices]), torch.from_numpy(split.labels[indices]))


def _loader(
    split: Split, order: EpochOrder, workers: int, *, pin_memory: bool
) -> "DataLoader[Batch | Unreadable]":
    """Return a loader whose workers each decode one file after another."""
    if workers and isinstance(split.inputs, SampleFiles):
        split = replace(split, inputs=replace(split.inputs, workers=1))
    # It warns if there are fewer processors than workers, which also wait for disks.
    warnings.filterwarnings("ignore", "This DataLoader will create", module="torch.utils.data")
    return DataLoader(
        Samples(split),
        sampler=order,
        batch_size=None,  # a sample of the data set is a batch
        num_workers=workers,
        prefetch_factor=READ_AHEAD if workers else None,
        persistent_workers=workers > 0,
        pin_memory=pin_memory,
        worker_init_fn=_leave_signals_to_the_parent,
        generator=torch.Generator(),  # without one, every epoch takes one of the global random numbers
    )


def _num_workers(split: Split, config: Config, order: EpochOrder) -> int:
    """Return how many workers to start: no more than have a batch to read, and room for what they read."""
    workers = min(config.data.workers, len(order))
    if SHARED_MEMORY.is_dir():  # containers have 64 MB of it, unless told otherwise
        share, local_size = -(-config.train.batch_size // order.world.size), order.world.local_size
        num_bytes = share * int(np.prod(split.inputs.shape[1:])) * local_size
        room = shutil.disk_usage(SHARED_MEMORY).free // num_bytes
        workers = max(0, min(workers, room // READ_AHEAD - 1))
    return workers


def _leave_signals_to_the_parent(_worker: int) -> None:
    """Ignore Ctrl-C and SIGTERM, which may reach all processes: the parent saves its state first.

    A worker ends when the parent says so, or within seconds after the parent is gone.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    sys.excepthook = _report
    parent = parent_process()
    # PyTorch would watch the present parent, and a worker whose parent was killed would stay.
    if parent and get_start_method() != "forkserver" and os.getppid() != parent.pid:
        os._exit(1)


def _report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an exception, unless it only says that the parent was killed while it was given a batch."""
    if not issubclass(kind, ConnectionError | EOFError):
        sys.__excepthook__(kind, error, trace)


def lost_worker(signals: set[int], workers: int) -> ProjectError:
    """Return what to do about workers that were ended from outside; what failed then may be anything."""
    names = ", ".join(sorted(signal_name(number) for number in signals))
    return ProjectError(
        f"A worker that reads samples was ended by the system ({names}): most often, memory has run out.",
        fix=f"Set fewer [data] workers than {workers}, and continue: {command('train --resume')}."
        f" If that does not help, start again with a smaller {SETTING} or [train] batch_size.",
    )
