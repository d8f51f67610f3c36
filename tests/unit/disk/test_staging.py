"""A project appears whole or not at all, whatever happens in between."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.staging_trees import PROJECT_FILES, create, files_in, target, tree, write

from fwstart.disk import leftovers, staging
from fwstart.disk.leftovers import acquire
from fwstart.disk.staging import staged
from fwstart.errors import FwstartError

__all__ = ["target"]  # a fixture


def test_project_appears(target: Path) -> None:
    """The target holds the project and what it held before; beside it nothing is left."""
    create(target)
    files = files_in(target)
    files.pop(".git/HEAD", None)

    assert files == PROJECT_FILES
    assert os.listdir(target.parent) == ["demo"]  # noqa: PTH208
    assert not list(target.glob(".demo.fwstart-*"))


@pytest.mark.parametrize(
    "error",
    [KeyboardInterrupt(), SystemExit(143), OSError(errno.ENOSPC, "full"), FwstartError("no", fix="so")],
)
def test_block_fails(target: Path, error: BaseException) -> None:
    """Nothing of ours is left, and what was there is as before."""
    before = tree(target.parent)

    with pytest.raises((type(error), FwstartError)), staged(target) as folder:  # noqa: PT012
        write(folder)
        raise error

    assert tree(target.parent) == before


def test_missing_parents_are_made(tmp_path: Path) -> None:
    """A project may be created several folders down."""
    create(tmp_path / "a" / "b" / "demo")

    assert files_in(tmp_path / "a" / "b" / "demo") == PROJECT_FILES


def test_made_parents_are_removed_after_a_failure(tmp_path: Path) -> None:
    """Only those that this run made go."""
    (tmp_path / "a").mkdir()

    with pytest.raises(KeyboardInterrupt), staged(tmp_path / "a" / "b" / "c" / "demo"):
        raise KeyboardInterrupt

    assert tree(tmp_path) == {"a": None}


def test_parent_with_foreign_content_survives_a_failure(tmp_path: Path) -> None:
    """What another put into a folder that we made keeps the folder."""
    with pytest.raises(KeyboardInterrupt), staged(tmp_path / "b" / "demo"):  # noqa: PT012
        write(tmp_path / "b", {"note": "mine"})
        raise KeyboardInterrupt

    assert tree(tmp_path) == {"b": None, "b/note": "mine"}


def test_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.` works, and stays the same folder for the shell that stands in it."""
    monkeypatch.chdir(tmp_path)
    create(Path())

    assert files_in(Path.cwd()) == PROJECT_FILES


def test_link_to_an_empty_folder(tmp_path: Path) -> None:
    """The project lands where the link leads; the link stays a link."""
    (tmp_path / "real").mkdir()
    (tmp_path / "demo").symlink_to("real")
    create(tmp_path / "demo")

    assert files_in(tmp_path / "real") == PROJECT_FILES
    assert (tmp_path / "demo").is_symlink()


def test_relative_target_below_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`..` after a link means the folder above the link's end, as for the system."""
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "link").symlink_to("far/away")
    monkeypatch.chdir(tmp_path)
    create(Path("link/../demo"))

    assert files_in(tmp_path / "far" / "demo") == PROJECT_FILES


@pytest.mark.parametrize("rival", [{"demo": "a file"}, {"demo/theirs": "x"}])
def test_new_target_appears_meanwhile(tmp_path: Path, rival: dict[str, str]) -> None:
    """Who was there first keeps the place."""
    with pytest.raises(FwstartError, match="appeared while"), staged(tmp_path / "demo") as folder:  # noqa: PT012
        write(folder)
        write(tmp_path, rival)

    assert files_in(tmp_path) == rival


def test_content_appears_meanwhile(tmp_path: Path) -> None:
    """An existing target is looked at again before the moves."""
    with pytest.raises(FwstartError, match=r"not empty: it contains README\.md"), staged(tmp_path) as folder:  # noqa: PT012
        write(folder)
        write(tmp_path, {"README.md": "theirs"})

    assert tree(tmp_path) == {"README.md": "theirs"}


def test_entry_appears_during_the_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not overwritten, and what was moved before is taken back."""

    def write_journal(folder: Path) -> None:
        leftovers.write_journal(folder)
        write(tmp_path, {"src": "theirs"})

    monkeypatch.setattr(staging, "write_journal", write_journal)

    with pytest.raises(FwstartError, match="src appeared while"):
        create(tmp_path)

    assert tree(tmp_path) == {"src": "theirs"}


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.EIO, "broken")])
def test_failure_during_the_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """What was moved is taken back; `.git` stays."""
    write(tmp_path, {".git/HEAD": "x"})
    rename = Path.rename

    def failing(path: Path, destination: Path) -> Path:
        if path.name == "src":
            raise error
        return rename(path, destination)

    monkeypatch.setattr(Path, "rename", failing)

    with pytest.raises((KeyboardInterrupt, FwstartError)):
        create(tmp_path)

    assert tree(tmp_path) == {".git": None, ".git/HEAD": "x"}


def test_second_interrupt_does_not_stop_the_cleanup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An impatient second Ctrl-C leaves nothing behind either, and Ctrl-C works again afterwards."""

    def interrupted(*arguments: object) -> None:
        signal.raise_signal(signal.SIGINT)
        leftovers.discard(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(staging, "discard", interrupted)

    with pytest.raises(KeyboardInterrupt, match="first"), staged(tmp_path / "demo"):
        raise KeyboardInterrupt("first")

    assert tree(tmp_path) == {}
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_cleanup_that_fails_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be removed is named."""
    monkeypatch.setattr(staging, "discard", lambda _staging, lock: lock.release())

    with pytest.raises(FwstartError, match="disk is full") as caught, staged(tmp_path / "demo"):
        raise OSError(errno.ENOSPC, "full")

    assert caught.value.fix.endswith("could not be removed: remove it by hand.")


def test_new_folder_is_mistaken_for_abandoned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run may clear a staging folder away before it is locked: locking is tried again."""
    attempts = []

    def stolen_once(folder: Path) -> object:
        attempts.append(folder)
        if len(attempts) == 1:
            raise TimeoutError
        return acquire(folder)

    monkeypatch.setattr(staging, "acquire", stolen_once)
    create(tmp_path / "demo")

    assert len(attempts) == 2
    assert files_in(tmp_path / "demo") == PROJECT_FILES


def test_interrupt_from_outside(tmp_path: Path) -> None:
    """SIGINT in the middle leaves nothing."""
    script = (
        "import sys, time; from pathlib import Path; from fwstart.disk.staging import staged\n"
        "with staged(Path(sys.argv[1])) as folder:\n"
        "    (folder / 'x').write_text('x'); print('here', flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "a" / "demo")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.wait(30)

    assert tree(tmp_path) == {}
    assert time.monotonic() - started < 30
