"""What a killed run leaves is removed by the next; nobody else's files are."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.staging_trees import PROJECT_FILES, create, files_in, target, write

from fwstart.disk.destination import check_target
from fwstart.disk.leftovers import JOURNAL, LOCK, PROJECT, acquire, staging_name
from fwstart.errors import FwstartError

__all__ = ["target"]  # a fixture


DYING = """
import os, signal, sys
from pathlib import Path
from fwstart.disk import leftovers
from fwstart.disk import staging

target, moment = Path(sys.argv[1]), sys.argv[2]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

if moment == "before the lock":
    staging._acquire_new = die
if moment == "before the moves":
    staging._move_to = staging._move_into = die
if moment == "while the journal is written":
    def half(folder):
        (folder / leftovers.JOURNAL).write_text('{"README.md": [7,')
        die()
    staging.write_journal = half
if moment == "between the moves":
    rename = Path.rename
    def rename_and_die(path, destination):
        if path.name == "src":
            die()
        return rename(path, destination)
    Path.rename = rename_and_die
if moment == "after the moves":
    staging.close_journal = die
if moment == "after the last move, journal closed":
    staging._dispose = die

with staging.staged(target) as folder:
    (folder / "README.md").write_text("read me")
    (folder / "src" / "demo").mkdir(parents=True)
    (folder / "src" / "demo" / "__init__.py").write_text("")
    if moment == "while rendering":
        die()
"""


def kill_during(moment: str, target: Path) -> None:
    """Run a `new` in a process of its own that dies by SIGKILL at the given moment."""
    command = [sys.executable, "-c", DYING, str(target), moment]
    assert subprocess.run(command, check=False, timeout=60).returncode == -signal.SIGKILL


@pytest.mark.parametrize("moment", ["before the lock", "while rendering", "before the moves"])
def test_killed_run(target: Path, moment: str) -> None:
    """What `kill -9` left does not stand in the way of the next run, which removes it."""
    kill_during(moment, target)
    check_target(target)
    create(target)
    files = files_in(target.parent)
    files.pop("demo/.git/HEAD", None)

    assert files == {f"demo/{name}": text for name, text in PROJECT_FILES.items()}


@pytest.mark.parametrize("moment", ["between the moves", "after the moves"])
def test_killed_during_the_moves(tmp_path: Path, moment: str) -> None:
    """The next run takes back exactly what was moved into the existing folder."""
    write(tmp_path, {".git/HEAD": "x"})
    kill_during(moment, tmp_path)
    moved = (tmp_path / "README.md").exists()
    create(tmp_path)

    assert moved
    assert files_in(tmp_path) == PROJECT_FILES | {".git/HEAD": "x"}


def test_killed_while_the_journal_is_written(tmp_path: Path) -> None:
    """Half a journal means that nothing was moved yet."""
    kill_during("while the journal is written", tmp_path)
    create(tmp_path)

    assert files_in(tmp_path) == PROJECT_FILES


@pytest.mark.parametrize("exists", [False, True])
def test_killed_after_the_project_was_complete(tmp_path: Path, *, exists: bool) -> None:
    """The project is the user's now: the next run refuses to touch it."""
    target = tmp_path / "demo"
    if exists:
        target.mkdir()
    kill_during("after the last move, journal closed", target)

    with pytest.raises(FwstartError, match=r"not empty: it contains README\.md, src/\.$"):
        create(target)

    assert (target / "README.md").read_text() == "read me"


def test_entry_changed_after_a_kill(tmp_path: Path) -> None:
    """A file that somebody has worked on since is theirs: it is kept and listed as a conflict."""
    kill_during("after the moves", tmp_path)
    (tmp_path / "src" / "demo" / "mine.py").write_text("work")

    with pytest.raises(FwstartError, match=r"not empty: it contains src/\.$"):
        create(tmp_path)

    assert (tmp_path / "src" / "demo" / "mine.py").read_text() == "work"


def test_target_made_after_a_kill(tmp_path: Path) -> None:
    """What was left beside a new target also goes when the user has made the folder since."""
    kill_during("while rendering", tmp_path / "demo")
    (tmp_path / "demo").mkdir()
    create(tmp_path / "demo")

    assert os.listdir(tmp_path) == ["demo"]  # noqa: PTH208


@contextmanager
def running_elsewhere(folder: Path) -> Iterator[Path]:
    """Yield the staging folder of a live run for the target `demo`."""
    other = folder / staging_name("demo", "01234567")
    write(other, {f"{PROJECT}/README.md": "theirs"})
    lock = acquire(other)
    try:
        yield other
    finally:
        lock.release()


def test_running_sibling_is_left_alone(tmp_path: Path) -> None:
    """Two runs at once do not remove each other's work."""
    with running_elsewhere(tmp_path) as other:
        create(tmp_path / "demo")

        assert (other / PROJECT / "README.md").read_text() == "theirs"


def test_running_in_the_same_folder(tmp_path: Path) -> None:
    """Two runs in one existing folder would mix their files: the second is refused."""
    target = tmp_path / "demo"
    target.mkdir()

    with (
        running_elsewhere(target),
        pytest.raises(FwstartError, match="Another fwstart is creating a project"),
    ):
        create(target)

    assert os.listdir(target) == [staging_name("demo", "01234567")]  # noqa: PTH208


@pytest.mark.parametrize(
    ("name", "files"),
    [
        (".demo.fwstart-0123456", {LOCK: ""}),  # a digit short
        (".demo2.fwstart-01234567", {LOCK: ""}),  # of another target
        (".demo.fwstart-01234567", {LOCK: "", "thesis.md": "years of work"}),  # holds something foreign
        (".demo.fwstart-89abcdef", {PROJECT + "/x": ""}),  # never locked: not how a staging folder looks
    ],
)
def test_folder_that_only_looks_like_ours(tmp_path: Path, name: str, files: dict[str, str]) -> None:
    """It is not removed."""
    write(tmp_path / name, files)
    create(tmp_path / "demo")

    assert files_in(tmp_path / name) == files


def test_run_that_ended_before_it_staged_anything(tmp_path: Path) -> None:
    """A staging folder with nothing but a free lock is no content of the target, and goes."""
    write(tmp_path / "demo" / staging_name("demo", "01234567"), {LOCK: ""})
    check_target(tmp_path / "demo")
    create(tmp_path / "demo")

    assert files_in(tmp_path / "demo") == PROJECT_FILES


def test_link_that_looks_like_ours(tmp_path: Path) -> None:
    """A link is never followed to remove what it leads to."""
    write(tmp_path / "precious", {LOCK: "", JOURNAL: json.dumps({})})
    (tmp_path / staging_name("demo", "01234567")).symlink_to("precious")
    create(tmp_path / "demo")

    assert files_in(tmp_path / "precious") == {LOCK: "", JOURNAL: "{}"}
