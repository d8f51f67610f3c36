"""What somebody does while an update is being made stays: the update is undone, or leaves it alone."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.killed import kill, moves
from support.small_releases import FIRST, SECOND, commit, cut, git, make, snapshot, write

from fwstart.cli.app import main
from fwstart.errors import FwstartError
from fwstart.update import replacement
from fwstart.update.putting_back import put_back_abandoned

README, MODEL, NEW = "README.md", "src/demo/model.py", "src/demo/new.py"


@pytest.fixture
def newer(checkout: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with an edit that conflicts with the newer release."""
    write(project, {README: FIRST["README.md.jinja"].replace("One", "Mine")})
    commit(project)
    cut(checkout, "0.2.0", SECOND)
    monkeypatch.chdir(project.parent)
    return Path("demo")


def edit(project: Path) -> None:
    (project / MODEL).write_text("typed just now\n")


def new_file(project: Path) -> None:
    (project / NEW).write_text("typed just now\n")


def new_folder(project: Path) -> None:
    write(project, {f"{NEW}/inner.txt": "typed just now\n"})


def append(project: Path) -> None:
    """Write into a file without replacing it, as `>>` does."""
    with (project / MODEL).open("a") as file:
        file.write("typed just now\n")


def committed(project: Path) -> None:
    write(project, {"notes.txt": "typed just now\n"})
    git(project, "add", "notes.txt")
    git(project, "commit", "--quiet", "--message", "meanwhile")


def link(project: Path) -> None:
    (project / "src").rename(project.absolute().with_name("elsewhere"))
    (project / "src").symlink_to(project.absolute().with_name("elsewhere"))


@pytest.mark.parametrize("number", [0, 1])  # before the first move, and before the second
@pytest.mark.parametrize(
    "work", [edit, new_file, new_folder, append, committed, link], ids=lambda one: one.__name__
)
def test_work_meanwhile_stays(
    newer: Path, monkeypatch: pytest.MonkeyPatch, work: Callable[[Path], None], number: int
) -> None:
    """A file that is written, made or committed while others are moved stops the update, and stays."""
    before = {name: entry[2] for name, entry in snapshot(newer).items() if not name.startswith(".git/")}
    moves(monkeypatch, lambda count: work(newer) if count == number else None)
    with pytest.raises(
        FwstartError, match=r"changed while the project was updated|got another commit"
    ) as caught:
        make(newer)

    assert "put back" in caught.value.fix
    texts = [path.read_text() for path in newer.rglob("*.*") if path.is_file() and ".git" not in path.parts]
    assert work is link or any("typed just now\n" in text for text in texts)
    assert before[README] == (newer / README).read_bytes()
    assert before["old.txt"] == (newer / "old.txt").read_bytes()
    assert work is link or not (newer / NEW).is_file() or (newer / NEW).read_text() == "typed just now\n"
    assert not (newer / ".git/fwstart-update").exists()


def test_saved_in_the_last_moment(newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor that still writes to the file which was moved away has its text put back with it."""
    opened = (newer / MODEL).open("a")
    check = replacement._check_unchanged  # noqa: SLF001

    def late(*arguments: object) -> None:
        opened.write("typed just now\n")
        opened.close()
        check(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(replacement, "_check_unchanged", late)
    with pytest.raises(FwstartError, match="changed while the project was updated"):
        make(newer)

    assert (newer / MODEL).read_text().endswith("line_39 = 39\ntyped just now\n")


def test_what_is_staged_meanwhile_stays(newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`git add` while files are moved is in the index afterwards, next to the marks of the conflict."""
    top_level = newer / "notes.txt"

    def stage(count: int) -> None:
        if count == 2:
            top_level.write_text("staged\n")
            git(newer, "add", "notes.txt")

    moves(monkeypatch, stage)
    make(newer)

    assert {"A  notes.txt", "UU README.md"} <= {*git(newer, "status", "--porcelain").splitlines()}


def test_file_is_never_missing(newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that changes is there at every move: a commit of everything could not delete it."""
    seen = []
    moves(monkeypatch, lambda _: seen.append([(newer / name).exists() for name in (README, MODEL)]))
    make(newer)

    assert seen
    assert all(all(there) for there in seen)


@pytest.mark.parametrize("number", range(5))
def test_half_committed_is_at_the_old_release(newer: Path, number: int) -> None:
    """Killed anywhere and committed by accident, a project still says its old release: the rest comes."""
    kill(lambda: make(newer), number)
    git(newer, "add", "--all", ".")
    git(newer, "commit", "--quiet", "--allow-empty", "--message", "accident")

    assert "_commit: v0.1.0\n" in (newer / ".copier-answers.yml").read_text()
    assert main(["update", "demo"]) in {0, 1}
    assert "_commit: v0.2.0\n" in (newer / ".copier-answers.yml").read_text()
    assert "line_5 = 55" in (newer / MODEL).read_text()
    assert (newer / NEW).exists()


def test_ignored_link_where_a_file_comes(newer: Path, tmp_path: Path) -> None:
    """A link to a folder, in a folder where a file is to come, is in the way like a file."""
    (tmp_path / "data").mkdir()
    (newer / NEW).mkdir()
    (newer / NEW / "data").symlink_to(tmp_path / "data")
    (newer / ".git/info/exclude").write_text("data\n")
    with pytest.raises(FwstartError, match=r"that git ignores: src/demo/new\.py/data\."):
        make(newer)

    assert (newer / NEW / "data").is_symlink()


def test_stash_is_no_change(newer: Path) -> None:
    """With `status.showStash` git tells of the stash in between: that is no file."""
    (newer / README).write_text("later\n")
    git(newer, "stash", "--quiet")
    git(newer, "config", "status.showStash", "true")

    assert 1 == main(["update", "demo"])  # the conflict
    assert (newer / NEW).exists()


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_hidden_and_unedited(newer: Path, flag: str) -> None:
    """A file that git does not look at is refused also where it is as committed: no commit would take it."""
    git(newer, "update-index", flag, MODEL)
    with pytest.raises(FwstartError, match=MODEL):
        make(newer)


def test_new_files_that_git_ignores(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The printed command commits new files that the user's rules match, too."""
    (newer / ".git/info/exclude").write_text("new.py\n")
    (newer / README).write_text("taken as it is\n")
    git(newer, "rm", "--quiet", "--force", README)
    git(newer, "commit", "--quiet", "--message", "no README")

    assert 0 == main(["update", "demo"])
    command = capsys.readouterr().out.rstrip().rpartition("then: ")[2]
    assert "add --force -- src/demo/new.py" in command
    subprocess.run(command, shell=True, check=True, capture_output=True)  # noqa: S602
    assert "src/demo/new.py" in git(newer, "ls-files")


def test_link_to_a_pipe(newer: Path, tmp_path: Path) -> None:
    """A committed link to a pipe, renamed because a folder comes, is not opened: that would wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    (newer / "src/demo/new.py").symlink_to(tmp_path / "pipe")
    commit(newer)

    assert 1 == main(["update", "demo"])
    assert "new = True\n" == (newer / "src/demo/new.py~fwstart-0.2.0").read_text()
    assert str(tmp_path / "pipe") in {str(path.readlink()) for path in newer.rglob("*") if path.is_symlink()}


def test_half_updated_where_git_does_not_help(
    newer: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without git, or where it refuses, a half updated project is not called up to date."""
    kill(lambda: make(newer), 5)
    git(newer, "config", "core.bare", "true")
    for flags in ([], ["--check"], ["--diff"]):
        assert 1 == main(["update", "demo", *flags])
        assert "was stopped halfway" in capsys.readouterr().err
    monkeypatch.setenv("PATH", "")
    for flags in ([], ["--check"], ["--diff"]):
        assert 1 == main(["update", "demo", *flags])
        assert "was stopped halfway" in capsys.readouterr().err


def test_half_updated_and_moved(newer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A project of a larger repository that was moved after a kill is named by where it was."""
    top = tmp_path / "mono"
    top.mkdir()
    git(top, "init", "--quiet")
    (newer / ".git").rename(tmp_path / "unused")
    newer.absolute().rename(top / "app")
    commit(top)
    kill(lambda: make(top / "app"), 3)
    (top / "app").rename(top / "app2")

    assert 1 == main(["update", str(top / "app2"), "--check"])
    assert "An update of app/ was stopped halfway, and that folder is not there" in capsys.readouterr().err
    (top / "app2").rename(top / "app")
    assert put_back_abandoned(top / "app") is not None
    assert "" == git(top, "status", "--porcelain")


def test_checked_while_it_is_updated(newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another update is at work, `--check` says that, and not that it was stopped."""
    said = []
    script = "import sys; from fwstart.cli.app import main; sys.exit(main(['update', 'demo', '--check']))"

    def look(count: int) -> None:
        if count == 1:
            command = [sys.executable, "-c", script]
            said.append(subprocess.run(command, capture_output=True, text=True, check=False).stderr)

    moves(monkeypatch, look)
    make(newer)

    assert "Another fwstart is updating" in said[0]


def test_clash_under_a_name_that_git_made_up(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A release's file where the user has a folder is kept by git's name for it, and nobody deleted that."""
    (newer / README).unlink()
    write(newer, {f"{README}/notes.txt": "mine\n"})
    commit(newer)

    assert 1 == main(["update", "demo"])
    out = capsys.readouterr().out
    assert "You deleted" not in out
    assert "README.md~fwstart-0.2.0" in out
    assert "One!" in (newer / "README.md~fwstart-0.2.0").read_text()
