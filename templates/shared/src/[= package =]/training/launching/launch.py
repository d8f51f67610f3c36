"""`train --processes N`: N processes on this machine train one model; if one fails, all begin again."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ...errors import ProjectError, UsageError, quoted
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
    typed: str  # what a person typed
    resume: str  # what a person types to continue a run; `--run` and its path follow
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
                raise error_of(failure, job, run)
            num_restarts += 1
            words = job.words if run is None else [*job.resuming, "--run", str(run)]
            where = "from the beginning" if run is None else "from the last state"
            what = what_happened(failure, job)
            again = f"starting all again {where} (restart {num_restarts} of {job.restarts})"
            print(f"{what[:1].lower()}{what[1:]}; {again}", file=sys.stderr)


def _started_once(
    job: Job, words: Sequence[str], interrupts: Interrupts
) -> tuple[Failure, Path | None] | None:
    """Start all processes and wait for their end; if they failed, return the cause and a run with a state."""
    with TemporaryDirectory(prefix=f"{PACKAGE}-") as name:
        folder = Path(name)
        command = [*job.program, *words]
        with started(command, size=job.size, folder=folder, timeout_seconds=job.timeout_seconds) as members:
            failure = members.watch(interrupts)
        if failure is None:
            return None
        if failure.kind == "crash" or (failure.kind == "signal" and failure.problem != KILLED):
            _print_last_lines(failure.rank, members)
        run = members.run()
        return failure, run if run and Run(run).has("state") else None


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


def error_of(failure: Failure, job: Job, run: Path | None) -> ProjectError:
    """Return the one error that is printed for all processes; a `run` has a state to continue from."""
    what = what_happened(failure, job)
    if failure.kind == "usage":
        return UsageError(what, fix=failure.fix)
    if failure.kind == "own":
        return ProjectError(what, fix=failure.fix)
    if failure.kind == "crash":
        return ProjectError(f"{what}.", fix=f"What it printed is above. {_way_on(job, run)}")
    restarts = "1 restart" if job.restarts == 1 else f"{job.restarts} restarts"
    after = "" if job.restarts == 0 else f", even after {restarts}"
    reason = "If memory ran out, start fewer processes. " if failure.problem == KILLED else ""
    return ProjectError(f"{what}{after}.", fix=f"{reason}{_way_on(job, run)}")


def _way_on(job: Job, run: Path | None) -> str:
    """Say how to continue this very run, the latest may be another one by then; or how to try again."""
    if run is None:
        return f"To try again, run: {job.typed}"
    return f"To continue from the last state, run: {job.resume} --run {quoted([str(run)])}"
