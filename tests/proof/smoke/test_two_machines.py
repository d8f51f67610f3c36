"""Two machines, namespaces of this one, train together; where their network is cut, both end in time."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from support.smoke.namespaces import Machine, two_machines
from support.smoke.processes import wait_until
from support.smoke.project import Project, quoted
from support.smoke.training import digests, figures, options, wait_for_checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.smoke

PORT = "29500"  # each machine has all ports for itself
TIMEOUT_SECONDS = 6
SLACK_SECONDS = 14  # with two busy processors PyTorch ended after 9 seconds in all, TensorFlow after 6 to 10
SETTINGS = {
    "train.epochs": "10",
    "train.batch_size": "16",
    "train.deterministic": "true",
    "train.peer_timeout_seconds": str(TIMEOUT_SECONDS),
}
Machines = tuple[Machine, Machine]


@pytest.fixture
def machines() -> Iterator[Machines]:
    """Yield two machines that reach each other."""
    with two_machines() as both:
        yield both


def variables(framework: str, machines: Machines, rank: int, plug: str) -> dict[str, str]:
    """Return what the page on several machines, and torchrun, put into the environment of one of them."""
    if framework == "keras":
        workers = [f"{machine.address}:{PORT}" for machine in machines]
        task = {"type": "worker", "index": rank}
        return {"TF_CONFIG": json.dumps({"cluster": {"worker": workers}, "task": task})}
    place = {"RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1"}
    return place | {
        "MASTER_ADDR": machines[0].address,
        "MASTER_PORT": PORT,
        "GLOO_SOCKET_IFNAME": plug,
    }


@contextmanager
def training_on(
    machines: Machines, generated: Project, *words: str, plug: str = ""
) -> Iterator[list[subprocess.Popen[str]]]:
    """Yield the `train` of each machine; they are killed at the end, should they still run."""
    processes = [
        subprocess.Popen(
            [*machine.entered, generated.path / ".venv" / "bin" / generated.package, "train", *words],
            cwd=generated.path,
            env=generated.environment | variables(generated.framework, machines, rank, plug or machine.plug),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank, machine in enumerate(machines)
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


@pytest.mark.weekly
def test_two_machines_train_as_two_processes(generated: Project, machines: Machines, tmp_path: Path) -> None:
    """To the last bit, in one folder of runs; the first one alone prints."""
    here, there = (options(SETTINGS | {"runs_folder": str(tmp_path / name)}) for name in ("here", "there"))
    generated.run(quoted(".venv/bin/" + generated.package, "train", "--processes", "2", *here))
    with training_on(machines, generated, *there) as processes:
        (printed, errors), (silence, other_errors) = (each.communicate(timeout=120) for each in processes)

    assert [0, 0] == [process.returncode for process in processes], errors + other_errors
    assert "processes: 2" in printed
    assert "" == silence
    ((one,), (other,)) = ((tmp_path / name).iterdir() for name in ("here", "there"))
    assert 10 == len(figures(one))
    assert figures(one) == figures(other)
    of_one, of_other = digests(generated, one, other)
    assert of_one == of_other


def test_cut_network_ends_both_in_time(generated: Project, machines: Machines, tmp_path: Path) -> None:
    """Each says so in one error, and the run continues from its last state, here on one machine.

    It is cut among the many batches of an epoch, after the first state, which is saved before them. At an
    epoch's end, and while they read their samples, the processes notice it by other means.
    """
    among_batches = {"train.batch_size": "8", "train.checkpoint_minutes": "0.004"}
    words = options(SETTINGS | among_batches | {"runs_folder": str(tmp_path)})
    with training_on(machines, generated, *words) as processes:
        run = wait_for_checkpoint(processes[0], tmp_path)
        wait_until(lambda: any(run.glob("checkpoints/previous.*")))
        machines[1].unplug()
        began = time.monotonic()
        errors = [process.communicate(timeout=60)[1] for process in processes]
        seconds = time.monotonic() - began
    num_epochs = len(figures(run)) if (run / "metrics.jsonl").exists() else 0
    program = ".venv/bin/" + generated.package
    generated.run(quoted(program, "train", "--processes", "2", *words, "--resume"))

    assert seconds < TIMEOUT_SECONDS + SLACK_SECONDS
    assert [1, 1] == [process.returncode for process in processes]
    for rank, text in enumerate(errors):
        assert f"error: Process {rank} of 2 " in text
        assert text.count("error: ") == 1
        assert "Traceback" not in text
        assert f"{generated.package} train --resume" in text
    assert num_epochs < 10
    assert list(range(1, 11)) == [line["epoch"] for line in figures(run)]


def test_address_that_others_cannot_reach(both: dict[str, Project], machines: Machines) -> None:
    """Gloo may choose 127.0.0.1, as it did where that is the address of the machine's name."""
    words = options({"train.peer_timeout_seconds": str(TIMEOUT_SECONDS)})
    with training_on(machines, both["pytorch"], *words, plug="lo") as (first, _):
        _, errors = first.communicate(timeout=60)

    assert 1 == first.returncode
    assert "that another one cannot be reached." in errors
    assert "GLOO_SOCKET_IFNAME=eth0" in errors
