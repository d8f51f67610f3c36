"""What Ctrl-C and similar signals interrupt cleanly, and what they do not."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fwstart.errors import EXIT_SIGNALLED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore Ctrl-C and similar signals during a cleanup: the first one is already being obeyed."""
    with _handled_by(signal.SIG_IGN):
        yield


@contextmanager
def deferred() -> Iterator[None]:
    """Let Ctrl-C and similar signals wait until the block has ended, then act as they would have in it.

    Unlike signals that are ignored or blocked, a program that is started in the block does not inherit this.
    """
    arrived: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        arrived.append(number)

    with _handled_by(remember):
        yield
    for number in arrived[:1]:
        signal.raise_signal(number)


@contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> Iterator[None]:
    """Give Ctrl-C and similar signals to another handler; those that are ignored, as under nohup, stay so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # None: not installed from Python, and cannot be put back from it.
    before = {number: signal.getsignal(number) for number in numbers}
    taken = [number for number in numbers if before[number] not in {signal.SIG_IGN, None}]
    for number in taken:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, before[number])


@contextmanager
def stopped_cleanly() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into SystemExit with code 128 + number, so that what was begun is removed."""

    def stop(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(EXIT_SIGNALLED + number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # Under nohup SIGHUP is ignored, and stays so.
    previous = {number: signal.getsignal(number) for number in numbers}
    caught = [number for number in numbers if previous[number] is signal.SIG_DFL]
    for number in caught:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in caught:
            signal.signal(number, signal.SIG_DFL)
