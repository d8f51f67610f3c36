"""Runs one program for its answer: only the first bytes are read, and nothing of it is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

READ_BYTES = 16384  # a version takes one line; anything longer is cut off
LAST_WORDS_SECONDS = 0.5  # to read what is in the pipe of a program that has ended
END_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a program printed and how it ended; code None: it was stopped because it had printed enough."""

    text: str
    code: int | None


class Inquiry:
    """A running program, with a thread that reads its output on both streams.

    It is a thread because Windows cannot wait for pipes, nor read them without blocking before Python 3.12.
    Nobody waits for the end of the output: what a program leaves behind can keep the pipe open forever.
    """

    def __init__(self, command: Sequence[str]) -> None:
        """Start it.

        Raises:
            OSError: the system cannot run it.
            ValueError: nor can its name be passed to the system.
        """
        self._heard = bytearray()
        self._enough = False
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=Path(command[0]).anchor or None,  # no project's files there that could change the answer
            start_new_session=True,  # one group, to be ended as one
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def answer(self, deadline: float) -> Answer | None:
        """Return its answer; None if it has neither ended nor printed enough by the deadline."""
        try:
            code = self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return None
        self._end_group()  # what it left behind holds the pipe open
        self._reader.join(LAST_WORDS_SECONDS)
        text = bytes(self._heard).decode(errors="replace")
        return Answer(text=text, code=None if self._enough else code)

    def stop(self) -> None:
        """Stop it and everything that it started, unless its answer was taken: then all has ended."""
        if self._process.returncode is None:
            self._end_group()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(END_SECONDS)
            self._reader.join(LAST_WORDS_SECONDS)

    def _read(self) -> None:
        pipe = self._process.stdout
        if pipe is None:
            return
        with pipe, suppress(OSError):
            while chunk := os.read(pipe.fileno(), READ_BYTES - len(self._heard)):
                self._heard += chunk
                if len(self._heard) >= READ_BYTES:
                    self._enough = True
                    self._process.kill()  # one that ignores the closed pipe; `answer` ends what it started
                    return

    def _end_group(self) -> None:
        """Kill the program and its children, also those that it left behind when it ended."""
        if sys.platform == "win32":
            self._process.kill()
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
