"""The processes that one command starts on this machine: which of them failed, why, and one end for all."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...errors import EXIT_DONE, EXIT_INTERRUPTED
from ...processes import Interrupts, signal_name
from .launched import BEAT_SECONDS, LAUNCH_FOLDER, LAUNCHER, RUN, beat_file, error_file
from .meeting import variables

POLL_SECONDS = 0.1
GRACE_SECONDS = 2.0  # for the others to say why they fail, too
START_SECONDS = 60.0  # a process may be silent while it reads its libraries from a slow disk
NUM_LINES = 20  # of a process that failed in a way that nobody foresaw

# The first of them that is found is the cause; those after it follow from it.
Kind = Literal["usage", "own", "closed", "signal", "silent", "stopped", "crash", "stuck", "peer"]
ORDER: tuple[Kind, ...] = ("usage", "own", "closed", "signal", "silent", "stopped", "crash", "stuck", "peer")


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Which process failed, in which way, and what it said."""

    rank: int
    kind: Kind
    problem: str = ""
    fix: str = ""
    is_all: bool = False  # whether all of them said this


class Member:
    """One of the processes."""

    def __init__(self, rank: int, command: Sequence[str], environment: dict[str, str], folder: Path) -> None:
        self.rank, self.folder = rank, folder
        self.beat, self.output = beat_file(folder, rank), folder / f"errors-{rank}.txt"
        self.beat.touch()
        self.seen = (self.beat.stat().st_mtime_ns, time.monotonic())
        with self.output.open("wb") as errors:
            self.process = subprocess.Popen(  # noqa: S603 - this very program
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=None if rank == 0 else subprocess.DEVNULL,
                stderr=None if rank == 0 else errors,
                start_new_session=True,  # Ctrl-C reaches the launcher alone
            )

    def silent_seconds(self) -> float:
        """Return for how long there was no sign of life; its clock is that of this process."""
        beat = self.beat.stat().st_mtime_ns
        if beat != self.seen[0]:
            self.seen = (beat, time.monotonic())
        return time.monotonic() - self.seen[1]

    def failure(self, limit_seconds: float, *, is_stopping: bool) -> Failure | None:
        """Return what is wrong with this process, None if it runs or has done its work."""
        code = self.process.poll()
        if code is None:
            return Failure(rank=self.rank, kind="silent") if self.silent_seconds() > limit_seconds else None
        if code == EXIT_DONE:
            return None
        if code == EXIT_INTERRUPTED:
            return Failure(rank=self.rank, kind="stopped")
        if code == -signal.SIGTERM and is_stopping:
            return Failure(rank=self.rank, kind="stopped", problem="before it could save: do not wait for it")
        if code < 0:
            return Failure(rank=self.rank, kind="signal", problem=signal_name(-code))
        with suppress(OSError, ValueError):
            return Failure(rank=self.rank, **json.loads(error_file(self.folder, self.rank).read_bytes()))
        return Failure(rank=self.rank, kind="crash", problem=str(code))

    def end(self) -> None:
        """Kill it, and the processes that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def last_lines(self) -> list[str]:
        """Return the end of what it printed to stderr; what the first process prints is on the screen."""
        return self.output.read_text(encoding="utf-8", errors="replace").splitlines()[-NUM_LINES:]


class Members:
    """All of the processes, from one start to their end."""

    def __init__(self, members: Sequence[Member], folder: Path, timeout_seconds: float) -> None:
        self.members, self.folder, self.timeout_seconds = members, folder, timeout_seconds
        self.is_stopping = False

    def run(self) -> Path | None:
        """Return the run that they train, None if there is none yet."""
        path = self.folder / RUN
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return Path(text) if text else None

    def watch(self, interrupts: Interrupts) -> Failure | None:
        """Wait until all have ended; if one fails, return the cause within seconds."""
        while any(member.process.poll() is None for member in self.members):
            if interrupts.requested and not self.is_stopping:
                self.is_stopping = True
                self._ask_to_stop()
            found = self._failures()
            if any(failure.kind != "stopped" or failure.problem for failure in found):
                return self._cause(found)
            time.sleep(POLL_SECONDS)
        found = self._failures()
        return self._cause(found) if found else None

    def _ask_to_stop(self) -> None:
        for member in self.members:
            member.process.terminate()

    def _failures(self, limit_seconds: float | None = None) -> list[Failure]:
        at_start = START_SECONDS if self.run() is None else 0.0
        limit = limit_seconds or max(self.timeout_seconds, at_start, 4 * BEAT_SECONDS)
        found = (member.failure(limit, is_stopping=self.is_stopping) for member in self.members)
        return [failure for failure in found if failure]

    def _cause(self, found: list[Failure]) -> Failure:
        """Return the failure from which the others follow, once they had the time to fail, too."""
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and any(each.process.poll() is None for each in self.members):
            time.sleep(POLL_SECONDS)
        # Others have waited longer for who is silent now; who was `found` so may be back.
        failures = self._failures(4 * BEAT_SECONDS) or found
        first = min(failures, key=_place)
        waited_for = [member.rank for member in self.members if member.process.poll() is None]
        if first.kind == "peer" and len(waited_for) == 1:
            return Failure(rank=waited_for[0], kind="stuck")
        said = [failure.problem for failure in failures]
        is_all = len(said) == len(self.members) and set(said) == {first.problem}
        return Failure(**(vars(first) | {"is_all": is_all}))


def _place(failure: Failure) -> tuple[int, int]:
    return ORDER.index(failure.kind), failure.rank


@contextmanager
def started(command: Sequence[str], *, size: int, folder: Path, timeout_seconds: float) -> Iterator[Members]:
    """Start the processes; at the end of the block none of them is left."""
    members: list[Member] = []
    try:
        for rank, own in enumerate(variables(size)):
            environment = dict(os.environ) | _variables(rank, size, folder) | own
            members.append(Member(rank, command, environment, folder))
        yield Members(members, folder, timeout_seconds)
    finally:
        for member in members:
            member.end()
        sys.stdout.flush()  # which fails if nobody reads it any more


def _variables(rank: int, size: int, folder: Path) -> dict[str, str]:
    """Return the variables that torchrun sets as well, and those of the launcher."""
    numbers = {"RANK": rank, "WORLD_SIZE": size, "LOCAL_RANK": rank, "LOCAL_WORLD_SIZE": size}
    numbers[LAUNCHER] = os.getpid()
    if "OMP_NUM_THREADS" not in os.environ:  # as many processes as this would want all cores
        numbers["OMP_NUM_THREADS"] = max(1, num_cores() // size)
    return {name: str(number) for name, number in numbers.items()} | {LAUNCH_FOLDER: str(folder)}


def num_cores() -> int:
    """Return how many processors this process may use."""
    if sys.platform == "linux":
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return cores
