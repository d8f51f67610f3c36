"""Several processes that train one model together; a process that is alone needs nothing of this.

All of them see the same batches, and each computes its share: of the batch's samples the first process takes
number 0, W, 2W …, the next one number 1, W + 1 … for W processes. `batch_size` is that of all together.
"""

import atexit
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from queue import Empty, Queue
from threading import Thread
from typing import Any, TypeVar

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.core.framework.graph_debug_info_pb2 import GraphDebugInfo
from tensorflow.python.eager.context import context

from ..config.settings import TrainConfig
from ..errors import EXIT_FAILED, PeerError, ProjectError, command
from ..processes import World
from .launching.launched import is_launched
from .launching.meeting import world_of

PATIENCE_SECONDS = 7 * 86_400.0  # with a process that still reads samples, or writes

Result = TypeVar("Result")


class Group:
    """What processes do together; for one that is alone, nothing has to be done."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()

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

    def wait(self) -> None:
        """Wait until all processes are here, however long they take."""

    def follow_first(self, variables: Iterable[keras.Variable]) -> None:
        """Give the variables, floats, the values that they have in the first process."""

    def run(self, step: Callable[..., Result], *tensors: Any) -> Result:
        """Return `step(*tensors)`, in which `total` may be called."""
        return step(*tensors)

    def total(self, tensors: Sequence[tf.Tensor]) -> Sequence[tf.Tensor]:
        """Return the sums of the tensors over all processes."""
        return tensors

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Turn what happens if another process fails into an error that says so.

        Raises:
            PeerError: another process failed, or was not heard of in time.
        """
        yield


ALONE = Group()


class Peers(Group):
    """Several processes, met by TensorFlow's strategy for several workers.

    The strategy sums, and no more: `fit` cannot be used in its scope with Keras 3
    (https://github.com/keras-team/keras/issues/20585, open in 2026-11), and in its scope an optimizer clips
    the gradients of each share before it sums them. So every process has variables of its own, which begin
    alike and are changed alike by the same sums.
    """

    def __init__(self, world: World, strategy: tf.distribute.Strategy, config: TrainConfig) -> None:
        super().__init__(world)
        self.strategy, self.timeout_seconds, self.heard = strategy, config.peer_timeout_seconds, 0.0

    def agree(self, wish: int) -> int:
        """Return the largest of what all processes wish for."""
        wishes = np.zeros(self.world.size)
        wishes[self.world.rank] = wish
        return int(self._summed(wishes).max())

    def same(self, text: str) -> str:
        """Return the text that the first process gave, once all have asked for it."""
        told = np.frombuffer(text.encode() if self.world.is_first else b"", np.uint8)
        length = int(self._summed(np.array([len(told)]), PATIENCE_SECONDS).item())
        if length == 0:  # TensorFlow 2.21 does not survive a sum of nothing
            return ""
        letters = np.zeros(length)
        letters[: len(told)] = told
        return self._summed(letters).astype(np.uint8).tobytes().decode()

    def gather(self, rows: NDArray[np.float32], num_rows: int) -> NDArray[np.float32]:
        """Return all `num_rows` rows in their order; each process gives those of its `Split.share`."""
        whole = np.zeros((len(rows) * self.world.size, *rows.shape[1:]))
        whole[self.world.rank :: self.world.size] = rows
        return self._summed(whole)[:num_rows].astype(rows.dtype)

    def wait(self) -> None:
        """Wait until all processes are here, however long they take."""
        self._summed(np.zeros(1), PATIENCE_SECONDS)

    def follow_first(self, variables: Iterable[keras.Variable]) -> None:
        """Give the variables, floats, the values that they have in the first process."""
        factor = 1.0 if self.world.is_first else 0.0
        for variable in variables:
            value = self._summed(factor * variable.numpy(), PATIENCE_SECONDS)
            variable.assign(value.astype(variable.dtype))

    def run(self, step: Callable[..., Result], *tensors: Any) -> Result:
        """Return `step(*tensors)`, in which `total` may be called."""
        result: Result = self.strategy.run(step, args=tensors)
        return result

    def total(self, tensors: Sequence[tf.Tensor]) -> Sequence[tf.Tensor]:
        """Return the sums of the tensors over all processes."""
        return _total(tensors)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Turn what happens if another process fails into an error that says so.

        Raises:
            PeerError: another process failed, or was not heard of in time.
        """
        self.heard = time.monotonic()
        try:
            yield
        except tf.errors.OpError as error:
            if not is_of_peers(error):
                raise
            raise self._lost(error) from error

    def _summed(self, values: NDArray[Any], timeout_seconds: float | None = None) -> NDArray[np.float64]:
        # In double precision, zeros added to a float or to a whole number change no bit of it.
        with self.waiting():
            sums = self._sum_within(timeout_seconds)(tf.constant(values.ravel(), tf.float64))
            found: NDArray[np.float64] = sums.numpy().reshape(values.shape)
        self.heard = time.monotonic()
        return found

    @cache  # noqa: B019 - a group lasts as long as its process
    def _sum_within(self, timeout_seconds: float | None) -> Callable[[tf.Tensor], tf.Tensor]:
        options = tf.distribute.experimental.CommunicationOptions(timeout_seconds=timeout_seconds)

        def total(values: tf.Tensor) -> tf.Tensor:
            return _total([values], options)[0]

        def run(values: tf.Tensor) -> tf.Tensor:
            return self.run(total, values)

        signature = [tf.TensorSpec([None], tf.float64)]
        traced: Callable[[tf.Tensor], tf.Tensor] = tf.function(run, signature, autograph=False)
        return traced

    def _lost(self, error: Exception) -> PeerError:
        seconds = time.monotonic() - self.heard
        lines = str(error).splitlines()
        # Around what TensorFlow says of the others, it tells where in the graph they were needed.
        number = next((number for number, line in enumerate(lines) if "Collective " in line), 0)
        reason = " ".join(lines[number : number + 3]) or type(error).__name__
        words = command("train --resume")
        return PeerError(
            f"Process {self.world.rank} of {self.world.size} lost another one, of which it had not heard for"
            f" {seconds:.0f} s ({reason}).",
            fix=f"See what it printed last. To continue from the last checkpoint: {words}",
        )


def _leave() -> None:
    """End this process at once: after a peer is lost, TensorFlow 2.21 at times crashes where it tidies up."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EXIT_FAILED)


def _total(
    tensors: Sequence[tf.Tensor], options: tf.distribute.experimental.CommunicationOptions | None = None
) -> Sequence[tf.Tensor]:
    context = tf.distribute.get_replica_context()
    # Copies, since a tensor that was made elsewhere names no device to sum on.
    copies = [tf.identity(tensor) for tensor in tensors]
    sums: Sequence[tf.Tensor] = context.all_reduce(tf.distribute.ReduceOp.SUM, copies, options)
    return sums


LOST = (tf.errors.UnavailableError, tf.errors.DeadlineExceededError)
# These say so in words, or mean something else, such as a kernel that failed on this process's device.
OFTEN_LOST = (
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.InternalError,
    tf.errors.FailedPreconditionError,
)
WORDS = ("collective", "coordination service")  # the operations that sum, and where processes meet


def is_of_peers(error: tf.errors.OpError) -> bool:
    """Return whether an error says that another process is lost; TensorFlow has no class of errors for it."""
    words = str(error).lower()
    return isinstance(error, LOST) or (isinstance(error, OFTEN_LOST) and any(each in words for each in WORDS))


@contextmanager
def joined(config: TrainConfig) -> Iterator[Group]:
    """Meet the other processes that TF_CONFIG names, if any, and part from them at the end.

    Raises:
        ProjectError: TF_CONFIG or a setting does not allow it.
        PeerError: the others did not come in time.
    """
    world = world_of(os.environ)
    if config.sharding != "none":
        raise ProjectError(
            f'[train] sharding is "{config.sharding}", which PyTorch has; with Keras it must be "none".',
            fix='Set [train] sharding = "none".',
        )
    if world.size == 1:
        yield ALONE
        return
    group = Peers(world, _strategy(world, config.device, config.peer_timeout_seconds), config)
    try:
        group.wait()
        yield group
    except PeerError:
        atexit.register(_leave)
        raise
    with suppress(PeerError):  # the run is at its end
        group.wait()  # nobody leaves while another still reads from it


def _own_gpu(world: World, gpus: Sequence[Any]) -> Any:
    if world.local_rank >= len(gpus):
        raise ProjectError(
            f"Process {world.rank} would be number {world.local_rank + 1} on this machine,"
            f" but TensorFlow sees {len(gpus)} GPU{'s' if len(gpus) > 1 else ''}.",
            fix="Start no more processes than GPUs (with TF_CONFIG and one visible GPU for each, set"
            " LOCAL_RANK=0), or add: --set train.device=cpu",
        )
    return gpus[world.local_rank]


@cache  # TensorFlow meets once in a process, and before it computes anything
def _strategy(world: World, device: str, timeout_seconds: float) -> tf.distribute.Strategy:
    """Return the strategy that sums, once all processes are there."""
    gpus = tf.config.list_physical_devices("GPU")
    # One for each process: the strategy would use all of them.
    tf.config.set_visible_devices([_own_gpu(world, gpus)] if device != "cpu" and gpus else [], "GPU")
    options = tf.distribute.experimental.CommunicationOptions(timeout_seconds=timeout_seconds)
    met: Queue[tf.distribute.Strategy | Exception] = Queue()

    def meet() -> None:
        try:
            met.put(tf.distribute.MultiWorkerMirroredStrategy(communication_options=options))
        except Exception as error:
            met.put(error)  # to be raised below

    # TensorFlow would wait for an hour, and has no setting for it: it waits in a thread, which ends with us.
    Thread(target=meet, daemon=True).start()
    try:
        strategy = met.get(timeout=timeout_seconds)
    except Empty:
        raise PeerError(
            f"Process {world.rank} of {world.size} waited {timeout_seconds:g} seconds for the others.",
            fix="Start all of them, with the same TF_CONFIG but for its task, where they reach each other; or"
            " set a larger [train] peer_timeout_seconds.",
        ) from None
    # After a peer is lost, TensorFlow 2.21 at times crashes where it looks up what made the failed graph.
    context().get_graph_debug_info = lambda _name: GraphDebugInfo()
    if isinstance(strategy, Exception):
        # The launcher would choose other ports, TF_CONFIG has what somebody wrote.
        raise (PeerError if is_launched() else ProjectError)(
            f"The processes of TF_CONFIG cannot meet ({str(strategy).splitlines()[0]}).",
            fix="Choose a free port for each of them in TF_CONFIG, and let no other program use these.",
        ) from strategy
    return strategy
