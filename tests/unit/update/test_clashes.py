"""Files, folders, links and repositories of one name: all of an update is made, or nothing is touched."""

from pathlib import Path

import pytest
from support.small_releases import commit, cut, git, make, snapshot, write

from fwstart.cli.app import main
from fwstart.errors import FwstartError

# The release has a file where there was a folder, a folder where there was a file, and new folders.
CHANGES = {
    "tools/run.txt": None,
    "tools": "a file now\n",
    "notes": None,
    "notes/one.txt": "a folder now\n",
    "deploy/server.txt": "new folder\n",
    "deploy/inner/deep.txt": "deeper\n",
}


@pytest.fixture
def project(checkout: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project of a release with a folder and a file that change kinds in the next one."""
    cut(checkout, "0.2.0", {"tools/run.txt": "run\n", "notes": "a file\n"})
    make(project)
    commit(project)
    for framework in ("pytorch", "keras"):
        templates = checkout / "templates" / framework
        (templates / "tools/run.txt").unlink()
        (templates / "tools").rmdir()
        (templates / "notes").unlink()
    cut(checkout, "0.3.0", {name: text for name, text in CHANGES.items() if text is not None})
    monkeypatch.chdir(project.parent)
    return Path("demo")


def start_repository(folder: Path) -> None:
    folder.mkdir(parents=True)
    write(folder, {"mine.txt": "only here\n"})
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder)


def submodule(project: Path, name: str) -> None:
    start_repository(project.absolute().with_name("library"))
    source = str(project.absolute().with_name("library"))
    git(project, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", source, name)


def nested(project: Path, name: str) -> None:
    start_repository(project / name)


def ignored_nested(project: Path, name: str) -> None:
    start_repository(project / name)
    write(project, {".gitignore": f"/{name}\n"})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["deploy", "deploy/inner"])
@pytest.mark.parametrize("kind", [submodule, nested, ignored_nested], ids=lambda one: one.__name__)
def test_repository_in_the_way(project: Path, kind: type, name: str) -> None:
    """A repository where the release has files is never moved: refused with its name, and nothing is touched.

    Refused again the next time, and made once it has been moved away.
    """
    kind(project, name)
    commit(project)
    before = snapshot(project)
    for _ in range(2):
        with pytest.raises(FwstartError, match=rf"another git repository lies.*: {name}\.") as caught:
            make(project)
        assert "Nothing was touched." in caught.value.fix
        assert before == snapshot(project)

    git(project, "rm", "--quiet", "--cached", "--ignore-unmatch", name)
    (project / name).rename(project.with_name("moved"))
    (project / ".gitignore").unlink(missing_ok=True)
    commit(project)
    make(project)
    assert "deeper\n" == (project / "deploy/inner/deep.txt").read_text()
    assert "only here\n" == (project.with_name("moved") / "mine.txt").read_text()


def test_repository_elsewhere(project: Path) -> None:
    """A repository where the release has nothing stays as it is, uncommitted work in it included."""
    nested(project, "vendor/library")
    commit(project)
    make(project)

    assert "only here\n" == (project / "vendor/library/mine.txt").read_text()
    assert "a file now\n" == (project / "tools").read_text()


def test_kinds_change(project: Path) -> None:
    """Where nobody edited anything, a folder becomes a file and a file a folder."""
    make(project)

    assert "a file now\n" == (project / "tools").read_text()
    assert "a folder now\n" == (project / "notes/one.txt").read_text()


MINE = {
    "a file where a folder comes": {"deploy": "mine\n"},
    "a folder where a file comes": {"tools/mine.txt": "mine\n"},
    "an edited file where a folder comes": {"notes": "a file\nmine\n"},
    "a file below": {"deploy/inner": "mine\n"},
}


@pytest.mark.parametrize("files", MINE.values(), ids=MINE)
def test_user_has_another_kind(
    project: Path, files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Both are there afterwards, one by another name; that is called a conflict that no marker shows."""
    write(project, files)
    commit(project)

    assert 1 == main(["update", "demo"])
    out = capsys.readouterr().out
    assert "Conflicts that no marker shows:\n" in out
    assert "Conflicts, marked in the files" not in out
    texts = [one.read_text() for one in project.rglob("*") if one.is_file() and ".git" not in one.parts]
    assert any("mine\n" in text for text in texts)
    assert {"deeper\n", "a folder now\n", "a file now\n"} <= set(texts)
    renamed = [one.name for one in project.rglob("*~*") if ".git" not in one.parts]
    assert renamed
    assert all(name in out for name in renamed)
    commit(project)
    assert 0 == main(["update", "demo", "--check"])


@pytest.mark.parametrize("target", ["somewhere", "."])
def test_link_where_a_folder_comes(project: Path, target: str) -> None:
    """A committed link is renamed like a file, and nothing is written through it."""
    outside = project.absolute().with_name("somewhere")
    outside.mkdir()
    (project / "deploy").symlink_to(outside if target == "somewhere" else ".")
    commit(project)

    assert 1 == main(["update", "demo"])
    assert [] == list(outside.iterdir())
    assert (project / "deploy~yours").is_symlink()
    assert "deeper\n" == (project / "deploy/inner/deep.txt").read_text()


def test_ignored_files_in_a_folder_that_becomes_a_file(project: Path) -> None:
    """What git ignores within such a folder is in the way, and named by its whole path."""
    write(project, {".gitignore": "*.log\n", "tools/mine.log": "mine\n"})
    commit(project)
    before = snapshot(project)
    with pytest.raises(FwstartError, match=r"that git ignores: tools/mine\.log\."):
        make(project)

    assert before == snapshot(project)


def test_dirty_submodule(project: Path) -> None:
    """Changes within a submodule are to be committed there first."""
    submodule(project, "library")
    commit(project)
    write(project, {"library/mine.txt": "changed\n"})
    with pytest.raises(FwstartError, match="not committed: library") as caught:
        make(project)

    assert caught.value.fix.startswith("First commit inside the submodule (library)")


def test_nested_repository_that_is_not_committed(project: Path) -> None:
    """A stash would leave it where it is, so that is not the advice."""
    nested(project, "library")
    with pytest.raises(FwstartError, match="not committed: library/") as caught:
        make(project)

    assert caught.value.fix.startswith("Another git repository (library/) would not be stashed: move it away")


def test_paths_are_whole(project: Path) -> None:
    """Files of the same name are told apart, in a repository with several projects too."""
    for folder in ("src/demo", "docs"):
        write(project, {f"{folder}/same.txt": "new\n"})
    with pytest.raises(FwstartError, match=r"not committed: docs/same\.txt, src/demo/same\.txt\."):
        make(project)


def test_left_by_an_older_release(project: Path) -> None:
    """What fwstart 0.5.0 left in the project is named for what it is."""
    write(project, {".fwstart-update/journal.json": "{}", ".fwstart-update/old/README.md": "old\n"})
    with pytest.raises(FwstartError, match=r"not committed: \.fwstart-update/") as caught:
        make(project)
    assert "fwstart 0.5.0 or older was stopped halfway" in caught.value.fix
    (project / ".fwstart-update/journal.json").unlink()
    (project / ".fwstart-update/old/README.md").unlink()
    (project / ".fwstart-update/old").rmdir()
    (project / ".fwstart-update").rmdir()
    (project / ".fwstart-update").write_text("a file\n")
    with pytest.raises(FwstartError) as caught:
        make(project)

    assert caught.value.fix.startswith("Remove ")
