"""Converters and runtimes are written in C++ and print what no user can act on: it is kept back."""

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

STREAMS = (1, 2)  # the numbers by which native code knows stdout and stderr


@contextmanager
def quiet() -> Iterator[None]:
    """Keep all that is printed in the block, and Python's warnings, to itself; show it if the block fails."""
    with tempfile.TemporaryFile() as kept, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with _printed_into(kept):
                yield
        except Exception:
            kept.seek(0)
            sys.stderr.write(kept.read().decode(errors="replace"))
            raise


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
