"""After a killed update: what it wrote is taken back, and whatever somebody did since stays."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.killed import kill
from support.small_releases import FIRST, SECOND, commit, cut, git, make, snapshot, write

from fwstart.cli.app import main
from fwstart.errors import FwstartError
from fwstart.update.putting_back import put_back_abandoned
from fwstart.update.workplace import NAME, find_workplace

README, MODEL, NEW = "README.md", "src/demo/model.py", "src/demo/new.py"
# Moves: old.txt goes, then README.md, the model, the new module and the answers file change, one each.
LAST = 5  # the marks of the conflict have come into git's index
SOME = (2, LAST)


@pytest.fixture
def newer(checkout: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with an edit that conflicts with the newer release."""
    write(project, {README: FIRST["README.md.jinja"].replace("One", "Mine")})
    commit(project)
    cut(checkout, "0.2.0", SECOND)
    monkeypatch.chdir(project.parent)
    return Path("demo")


def killed(project: Path, number: int) -> None:
    kill(lambda: make(project), number)
    assert journal(project).exists()


def restored(project: Path) -> None:
    """Put the files back by hand."""
    git(project, "reset", "--quiet", "--hard")
    git(project, "clean", "--quiet", "--force", "-d")


def worked_on(project: Path) -> None:
    """Put the files back by hand, and work on."""
    restored(project)
    write(project, {README: "my later work\n", NEW: "my own module\n", "old.txt": "kept and extended\n"})


def worked_on_and_committed(project: Path) -> None:
    """Put the files back by hand, work on, commit."""
    worked_on(project)
    commit(project, "later work")


def half_committed(project: Path) -> None:
    """Commit what the killed update left, by accident."""
    git(project, "add", "--all", ".")
    git(project, "commit", "--quiet", "--allow-empty", "--message", "accident")


def went_elsewhere(project: Path) -> None:
    """Set the changes aside, and begin a branch with other work."""
    git(project, "add", "--all", ".")
    git(project, "stash", "--quiet")
    git(project, "switch", "--quiet", "--create", "topic")
    write(project, {MODEL: "another model\n"})
    commit(project, "topic")


def folders_for_files(project: Path) -> None:
    """Put folders and links in the place of files."""
    for name in (README, MODEL, "old.txt"):
        (project / name).unlink(missing_ok=True)
    write(project, {f"{README}/notes.txt": "mine\n", f"{MODEL}/notes.txt": "mine\n"})
    (project / "old.txt").symlink_to("nowhere")


def file_for_a_folder(project: Path) -> None:
    """Put a file in the place of a folder."""
    shutil.rmtree(project / "src")
    (project / "src").write_text("mine\n")


AFTERWARDS = (
    restored,
    worked_on,
    worked_on_and_committed,
    half_committed,
    went_elsewhere,
    folders_for_files,
    file_for_a_folder,
)


def files(project: Path) -> dict[str, bytes | str]:
    return {name: entry[2] for name, entry in snapshot(project).items() if not name.startswith(".git/")}


@pytest.mark.parametrize("number", SOME)
@pytest.mark.parametrize("afterwards", AFTERWARDS, ids=lambda one: one.__name__)
def test_work_after_a_kill_stays(newer: Path, afterwards: Callable[[Path], None], number: int) -> None:
    """Whenever it was killed and whatever was done since: a file is the user's, or as before the update."""
    before = files(newer)
    killed(newer, number)
    half = files(newer)
    afterwards(newer)
    mine = files(newer)
    outcome = put_back_abandoned(newer)
    assert outcome is not None

    now = files(newer)
    ours = {name for name in half if half[name] != before.get(name)} | {
        name for name in before if name not in half
    }
    for name in now.keys() | mine.keys() | before.keys():
        allowed = [mine.get(name)]
        if name in ours and mine.get(name) == half.get(name) and name not in outcome.left:
            allowed = [before.get(name)]  # what the update did and nobody touched
        elif mine.get(name) == "" and name not in before:
            allowed = ["", None]  # a folder that the update made
        assert now.get(name) in allowed, name
    assert not journal(newer).exists()


@pytest.mark.parametrize("number", SOME)
def test_work_stays_through_the_next_update(newer: Path, number: int) -> None:
    """The whole way: killed, restored by hand, worked on, committed, updated: the work is in the files."""
    killed(newer, number)
    restored(newer)
    model = newer / MODEL
    model.write_text(model.read_text().replace("line_30 = 30", "line_30 = 'mine'"))
    commit(newer)

    assert 1 == main(["update", "demo"])  # the conflict in README.md
    assert "line_30 = 'mine'" in model.read_text()
    assert "line_5 = 55" in model.read_text()
    assert "UU README.md" in git(newer, "status", "--porcelain")


def test_what_lies_where_is_said(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files that stay as they are are named; their versions from before the update are kept, and named."""
    before = (newer / README).read_text()
    killed(newer, LAST)
    write(newer, {README: "my later work\n"})

    assert 1 == main(["update", "demo"])
    error = capsys.readouterr().err
    assert "changed or committed since, and stay as they are: README.md." in error
    kept = Path(error.split("is kept in ")[1].split("\n")[0].rstrip("."))
    assert before == (kept / README).read_text()
    assert "my later work\n" == (newer / README).read_text()
    assert "not committed: README.md" in error


def test_conflict_marks_that_git_has_written_again(newer: Path) -> None:
    """Where git has written its index since, the marks of the conflict are taken out one by one."""
    killed(newer, LAST)
    os.utime(newer / "image.png", (0, 0))
    write(newer, {"notes.txt": "mine\n"})
    git(newer, "add", "notes.txt")
    assert "UU README.md" in git(newer, "status", "--porcelain")
    put_back_abandoned(newer)

    assert "A  notes.txt" == git(newer, "status", "--porcelain")


def test_lock_of_the_index_that_was_left(newer: Path) -> None:
    """Killed while git's index was locked, the next update unlocks it."""
    killed(newer, LAST)
    place = find_workplace(newer)
    assert place is not None
    place.index_held().__enter__()
    put_back_abandoned(newer)

    assert not (newer / ".git/index.lock").exists()
    assert "" == git(newer, "status", "--porcelain")


def test_another_git_holds_the_index(newer: Path) -> None:
    """While another git is at work the update is refused, and nothing is changed."""
    shutil.copy(
        newer / ".git/index", newer / ".git/index.lock"
    )  # as a git that is about to be done leaves it
    before = snapshot(newer)
    with pytest.raises(
        FwstartError, match=r"Another git process is using this repository: .*index\.lock exists"
    ):
        make(newer)

    assert before == snapshot(newer)


def journal(project: Path) -> Path:
    return project / ".git" / NAME / "journal.json"


def test_journal_through_a_link(newer: Path, tmp_path: Path) -> None:
    """A folder that has become a link is not followed: files on the other side are left alone."""
    killed(newer, LAST)
    (newer / "src").rename(tmp_path / "elsewhere")
    (newer / "src").symlink_to(tmp_path / "elsewhere")
    there = {path: path.read_bytes() for path in (tmp_path / "elsewhere").rglob("*.py")}
    outcome = put_back_abandoned(newer)

    assert outcome is not None
    assert {MODEL, NEW} == set(outcome.left)
    assert there == {path: path.read_bytes() for path in (tmp_path / "elsewhere").rglob("*.py")}


@pytest.mark.parametrize("kind", ["file", "link"])
def test_something_else_in_the_place_of_the_workplace(newer: Path, kind: str, tmp_path: Path) -> None:
    """A file or a link where the workplace would be is named, and not followed."""
    place = newer / ".git" / NAME
    if kind == "file":
        place.touch()
    else:
        place.symlink_to(tmp_path)
    with pytest.raises(FwstartError, match="something else stands in its place"):
        put_back_abandoned(newer)


def test_journal_in_the_working_tree(newer: Path) -> None:
    """What a repository brings as `.fwstart-update` is a folder like any other: nothing in it is read."""
    victim = newer.parent / "victim"
    victim.write_text("not ours\n")
    content = json.dumps({"added": [str(victim.resolve())], "folders": []})
    write(newer, {".fwstart-update/journal.json": content})
    commit(newer)

    assert 1 == main(["update", "demo"])  # the conflict
    assert victim.exists()
    assert content == (newer / ".fwstart-update/journal.json").read_text()


@pytest.mark.parametrize("number", SOME)
def test_nothing_of_a_killed_update_can_be_committed(newer: Path, number: int) -> None:
    """`git add --all` after a kill finds the project's own files alone."""
    killed(newer, number)
    git(newer, "add", "--all", ".")

    expected = {*files(newer)} - {"src", "src/demo", "docs"}
    assert expected == set(git(newer, "ls-files").splitlines())
