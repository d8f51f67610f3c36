"""Updates that are stopped at any of their moves, as by Ctrl-C or `kill -9`."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from fwstart.update import replacement
from fwstart.update.journal import Journal
from fwstart.update.workplace import Workplace


def moves(monkeypatch: pytest.MonkeyPatch, interrupt: Callable[[int], None]) -> None:
    """Call `interrupt` with the number of each move before it is done; the last one follows git's index."""
    count = iter(range(1000))
    rename, rename_new, install = replacement._rename, replacement._rename_new, replacement.install_index  # noqa: SLF001

    def counted(source: Path, destination: Path) -> None:
        interrupt(next(count))
        rename(source, destination)

    def counted_new(source: Path, destination: Path) -> None:
        interrupt(next(count))
        rename_new(source, destination)

    def installed(place: Workplace, journal: Journal) -> None:
        install(place, journal)
        interrupt(next(count))

    monkeypatch.setattr(replacement, "_rename", counted)
    monkeypatch.setattr(replacement, "_rename_new", counted_new)
    monkeypatch.setattr(replacement, "install_index", installed)


def kill(work: Callable[[], object], number: int) -> None:
    """Do the work in a process of its own, and kill that at a move."""
    child = os.fork()
    if child == 0:
        with pytest.MonkeyPatch.context() as patch:
            moves(patch, lambda count: os.kill(os.getpid(), signal.SIGKILL) if count == number else None)
            try:
                work()
            finally:
                os._exit(1)
    assert -signal.SIGKILL == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
