"""A server that is another program: a child of this process, which ends with it and is watched until then."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..errors import ProjectError
from ..export.manifest import Manifest
from ..processes import Interrupts
from .client import Client, ServerError

POLL_SECONDS = 0.2
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True, kw_only=True)
class Program:
    """How a server is started, and how long it may take to end."""

    command: Sequence[str]
    stop_seconds: float  # then it is killed
    folder: Path | None = None  # where it runs; None: where this process does
    environment: Mapping[str, str] | None = None  # None: that of this process


@contextmanager
def running(program: Program, *, log: IO[bytes] | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a program, and leave neither it nor its children behind.

    What it prints goes to `log`, or else to stderr. It is in a new session, so that Ctrl-C in a terminal
    does not reach it. On Linux it also ends when this process is killed by SIGKILL.
    """
    process = subprocess.Popen(  # noqa: S603
        program.command,
        cwd=program.folder,
        env=program.environment,
        stdin=subprocess.DEVNULL,
        stdout=log or sys.stderr.fileno(),
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_end_with_parent(os.getpid()),
    )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(program.stop_seconds)
        with suppress(ProcessLookupError):  # its group: children that are still there
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def predicts(url: str, model: Manifest, *, token: str | None = None) -> bool:
    """Return whether the server makes predictions by now.

    Raises:
        ServerError: it refuses for a reason that waiting does not change.
    """
    with Client(url, model, token=token) as client:
        try:
            client.wait_until_ready(timeout_seconds=0)
        except ServerError as error:
            if not error.may_pass:
                raise
            return False
    return True


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What is known of a server that was started."""

    process: "subprocess.Popen[bytes]"
    startup_seconds: float
    is_ready: Callable[[], bool]
    announce: Callable[[], None]  # called once, when it is ready
    failure: Callable[[str], ProjectError]  # the error for what happened: "ended by itself, with exit code 1"

    def until_interrupted(self, interrupts: Interrupts) -> None:
        """Return when a signal asks to stop.

        Raises:
            ProjectError: the server ended, or was not ready in time.
        """
        deadline = time.monotonic() + self.startup_seconds
        was_ready = False
        while not interrupts.requested:
            if not was_ready and self.is_ready():
                was_ready = True
                self.announce()
            with suppress(subprocess.TimeoutExpired):
                code = self.process.wait(POLL_SECONDS)
                when = "by itself" if was_ready else "while it started"
                raise self.failure(f"ended {when}, with exit code {code}")
            if not was_ready and time.monotonic() >= deadline:
                raise self.failure(f"made no prediction within {self.startup_seconds:g} s")


def _end_with_parent(parent: int) -> Callable[[], None] | None:
    """Return what asks Linux to end the new process if its parent is killed; elsewhere nothing can."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it was killed before the line above
            os.kill(os.getpid(), signal.SIGTERM)

    return ask
