"""The processes that a running `train --processes` has started."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from support.smoke.training import checkpoint

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

WAIT_SECONDS = 90.0  # a framework is imported by several processes at once, next to other tests


def wait_until(condition: Callable[[], bool], launcher: subprocess.Popen[str] | None = None) -> None:
    """Wait until it is so, as long as the launcher runs."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        assert launcher is None or launcher.poll() is None, "the launcher has ended"
        time.sleep(0.02)


def members(launcher: subprocess.Popen[str]) -> dict[int, int]:
    """Return the ranks of the launcher's processes, and their numbers."""
    found: dict[int, int] = {}
    for task in Path("/proc", str(launcher.pid), "task").iterdir():
        for child in (task / "children").read_text().split():
            try:
                variables = Path("/proc", child, "environ").read_bytes().split(b"\0")
            except OSError:  # it has just ended
                continue
            found |= {int(each[5:]): int(child) for each in variables if each.startswith(b"RANK=")}
    return found


def is_alive(number: int) -> bool:
    """Return whether there is such a process that has not ended."""
    try:
        state = Path("/proc", str(number), "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def training_members(launcher: subprocess.Popen[str], run: Path, earlier: dict[int, int]) -> dict[int, int]:
    """Return the two processes that follow the `earlier` ones, once they have saved a state."""
    wait_until(lambda: len(members(launcher).items() - earlier.items()) == 2, launcher)
    before = saved(run)
    wait_until(lambda: saved(run) > before, launcher)
    return members(launcher)


def saved(run: Path) -> int:
    """Return when the last state was saved, 0 if there is none."""
    try:
        state = checkpoint(run)
        return state.stat().st_mtime_ns if state else 0
    except OSError:  # it is being replaced
        return 0


def kill(number: int, signal: int) -> float:
    """Send a signal to a process and return the time."""
    os.kill(number, signal)
    return time.monotonic()
