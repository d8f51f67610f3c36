"""A process that works, and one that watches over it: if the first dies, another takes its place."""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from typing import Any

from ...errors import ProjectError
from ...processes import Interrupts

LOOK_SECONDS = 0.2  # between two looks whether it has been asked to stop
SHORT_LIFE_SECONDS = 5.0
MOST_SHORT_LIVES = 5  # in a row, after which another process would end like the others

# A process with a new interpreter: what this one has loaded, such as a training framework, is not copied.
SPAWN = multiprocessing.get_context("spawn")
logger = logging.getLogger(__name__)


def supervise(work: Callable[..., None], arguments: tuple[Any, ...], *, stop_seconds: float) -> None:
    """Run `work(*arguments)` in a process, again whenever that dies, until SIGINT or SIGTERM.

    The process is then asked to end, too, and killed if it does not within `stop_seconds`, or at a second
    signal.

    Raises:
        ProjectError: it ends as soon as it has begun, time after time.
    """
    short_lives = 0
    with Interrupts() as interrupts:
        while not interrupts.requested:
            process = _started(work, arguments)
            began = time.monotonic()
            if not _ended(process, interrupts):
                _stop(process, stop_seconds)
                return
            process.join()
            lived = time.monotonic() - began
            short_lives = short_lives + 1 if lived < SHORT_LIFE_SECONDS else 0
            if short_lives == MOST_SHORT_LIVES:
                raise ProjectError(
                    f"The server's process ended {short_lives} times right after its start,"
                    f" at last with exit code {process.exitcode}.",
                    fix="The lines above say why.",
                )
            logger.warning(
                "the worker died and is replaced", extra={"pid": process.pid, "exit_code": process.exitcode}
            )


def end_with_parent() -> None:
    """Make this process stop, as if asked to, when the one that watches over it is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.join,), daemon=True).start()


def _started(work: Callable[..., None], arguments: tuple[Any, ...]) -> SpawnProcess:
    process = SPAWN.Process(target=work, args=arguments)
    process.start()
    return process


def _ended(process: SpawnProcess, interrupts: Interrupts) -> bool:
    """Wait for the end of a process, and return whether that came before a request to stop."""
    while not interrupts.requested:
        if wait([process.sentinel], LOOK_SECONDS):
            return not interrupts.requested
    return False


def _stop(process: SpawnProcess, seconds: float) -> None:
    try:
        process.terminate()
        process.join(seconds)
    except KeyboardInterrupt:
        logger.warning("asked to stop a second time: requests in flight are given up")
    finally:
        process.kill()
        process.join()


def _end_after(wait_for_parent: Callable[[], None]) -> None:
    wait_for_parent()
    os.kill(os.getpid(), signal.SIGTERM)
