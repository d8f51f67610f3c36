"""A process among several, seen by what started it: signs of life, its error, and one end for both.

`train --processes` gives its processes a folder for this; torchrun starts others by its own means.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import PeerError, ProjectError, UsageError
from ...processes import World
from .meeting import world_of

if TYPE_CHECKING:
    from ...runs.run import Run

LAUNCH_FOLDER = "LAUNCH_FOLDER"  # of the launcher, for one start of its processes
LAUNCHER = "LAUNCHER_PID"
BEAT_SECONDS = 1.0
KINDS: dict[str, type[ProjectError]] = {"peer": PeerError, "usage": UsageError}
RUN = "run"  # in the launcher's folder: the path of the run that was begun
JOB = "job"  # in a run's folder: which torchrun began it


def this_world() -> World:
    """Return which process this is, one that is alone if the environment cannot be understood."""
    with suppress(ProjectError):  # `joined` says so
        return world_of(os.environ)
    return World()


def is_launched() -> bool:
    """Whether `train --processes` started this process, and speaks for it."""
    return LAUNCH_FOLDER in os.environ


@contextmanager
def among_others() -> Iterator[None]:
    """Let all but the first process be silent, and end at once with what started this one."""
    world, folder = this_world(), os.environ.get(LAUNCH_FOLDER)
    if folder or "TORCHELASTIC_RUN_ID" in os.environ:
        parent = int(os.environ.get(LAUNCHER, os.getppid()))
        beat = beat_file(Path(folder), world.rank) if folder else None
        threading.Thread(target=_live, args=(parent, beat), daemon=True).start()
    if world.is_first:
        yield
        return
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        yield


def _live(parent: int, beat: Path | None) -> None:
    """Give signs of life while the process that started this one lives, and kill this one when it does not.

    Killed, because Python may be waiting for another process; a state is written whole or not at all.
    """
    while os.getppid() == parent:
        with suppress(OSError):
            if beat:
                os.utime(beat)
        time.sleep(BEAT_SECONDS)
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)  # with the processes that read samples
    os.kill(os.getpid(), signal.SIGKILL)


def beat_file(folder: Path, rank: int) -> Path:
    """Return the file whose time is that of a process's last sign of life."""
    return folder / f"beat-{rank}"


def error_file(folder: Path, rank: int) -> Path:
    """Return the file in which a process tells the launcher its error."""
    return folder / f"rank-{rank}.json"


def tell(error: ProjectError) -> None:
    """Leave an error to the launcher, which prints that of the cause alone, or print it."""
    world, folder = this_world(), os.environ.get(LAUNCH_FOLDER)
    if folder:
        kind = next((name for name, of in KINDS.items() if isinstance(error, of)), "own")
        with suppress(OSError):  # the disk is full: it is printed
            _leave({"kind": kind, "problem": error.problem, "fix": error.fix}, Path(folder), world.rank)
            return
    is_named = world.size == 1 or isinstance(error, PeerError)  # which names itself
    whose = "" if is_named else f"process {world.rank} of {world.size}: "
    print(f"error: {whose}{error.problem}\n  {error.fix}", file=sys.stderr)


def tell_of_closed_output(error: BrokenPipeError) -> None:
    """Let the launcher know that nobody reads the output any more.

    Raises:
        BrokenPipeError: this process has no output: what broke is another pipe, by a fault of the program.
    """
    folder = os.environ.get(LAUNCH_FOLDER)
    if folder and not this_world().is_first:
        raise error
    if folder:
        with suppress(OSError):
            _leave({"kind": "closed"}, Path(folder), rank=0)


def _leave(failure: dict[str, str], folder: Path, rank: int) -> None:
    error_file(folder, rank).write_text(json.dumps(failure), encoding="utf-8")


def record_run(path: Path) -> None:
    """Write down which run was begun, so that it is continued if all are started again."""
    if folder := os.environ.get(LAUNCH_FOLDER):
        (Path(folder) / RUN).write_text(str(path), encoding="utf-8")
    if job := _job():
        (path / JOB).write_text(job, encoding="utf-8")


def run_of_job(runs_folder: Path) -> "Run | None":
    """Return the run to continue if torchrun started this process again: the newest that it began."""
    job = _job()
    if not job:
        return None
    from ...runs.run import list_runs  # all else here is quick to import, so that signs of life come soon

    begun = [run for run in list_runs(runs_folder) if _job_of(run) == job]
    if int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) == 0:
        for run in begun:  # of an earlier torchrun that was called the same
            (run.path / JOB).unlink(missing_ok=True)
        return None
    return next((run for run in reversed(begun) if run.has("state")), None)


def _job_of(run: "Run") -> str:
    with suppress(OSError):
        return (run.path / JOB).read_text(encoding="utf-8")
    return ""


def _job() -> str | None:
    """Return what tells this torchrun from others; without --rdzv-id they are all called "none"."""
    name = os.environ.get("TORCHELASTIC_RUN_ID")
    if name != "none":
        return name
    return f"{name} {os.environ.get('MASTER_ADDR')}:{os.environ.get('MASTER_PORT')}"
