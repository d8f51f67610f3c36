"""Signals that ask a process to stop, the memory that it took, and the port that it listens on."""

import errno
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Self

from .errors import ProjectError

SIGNALS = (signal.SIGINT, signal.SIGTERM)
TOGETHER_SECONDS = 2.0  # in which several SIGTERM are one, sent to a group and passed on by each
BACKLOG = 2048  # connections that wait while a server is busy or starts again


@dataclass(frozen=True)
class World:
    """Which of the processes that train one model together this one is; they are counted from 0."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0  # among those of this machine
    local_size: int = 1  # how many are on this machine

    def share(self, num_rows: int) -> slice:
        """Return which rows of a batch are those of this process.

        It has at least one: if there are fewer rows than processes, the first one, which then has to weigh
        nothing.
        """
        return slice(self.rank, num_rows, self.size) if self.rank < num_rows else slice(0, 1)

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes, prints and tracks."""
        return self.rank == 0


class Interrupts:
    """Ctrl-C and SIGTERM as requests to stop after this step instead of in the middle of it.

    Within its block the first signal is noted in `requested`; a second one interrupts at once, but for a
    SIGTERM that comes with the first.
    """

    def __init__(self) -> None:
        self.requested, self._since = False, 0.0

    def __enter__(self) -> Self:
        # Only the main thread may handle signals; in another one (a notebook's, a test's) nothing changes.
        self._previous = {}
        if threading.current_thread() is threading.main_thread():
            self._previous = {number: signal.signal(number, self._note) for number in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        is_same = number == signal.SIGTERM and time.monotonic() - self._since < TOGETHER_SECONDS
        if self.requested and not is_same:
            raise KeyboardInterrupt
        if not self.requested:
            self.requested, self._since = True, time.monotonic()


def signal_name(number: int) -> str:
    """Return what a signal is called on every system, such as SIGKILL; those without a name have a number."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def peak_of_process() -> int:
    """Return the most bytes of memory that this process took so far, 0 if the system does not say."""
    if sys.platform == "win32":
        return 0
    import resource  # which Windows lacks

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts kilobytes


def listening(
    host: str, port: int, *, fix: str = "Choose another port: --port 0 takes any free one."
) -> socket.socket:
    """Return a socket that listens; port 0 is any free one.

    Raises:
        ProjectError: the port is in use or not allowed, or the host is not this machine; `fix` is what to do.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            problem = f"Port {port} of {host} is in use: another program listens on it."
        else:
            reason = getattr(error, "strerror", None) or error
            problem = f"{host}:{port} is not available ({reason})."
        raise ProjectError(problem, fix=fix) from error
