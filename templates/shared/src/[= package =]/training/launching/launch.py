"""`train --processes N`: N processes on this machine train one model; if one fails, all begin again."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ...errors import ProjectError, UsageError
from ...processes import Interrupts
from ...runs.run import Run
from .supervision import Failure, Members, started

PACKAGE = __package__.partition(".")[0]
ALREADY = ("RANK", "WORLD_SIZE", "TF_CONFIG", "TORCHELASTIC_RUN_ID")
RESTARTED = ("signal", "silent", "stuck", "peer")  # an error in settings, data or program would come again
MAX_PROCESSES = 128
KILLED = "SIGKILL"  # as the system does when memory runs out


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is to be trained, by how many processes."""

    words: Sequence[str]  # what each process is told
    resuming: Sequence[str]  # the same, for a run that was begun; `--run` and its path follow
    size: int
    restarts: int
    timeout_seconds: float  # for which a process may give no sign of life
    resume: str  # what a person types to continue
    program: Sequence[str] = (sys.executable, "-m", PACKAGE)


def check_possible(num_processes: int, restarts: int, environment: Sequence[str]) -> None:
    """Make sure that so many processes can be started here.

    Raises:
        UsageError: they cannot, or were already started by something else.
    """
    if not 1 <= num_processes <= MAX_PROCESSES:
        raise UsageError(
            f"--processes is {num_processes}; it must be from 1 to {MAX_PROCESSES}.",
            fix="Give the number of this machine's GPUs, or of its processors: --processes 2",
        )
    if restarts < 0:
        raise UsageError(f"--restarts is {restarts}; it must be at least 0.", fix="Use --restarts 3.")
    if already := [name for name in ALREADY if name in environment]:
        raise UsageError(
            f"{' and '.join(already)} in the environment say that other processes were already started.",
            fix="Leave out --processes, or unset the variables.",
        )
    if sys.platform == "win32":
        raise UsageError("--processes needs Linux or macOS.", fix="Use Windows' Subsystem for Linux (WSL).")


def launch(job: Job) -> None:
    """Train with several processes, from the start or a state, and start them again when they fail.

    Raises:
        ProjectError: the cause for which they ended: at once if it would come again, else after the restarts.
        KeyboardInterrupt: Ctrl-C or SIGTERM; the state is saved.
        BrokenPipeError: what read the output has seen enough, such as `head`.
    """
    words, num_restarts = job.words, 0
    with Interrupts() as interrupts:
        while failed := _started_once(job, words, interrupts):
            failure, run = failed
            if failure.kind == "closed":
                raise BrokenPipeError
            if failure.kind == "stopped" or (interrupts.requested and failure.kind in RESTARTED):
                raise KeyboardInterrupt
            if failure.kind not in RESTARTED or num_restarts == job.restarts:
                raise error_of(failure, job if run is None else replace(job, resume=_to_resume(job, run)))
            num_restarts += 1
            has_state = run is not None and Run(run).has("state")
            words = [*job.resuming, "--run", str(run)] if has_state else job.words
            where = "from the last state" if has_state else "from the beginning"
            what = what_happened(failure, job)
            again = f"starting all again {where} (restart {num_restarts} of {job.restarts})"
            print(f"{what[:1].lower()}{what[1:]}; {again}", file=sys.stderr)


def _to_resume(job: Job, run: Path) -> str:
    """Return the command that continues this very run: the latest may be another one by then."""
    return f"{job.resume} --run {shlex.quote(str(run))}"


def _started_once(
    job: Job, words: Sequence[str], interrupts: Interrupts
) -> tuple[Failure, Path | None] | None:
    """Start all processes and wait for their end; return the cause and the run if they failed."""
    with TemporaryDirectory(prefix=f"{PACKAGE}-") as name:
        folder = Path(name)
        command = [*job.program, *words]
        with started(command, size=job.size, folder=folder, timeout_seconds=job.timeout_seconds) as members:
            failure = members.watch(interrupts)
        if failure is None:
            return None
        if failure.kind == "crash" or (failure.kind == "signal" and failure.problem != KILLED):
            _print_last_lines(failure.rank, members)
        return failure, members.run()


def _print_last_lines(rank: int, members: Members) -> None:
    for line in members.members[rank].last_lines():
        print(f"process {rank}: {line}", file=sys.stderr)


def what_happened(failure: Failure, job: Job) -> str:
    """Return in words which process failed how, without a full stop."""
    who = f"Process {failure.rank} of {job.size}"
    if failure.kind == "signal":
        return f"{who} was ended by {failure.problem}"
    if failure.kind in {"silent", "stuck"}:
        return f"{who} did not answer in time ([train] peer_timeout_seconds = {job.timeout_seconds:g})"
    if failure.kind == "crash":
        return f"{who} failed with an error of the program (exit code {failure.problem})"
    if failure.kind == "peer":
        return failure.problem.rstrip(".")
    return failure.problem if failure.is_all else f"{who}: {failure.problem}"


def error_of(failure: Failure, job: Job) -> ProjectError:
    """Return the one error that is printed for all processes."""
    what = what_happened(failure, job)
    if failure.kind == "usage":
        return UsageError(what, fix=failure.fix)
    if failure.kind == "own":
        return ProjectError(what, fix=failure.fix)
    if failure.kind == "crash":
        return ProjectError(f"{what}.", fix=f"What it printed is above. To continue, run: {job.resume}")
    after = "" if job.restarts == 0 else f", also after {job.restarts} restarts"
    reason = "If the memory did not suffice, start fewer processes. " if failure.problem == KILLED else ""
    return ProjectError(f"{what}{after}.", fix=f"{reason}To continue from the last state, run: {job.resume}")
