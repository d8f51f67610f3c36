"""Output that nobody can read: exit codes say what was done to files, or that the result is lost."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import pytest
from support.command_line import without_warnings
from support.small_releases import SECOND, commit, cut, git

from fwstart.cli.app import main
from fwstart.new import command as creation
from fwstart.update import command as updating

needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
NEW = ("new", "x", "--framework", "keras", "--yes")
RESULTS = [  # commands whose output is their result, and how they end where it can be written
    (("--version",), 0),
    (("advise", "--yes"), 0),
    (("advise", "--json"), 0),
    (("advise", "--markdown"), 0),
    (("advise", "--explain", "style"), 0),
    ((*NEW, "--dry-run"), 0),
    ((*NEW, "--dry-run", "--json"), 0),
    (("update", "demo", "--check"), 3),
    (("update", "demo", "--check", "--json"), 3),
    (("update", "demo", "--diff"), 0),
    (("update", "demo", "--diff", "--json"), 0),
    (("doctor",), 0),
    (("doctor", "--json"), 0),
]
HELP = [("--help",), ("new", "--help"), ("update", "-h")]
MADE = "The project in x is complete, with a first commit.\n"
UPDATED = "The update of demo to release 0.2.0 was made"
CHANGES = [
    (NEW, MADE),
    ((*NEW, "--json"), MADE),
    ((*NEW, "--no-git"), "The project in x is complete.\n"),
    (("update", "demo"), f"{UPDATED}.\n"),
    (("update", "demo", "--json"), f"{UPDATED}.\n"),
]
INTERRUPTS = [(KeyboardInterrupt(), 130), (SystemExit(143), 143)]
Run = Callable[[TextIO, tuple[str, ...]], tuple[int, str]]
NO_ROOM = "No space left on device"


@pytest.fixture(autouse=True)
def newer(checkout: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work beside a project, demo, for which there is a newer release."""
    cut(checkout, "0.2.0", SECOND)
    monkeypatch.chdir(project.parent)
    return Path("demo")


@pytest.fixture
def full() -> Iterator[TextIO]:
    """Return a stream on a disk without room."""
    with suppress(OSError), Path("/dev/full").open("w", encoding="utf-8") as stream:
        yield stream


@pytest.fixture
def unread() -> Iterator[TextIO]:
    """Return a pipe whose reader has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    with suppress(OSError), os.fdopen(writing, "w", encoding="utf-8") as stream:
        yield stream


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command with a stream as stdout: its exit code, and stderr."""

    def run(stream: TextIO, arguments: tuple[str, ...]) -> tuple[int, str]:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", stream)
            code = main(arguments)
        return code, without_warnings(capsys.readouterr().err)

    return run


def check_done(arguments: tuple[str, ...]) -> None:
    """Check that the command's work is there, whole."""
    if arguments[0] == "new":
        assert (Path("x") / ".copier-answers.yml").exists()
        assert ("--no-git" in arguments) != bool((Path("x") / ".git").exists() and git(Path("x"), "log"))
    else:
        assert "_commit: v0.2.0" in (Path("demo") / ".copier-answers.yml").read_text(encoding="utf-8")


@needs_full
@pytest.mark.parametrize("arguments", [*(arguments for arguments, _ in RESULTS), *HELP])
def test_result_without_room(run: Run, full: TextIO, arguments: tuple[str, ...]) -> None:
    """A result that could not be written is a failure."""
    code, err = run(full, arguments)

    assert (1, f"error: {NO_ROOM}.") == (code, err.splitlines()[0])
    assert not Path("x").exists()


@pytest.mark.parametrize(("arguments", "code"), [*RESULTS, *((arguments, 0) for arguments in HELP)])
def test_result_unread(run: Run, unread: TextIO, arguments: tuple[str, ...], code: int) -> None:
    """A reader that closes the pipe has read enough: the exit code is the one without a pipe, and no word."""
    assert (code, "") == run(unread, arguments)


@needs_full
@pytest.mark.parametrize(("arguments", "done"), CHANGES)
def test_change_without_room(run: Run, full: TextIO, arguments: tuple[str, ...], done: str) -> None:
    """The work is done, the exit code says so, and stderr says what was done."""
    warning = f"warning: the output could not be written: {NO_ROOM}.\n"

    assert (0, f"{warning}{done}") == run(full, arguments)
    check_done(arguments)


@pytest.mark.parametrize(("arguments", "done"), CHANGES)
def test_change_unread(run: Run, unread: TextIO, arguments: tuple[str, ...], done: str) -> None:
    """`| head -1` neither keeps the work from being done nor changes the exit code."""
    assert (0, done) == run(unread, arguments)
    check_done(arguments)


def test_conflict_unread(run: Run, newer: Path, unread: TextIO) -> None:
    """Conflicts are exit code 1 and named on stderr."""
    readme = newer / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8").replace("One.", "Mine."), encoding="utf-8")
    commit(newer)

    assert (1, f"{UPDATED}; conflicts to resolve: README.md.\n") == run(unread, ("update", "demo", "--json"))
    check_done(("update",))


@pytest.mark.parametrize(
    "arguments", [("update", "demo", "--to", "9"), ("new", "demo", "--framework", "keras")]
)
def test_refusal_unread(run: Run, unread: TextIO, arguments: tuple[str, ...]) -> None:
    """What was refused is not done because nobody reads."""
    assert run(unread, arguments)[0] in {1, 2}
    assert "" == git(Path("demo"), "status", "--porcelain")


@needs_full
@pytest.mark.parametrize(("arguments", "code"), [((*NEW, "--yes=1"), 2), (("update", "no"), 1), (NEW, 0)])
def test_stderr_without_room(
    full: TextIO, arguments: tuple[str, ...], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words beside the result that find no room change nothing."""
    monkeypatch.setattr(sys, "stderr", full)

    assert code == main(arguments)


@pytest.mark.parametrize(("stop", "code"), INTERRUPTS)
@pytest.mark.parametrize(
    ("arguments", "module", "name", "done"),
    [
        (NEW, creation, "start_repository", "The project in x is complete, but has no first commit."),
        (("update", "demo"), updating, "show_outcome", f"{UPDATED}."),
    ],
)
def test_stopped_afterwards(  # noqa: PLR0913, PLR0917  (a table of two dimensions)
    stop: BaseException,
    code: int,
    arguments: tuple[str, ...],
    module: object,
    name: str,
    done: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A signal that comes when only words are missing says what was done."""

    def stopped(*_arguments: object, **_more: object) -> None:
        raise stop

    monkeypatch.setattr(module, name, stopped)

    assert code == main(arguments)
    words = "interrupted" if code == 130 else f"stopped by signal {signal.SIGTERM:d}"
    assert f"error: {words}.\n{done}\n" == capsys.readouterr().err
    assert (Path("x") / ".copier-answers.yml").exists() or arguments[0] == "update"


def test_bug_afterwards(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """So does a bug of ours."""
    monkeypatch.setattr(updating, "show_outcome", lambda *_arguments, **_more: 1 / 0)

    assert 1 == main(["update", "demo"])
    assert capsys.readouterr().err.startswith(f"{UPDATED}.\nerror: this is a bug in fwstart: Zero")
