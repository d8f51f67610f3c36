"""What git starts for a commit, hooks and signing, can neither ask nor hold anything up."""

import signal
import subprocess
import time
from pathlib import Path

import pytest
from support.git_user import MESSAGE, configure, executable, left_to_do, project, user

from fwstart.git import first_commit as git
from fwstart.git import run as git_command
from fwstart.git.first_commit import start_repository
from fwstart.git.run import run_git

__all__ = ["project", "user"]  # fixtures


def test_signing_fails(project: Path, user: Path, tmp_path: Path) -> None:
    """The signing program's failure is said; the commit is one command away."""
    configure(user, "commit.gpgsign", "true")
    configure(user, "gpg.program", str(executable(tmp_path / "gpg", "echo 'no secret key' >&2; exit 2")))
    outcome = start_repository(project)
    message = left_to_do(outcome)

    assert outcome.initialized
    assert message.startswith("git could not make the first commit (error: gpg failed to sign the data")
    assert message.endswith(f": git -C demo commit -m '{MESSAGE}'")


def test_signing_asks(project: Path, user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that waits for a passphrase gets no terminal, and is stopped with all that it started."""
    marker = tmp_path / "survived"
    gpg = executable(tmp_path / "gpg", f"(sleep 1.5; touch {marker}) & read answer < /dev/tty; sleep 60")
    configure(user, "commit.gpgsign", "true")
    configure(user, "gpg.program", str(gpg))
    monkeypatch.setattr(git, "COMMIT_SECONDS", 0.4)
    started = time.monotonic()
    message = left_to_do(start_repository(project))

    assert "(no answer within" in message
    assert time.monotonic() - started < 10
    assert not (project / ".git" / "index.lock").exists()
    time.sleep(max(0.0, 1.8 - (time.monotonic() - started)))
    assert not marker.exists()


def test_hook_fails(project: Path, user: Path, tmp_path: Path) -> None:
    """A hook of the user's own refuses the commit: its words are passed on, the project stays."""
    executable(tmp_path / "hooks" / "pre-commit", "echo 'checking'; echo 'no ticket number' >&2; exit 1")
    configure(user, "core.hooksPath", str(tmp_path / "hooks"))
    message = left_to_do(start_repository(project))

    assert message.startswith("git could not make the first commit (no ticket number); fix that, then: git")
    assert (project / "README.md").exists()


def test_hook_leaves_something_running(project: Path, user: Path, tmp_path: Path) -> None:
    """A background process that holds the output open does not hold us up."""
    executable(tmp_path / "hooks" / "post-commit", "sleep 5 &")
    configure(user, "core.hooksPath", str(tmp_path / "hooks"))
    started = time.monotonic()

    assert start_repository(project).committed
    assert time.monotonic() - started < 4


def test_interrupted_command_is_stopped(tmp_path: Path, user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while git runs ends git before it is passed on."""
    configure(user, "alias.wait", f"!touch {tmp_path}/started; sleep 0.5; touch {tmp_path}/finished")

    def interrupt(_process: subprocess.Popen[bytes], _seconds: float | None = None) -> int:
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "wait", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_git(tmp_path, "wait")
    time.sleep(0.7)

    assert not (tmp_path / "finished").exists()


def test_interrupt_that_leaves_a_lock_holds_nothing_up(tmp_path: Path, user: Path) -> None:
    """Ctrl-C right after Popen took its lock, which is then never released, still ends git and the wait."""
    configure(user, "alias.wait", "!sleep 60")
    waits = subprocess.Popen.wait
    interrupted: list[subprocess.Popen[bytes]] = []

    def interrupt(process: subprocess.Popen[bytes], seconds: float | None = None) -> int:
        if not interrupted:
            process._waitpid_lock.acquire()  # type: ignore[attr-defined]  # noqa: SLF001
            interrupted.append(process)
            raise KeyboardInterrupt
        assert seconds is not None
        return waits(process, seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(git_command, "GRACE_SECONDS", 0.1)
        patch.setattr(subprocess.Popen, "wait", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run_git(tmp_path, "wait")

    (process,) = interrupted
    process._waitpid_lock.release()  # type: ignore[attr-defined]  # noqa: SLF001
    assert -signal.SIGTERM == process.wait()


def test_hook_that_prints_without_end(
    project: Path, user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read up to a limit, and ended by the pipe that closes: neither disk nor time is lost to it."""
    executable(tmp_path / "hooks" / "pre-commit", "while :; do echo 'error: no end'; done")
    configure(user, "core.hooksPath", str(tmp_path / "hooks"))
    monkeypatch.setattr(git_command, "OUTPUT_BYTES", 1 << 18)
    started = time.monotonic()
    message = left_to_do(start_repository(project))

    assert time.monotonic() - started < 30  # and not the 60 seconds that a commit may take
    assert message.startswith("git could not make the first commit (")
