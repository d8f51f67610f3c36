"""What Ctrl-C and its like interrupt, cleanly, and what not."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fwstart.errors import EXIT_SIGNALLED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore Ctrl-C and its like for the moment of a cleanup: the first one is being obeyed already."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if handler is not None:  # None: not installed from Python, and cannot be put back from it
                signal.signal(number, handler)


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
