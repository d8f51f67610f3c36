"""`train --processes 2`: killed, stopped or out of space, it ends as one process does, or the same."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from support.smoke.documents import our_document
from support.smoke.processes import is_alive, kill, training_members, wait_until
from support.smoke.project import Project, quoted
from support.smoke.training import digests, figures, options, training, wait_for_checkpoint

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.smoke

TWO = ("--processes", "2")
SETTINGS = {
    "train.epochs": "8",
    "train.batch_size": "16",
    "train.checkpoint_minutes": "0.004",
    "train.deterministic": "true",
    "train.ema_decay": "0.99",
}
TIMEOUT_SECONDS = 6
ENDLESS = {
    "train.epochs": "2000",
    "train.early_stopping_patience": "2000",
    "train.peer_timeout_seconds": str(TIMEOUT_SECONDS),
}
SLACK_SECONDS = 6  # to compare the stated time with: two seconds for the others' reasons, and a busy machine


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return an empty folder for runs, outside the project."""
    return tmp_path / "runs"


def test_killed_processes_end_with_the_same_bits(generated: Project, runs: Path) -> None:
    """A rank, rank 0 and the launcher are killed at random steps: figures and weights are a whole run's."""
    chance = random.Random(generated.framework)  # noqa: S311 - moments, no secrets
    program = ".venv/bin/" + generated.package
    whole, broken = (options(SETTINGS | {"runs_folder": str(runs / name)}) for name in ("whole", "broken"))
    generated.run(quoted(program, "train", *TWO, *whole))
    launcher = training(generated, *TWO, *broken)
    try:
        run = wait_for_checkpoint(launcher, runs / "broken")
        found: dict[int, int] = {}
        for rank in (1, 0):
            found = training_members(launcher, run, found)
            time.sleep(chance.uniform(0, 0.3))
            kill(found[rank], signal.SIGKILL)
        found = training_members(launcher, run, found)
        time.sleep(chance.uniform(0, 0.3))
    finally:
        launcher.kill()
        _, errors = launcher.communicate()
    wait_until(lambda: not any(is_alive(number) for number in found.values()))
    resumed = generated.run(quoted(program, "train", *TWO, *broken, "--resume"))

    assert [1, 0] == [int(line[8]) for line in errors.splitlines() if "ended by SIGKILL" in line]
    assert "(restart 2 of 3)" in errors
    assert "processes: 2" in resumed
    (finished,) = (runs / "whole").iterdir()
    assert figures(finished) == figures(run)
    assert len(figures(run)) == 8
    uninterrupted, broken_off = digests(generated, finished, run)
    assert uninterrupted == broken_off


def test_torchrun_starts_killed_processes_again(both: dict[str, Project], runs: Path) -> None:
    """They meet where those met that have ended, and continue from the last state."""
    generated = both["pytorch"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    options_of_torchrun = ("--nproc-per-node", "2", "--max-restarts", "2", "--master-port", port)
    words = ("-m", generated.package, "train", *options(SETTINGS | {"runs_folder": str(runs)}))
    launcher = subprocess.Popen(
        [generated.path / ".venv" / "bin" / "torchrun", *options_of_torchrun, *words],
        cwd=generated.path,
        env=generated.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    found: dict[int, int] = {}
    try:
        run = wait_for_checkpoint(launcher, runs)
        for rank in (1, 0):
            found = training_members(launcher, run, found)
            kill(found[rank], signal.SIGKILL)
        _, errors = launcher.communicate(timeout=120)
    finally:
        launcher.terminate()  # it ends its processes
        launcher.communicate()

    assert 0 == launcher.returncode, errors
    assert list(range(1, 9)) == [line["epoch"] for line in figures(run)]


def test_stopped_process_is_named_in_time(generated: Project, runs: Path) -> None:
    """Another job on the run is refused meanwhile; nobody is left when the error is told."""
    settings = [*TWO, "--restarts", "0", *options(ENDLESS | {"runs_folder": str(runs)})]
    launcher = training(generated, *settings)
    try:
        run = wait_for_checkpoint(launcher, runs)
        command = quoted(".venv/bin/" + generated.package, "train", "--resume", *settings)
        refused = generated.run(f"{command} 2>&1", exit_code=1)
        found = training_members(launcher, run, {})
        began = kill(found[1], signal.SIGSTOP)
        _, errors = launcher.communicate(timeout=60)
        seconds = time.monotonic() - began
    finally:
        launcher.kill()
        launcher.communicate()

    assert "is being trained by another process" in refused
    assert refused.count("error: ") == 1
    assert "Traceback" not in refused + errors
    assert "error: Process 1 of 2 did not answer in time" in errors
    assert errors.count("error: ") == 1
    assert (1, True) == (launcher.returncode, seconds < TIMEOUT_SECONDS + SLACK_SECONDS)
    assert not any(is_alive(number) for number in found.values())


def test_interrupted_processes_save_a_state(generated: Project, runs: Path) -> None:
    """Ctrl-C ends both with the command that continues them."""
    launcher = training(generated, *TWO, *options(ENDLESS | {"runs_folder": str(runs)}))
    try:
        run = wait_for_checkpoint(launcher, runs)
        found = training_members(launcher, run, {})
        launcher.send_signal(signal.SIGINT)
        _, errors = launcher.communicate(timeout=60)
    finally:
        launcher.kill()
        launcher.communicate()

    assert 130 == launcher.returncode
    assert "continue with: " + generated.package + " train --resume --processes 2" in errors
    assert "Traceback" not in errors
    assert not any(is_alive(number) for number in found.values())


def test_full_disk_ends_all_with_one_error(generated: Project, tmp_path: Path) -> None:
    """It is not tried again: the disk would be as full as before."""
    disk = tmp_path / "disk"
    disk.mkdir()
    settings = options({"runs_folder": str(disk), "train.epochs": "30"})
    train = quoted(".venv/bin/" + generated.package, "train", *TWO, *settings)
    script = f"mount -t tmpfs -o size=3M tmpfs {quoted(disk)}; set +e; {train} 2>&1; echo exit code $?"

    output = generated.run(quoted("unshare", "--map-root-user", "--mount", "bash", "-c", script))

    assert "cannot be written (No space left on device). What was saved before is kept." in output
    assert output.count("error: ") == 1
    assert "error: Process 0 of 2: " in output
    assert "exit code 1" in output
    assert "starting all again" not in output


def test_printed_commands(generated: Project) -> None:
    """Those of the page on several processes; what is resumed at its end has nothing left to do."""
    commands = our_document("docs/scaling.md").commands("docs/scaling.md")
    outputs = [generated.run(command.replace("myproject", generated.package)) for command in commands]

    assert [True, True] == ["processes: 2" in output for output in outputs]
    assert "was trained to its end" in outputs[1]
