"""Converters and runtimes are written in C++ and print what no user can act on: it is kept back."""

import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

STREAMS = (1, 2)  # the numbers by which native code knows stdout and stderr
# Its stdout is the file. Nothing comes from stdin but its end if the process that kept the output is dead.
SHOW_IF_DEAD = """
import os
if not os.read(0, 1):
    os.lseek(1, 0, os.SEEK_SET)
    while part := os.read(1, 65536):
        os.write(2, part)
"""


@contextmanager
def quiet() -> Iterator[None]:
    """Keep all that is printed in the block, and Python's warnings, to itself; show it if the block fails.

    It is shown as well if native code aborts the process.
    """
    with tempfile.TemporaryFile() as kept, warnings.catch_warnings(), _shown_if_dead(kept):
        warnings.simplefilter("ignore")
        try:
            with _printed_into(kept):
                yield
        except Exception:
            kept.seek(0)
            sys.stderr.write(kept.read().decode(errors="replace"))
            raise


@contextmanager
def _shown_if_dead(file: BinaryIO) -> Iterator[None]:
    """Let another process show the file if this one dies in the block: an abort leaves it no time to."""
    show = [sys.executable, "-I", "-S", "-c", SHOW_IF_DEAD]
    # In a session of its own Ctrl-C does not reach it.
    with subprocess.Popen(  # noqa: S603 - the command is ours
        show, stdin=subprocess.PIPE, stdout=file, start_new_session=True
    ) as process:
        try:
            yield
        finally:
            with suppress(OSError):
                process.communicate(b"alive")


@contextmanager
def _printed_into(file: BinaryIO) -> Iterator[None]:
    _flush()
    terminal = {stream: os.dup(stream) for stream in STREAMS}
    try:
        for stream in STREAMS:
            os.dup2(file.fileno(), stream)
        yield
    finally:
        _flush()
        for stream, copy in terminal.items():
            os.dup2(copy, stream)
            os.close(copy)


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
