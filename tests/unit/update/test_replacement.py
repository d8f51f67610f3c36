"""Files change places all together or not at all, whatever happens in between."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from support.killed import kill, moves
from support.small_releases import commit, git, snapshot, write

from fwstart.errors import FwstartError
from fwstart.update import replacement
from fwstart.update.journal import Journal
from fwstart.update.merge import Scratch
from fwstart.update.putting_back import put_back_abandoned
from fwstart.update.replacement import fingerprints, replace_files
from fwstart.update.workplace import Workplace, find_workplace

NUMBERS = "".join(f"{number}\n" for number in range(9))
OLD = {"README.md": "One.\n", "old.txt": "old\n", "src/model.py": NUMBERS}


@pytest.fixture
def project(tmp_path: Path, clean_home: Path) -> Path:  # noqa: ARG001
    """Return a project with an edit that conflicts with the newer release, and a file that git ignores."""
    folder = tmp_path / "project"
    write(folder, {**OLD, "README.md": "Mine.\n", ".gitignore": "runs/\n"})
    (folder / "src/model.py").chmod(0o755)
    git(folder, "init", "--quiet")
    commit(folder)
    write(folder, {"runs/model.pt": "trained for days\n"})
    return folder


def update(project: Path) -> None:
    """Replace what differs between two releases: a file gone, one in conflict, one changed, two new ones."""
    folder = Path(tempfile.mkdtemp(dir=project.parent))
    write(folder / "old", OLD)
    new = {"src/model.py": NUMBERS + "9\n", "src/new.py": "new = True\n", "deep/er/file.txt": "deep\n"}
    write(folder / "new", {**OLD, "README.md": "One!\n", **new})
    (folder / "new/old.txt").unlink()
    scratch = Scratch(folder, project)
    merged = scratch.merge(scratch.tree_of(folder / "old"), scratch.tree_of(folder / "new"), theirs="v2")
    replace_files(workplace(project), scratch, merged, fingerprints(project, merged.changes))


def workplace(project: Path) -> Workplace:
    """Return where the project's updates keep their files."""
    place = find_workplace(project)
    assert place is not None
    return place


def test_whole(project: Path) -> None:
    """Everything is in its place, the workplace is gone, and git shows changes and conflicts."""
    update(project)

    assert not workplace(project).folder.exists()
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=project, capture_output=True, text=True, check=True
    )
    assert {"UU README.md", " D old.txt", " M src/model.py", "?? deep/", "?? src/new.py"} == set(
        status.stdout.splitlines()
    )
    assert os.access(project / "src/model.py", os.X_OK)


def test_conflict_is_resolved_as_usual(project: Path) -> None:
    """All three versions are in git: `git checkout --theirs` and `--ours` work."""
    update(project)

    git(project, "checkout", "--theirs", "README.md")
    assert "One!\n" == (project / "README.md").read_text()
    git(project, "checkout", "--ours", "README.md")
    assert "Mine.\n" == (project / "README.md").read_text()


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, SystemExit])
@pytest.mark.parametrize("number", range(5))  # so many moves there are
def test_broken_off(
    project: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[BaseException]
) -> None:
    """After Ctrl-C, a full disk or a signal at any move, every file is the same: bytes, mode, time, index."""

    def interrupt(count: int) -> None:
        if count == number:
            raise error

    before = snapshot(project)
    moves(monkeypatch, interrupt)
    with pytest.raises(error):
        update(project)

    assert before == snapshot(project)


def test_broken_off_at_the_index(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last step is undone like the others."""
    before = snapshot(project)
    install = replacement.install_index

    def installed(place: Workplace, journal: Journal) -> None:
        install(place, journal)
        raise KeyboardInterrupt

    monkeypatch.setattr(replacement, "install_index", installed)
    with pytest.raises(KeyboardInterrupt):
        update(project)

    assert before == snapshot(project)


@pytest.mark.parametrize("number", range(6))  # the last one: when the index has been installed
def test_killed(project: Path, number: int) -> None:
    """What `kill -9` leaves half done, the next update puts back."""
    before = snapshot(project)
    kill(lambda: update(project), number)

    outcome = put_back_abandoned(project)
    assert outcome is not None
    assert () == outcome.left
    assert before == snapshot(project)
    assert not put_back_abandoned(project)


def test_second_update_meanwhile(project: Path) -> None:
    """While one is at work, another is refused, and does not take its workplace for abandoned."""
    script = (
        "import sys, time; from pathlib import Path\n"
        "from fwstart.update.workplace import find_workplace\n"
        "place = find_workplace(Path(sys.argv[1])); place.folder.mkdir()\n"
        "with place.locked(): print('locked', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, project], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        with pytest.raises(FwstartError, match="Another fwstart is updating"):
            put_back_abandoned(project)
        process.kill()

    assert not put_back_abandoned(project)


@pytest.mark.parametrize("path", ["src/new.py", "deep", "deep/er"])
def test_ignored_file_in_the_way(project: Path, path: str) -> None:
    """A file that git ignores is never overwritten: the update is refused, with its name."""
    (project / ".git/info/exclude").write_text(f"/{path}\n")
    write(project, {path: "mine\n"})
    before = snapshot(project)
    with pytest.raises(FwstartError, match=r"The update adds files in the place of files that git ignores: "):
        update(project)

    assert before == snapshot(project)


def test_link_in_the_way(project: Path, tmp_path: Path) -> None:
    """No file is written through a link that leads out of the project."""
    (tmp_path / "elsewhere").mkdir()
    (project / "deep").symlink_to(tmp_path / "elsewhere")
    (project / ".git/info/exclude").write_text("/deep\n")
    with pytest.raises(FwstartError, match="git ignores: deep"):
        update(project)

    assert [] == list((tmp_path / "elsewhere").iterdir())


def test_filters_of_the_repository(project: Path) -> None:
    """A repository that checks out with carriage returns gets the new files so as well."""
    (project / ".gitattributes").write_text("*.py text eol=crlf\n")
    commit(project)
    update(project)

    assert b"new = True\r\n" == (project / "src/new.py").read_bytes()
    assert " M src/model.py" in git(project, "status", "--porcelain")
