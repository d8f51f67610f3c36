"""What is asked cannot flood us, cannot outlast its time, and leaves no process behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.fakes import Fake, fake

from fwstart.doctor.inquiry import READ_BYTES, Answer, Inquiry

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fakes are shell scripts")

__all__ = ["fake"]  # a fixture

ENDLESS = "while :; do echo 11.0.0 and more; done"
# What keeps others waiting or stays behind; each writes its processes into a file.
STUBBORN = {
    "flood": ENDLESS,
    "flood on stderr": f"exec >&2; {ENDLESS}",
    "deaf flood": f"trap '' PIPE TERM INT HUP; while :; do echo 11.0.0 2>&-; done; {ENDLESS}",
    "flood of a child": f"({ENDLESS}) & echo $! >>$PIDS; echo 11.0.0; wait",
    "flood that outlives": f"({ENDLESS}) & echo $! >>$PIDS; echo 11.0.0",
    "child that outlives": "/bin/sleep 60 & echo $! >>$PIDS; echo 11.0.0",
}
SILENT = {
    "hangs": "/bin/sleep 60 & echo $! >>$PIDS; wait",
    "deaf": "trap '' PIPE TERM INT HUP; while :; do /bin/sleep 60; done",
}


@pytest.fixture(autouse=True)
def pids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the fakes a file for their processes; no process named there is left at the end."""
    file = tmp_path / "pids"
    monkeypatch.setenv("PIDS", str(file))
    yield file
    assert [] == [pid for pid in processes(file) if is_running(pid)]


def processes(file: Path) -> list[int]:
    return [int(line) for line in file.read_text(encoding="utf-8").split()] if file.exists() else []


def is_running(pid: int) -> bool:
    """Return whether a process is there within the second that its end may take; a zombie has ended."""
    for _ in range(20):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        status = Path(f"/proc/{pid}/stat")
        if status.exists() and status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z":
            return False
        time.sleep(0.05)
    return True


def ask(program: Path, seconds: float) -> tuple[Answer | None, float]:
    started = time.monotonic()
    inquiry = Inquiry([str(program)])
    try:
        return inquiry.answer(started + seconds), time.monotonic() - started
    finally:
        inquiry.stop()


@pytest.mark.parametrize("script", STUBBORN.values(), ids=STUBBORN.keys())
def test_more_than_an_answer(fake: Fake, script: str) -> None:
    """The first words are heard, a few kilobytes of them, and nobody waits for the end."""
    answer, elapsed = ask(fake("npm", f"echo $$ >>$PIDS; {script}"), 30.0)

    assert answer is not None
    assert "11.0.0" == answer.text.split()[0]
    assert len(answer.text) <= READ_BYTES
    assert elapsed < 10  # of 30, and of the 60 that the children sleep


@pytest.mark.parametrize("script", SILENT.values(), ids=SILENT.keys())
def test_no_answer(fake: Fake, script: str) -> None:
    """Who says nothing costs the time that was given."""
    answer, elapsed = ask(fake("npm", f"echo $$ >>$PIDS; {script}"), 0.5)

    assert answer is None
    assert elapsed < 5


def test_code(fake: Fake) -> None:
    """A program that ends says how; one that was ended, as it had said enough, does not."""
    assert Answer(text="no\n", code=3) == ask(fake("npm", "echo no; exit 3"), 20.0)[0]
    answer, _ = ask(fake("npm", f"echo $$ >>$PIDS; {ENDLESS}"), 20.0)
    assert answer is not None
    assert (READ_BYTES, None) == (len(answer.text), answer.code)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signal(fake: Fake, pids: Path, number: int, code: int) -> None:
    """`fwstart doctor` that is stopped takes all programs with it that it has started."""
    for name, script in {"docker": SILENT["hangs"], "podman": SILENT["deaf"], "npm": SILENT["hangs"]}.items():
        fake(name, f"echo $$ >>$PIDS; {script}")
    command = [sys.executable, "-m", "fwstart", "doctor"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        limit = time.monotonic() + 30
        while len(processes(pids)) < 5 and time.monotonic() < limit:
            time.sleep(0.02)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)

    assert code == process.returncode
    assert 1 == len(err.splitlines()), err
    assert 5 == len(processes(pids))  # none of them runs: the fixture
