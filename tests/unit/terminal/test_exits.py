"""Whatever stops a command: the exit code, one line for the user, and nothing left behind."""

import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.command_line import BEGINNER, Runner, fwstart, here, run

from fwstart.new import command as creation
from fwstart.report import command as advising

__all__ = ["here", "run"]  # fixtures


@pytest.mark.parametrize(
    ("failure", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "error: interrupted; nothing unfinished is left behind.\n"),
        (SystemExit(143), 143, "error: stopped by signal 15; nothing unfinished is left behind.\n"),
        (OSError(28, "No space left on device", "/x"), 1, "error: /x: No space left on device.\n"),
        (KeyError("oops"), 1, "error: this is a bug in fwstart: KeyError: 'oops'\n"),
    ],
)
def test_failure_within(
    run: Runner, monkeypatch: pytest.MonkeyPatch, failure: BaseException, code: int, words: str
) -> None:
    """Whatever happens, the user sees one line and what to do, never a traceback."""

    def fail(*_arguments: object) -> None:
        raise failure

    monkeypatch.setattr(creation, "create", fail)
    outcome = run("new", "demo", *BEGINNER, "--json")

    assert (code, "") == (outcome.code, outcome.out)
    assert outcome.err.startswith(words)
    assert "Traceback" not in outcome.err


def test_signal_behind_an_error(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the cleanup after Ctrl-C does not hide it."""

    def fail(*_arguments: object) -> None:
        try:
            raise KeyboardInterrupt
        finally:
            raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(creation, "create", fail)
    outcome = run("new", "demo", *BEGINNER, "--json")

    assert 130 == outcome.code
    assert "error: interrupted; nothing unfinished is left behind.\n" == outcome.err


def test_debug(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """FWSTART_DEBUG=1 lets a bug through, to see where it is."""
    monkeypatch.setenv("FWSTART_DEBUG", "1")
    monkeypatch.setattr(advising, "advise", lambda *_arguments, **_given: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        run("advise", "--yes")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signal(here: Path, number: int, code: int) -> None:
    """A signal while files are written: exit 128 + its number, one line, and nothing is left."""
    script = (
        "import sys, time; from fwstart.new import command as creation; from fwstart.cli import app as cli\n"
        "from fwstart.disk.staging import staged\n"
        "def slow(target, *_):\n"
        "    with staged(target) as folder:\n"
        "        (folder / 'half').touch(); print('begun', flush=True); time.sleep(30)\n"
        "creation.create = slow; sys.exit(cli.main(['new', 'demo', '--framework', 'keras', '--json']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert "begun\n" == process.stdout.readline()
        time.sleep(0.1)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)

    assert code == process.returncode
    assert 1 == len(err.splitlines()), err
    assert [] == list(here.iterdir())


def test_closed_pipe() -> None:
    """A reader that stops reading is no reason to complain."""
    command = shlex.join([sys.executable, "-m", "fwstart", "advise", "--yes"])
    done = subprocess.run(
        ["bash", "-c", f"{command} | true; {command} --help | head -1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ("", "Usage: fwstart advise [OPTIONS]\n") == (done.stderr, done.stdout)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_output() -> None:
    """A result that could not be written is a failure."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "fwstart", "advise", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )

    assert 1 == done.returncode
    assert done.stderr.startswith("error: No space left on device.\n")
    assert 2 == len(done.stderr.splitlines())


def test_odd_characters() -> None:
    """A terminal that cannot show a character gets it escaped, not a failure."""
    outcome = fwstart("new", "größe", "--framework", "keras", "--dry-run", PYTHONIOENCODING="ascii")

    assert 0 == outcome.code
    assert "gr\\xf6\\xdfe" in outcome.out
