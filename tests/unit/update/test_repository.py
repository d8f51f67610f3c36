"""What an update refuses before anything is touched, and how that is said."""

import errno
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import yaml
from support.small_releases import SECOND, commit, cut, git, make, recorded, snapshot, write

from fwstart.errors import FwstartError, UsageError
from fwstart.git import run
from fwstart.git.run import git_line
from fwstart.template.recorded import ANSWERS_FILE
from fwstart.update import replacement, repository
from fwstart.update.step import plan_step, worked_out


def damage(project: Path, **changes: object) -> None:
    """Change keys of the answers file; None removes one."""
    content = {**recorded(project), **changes}
    kept = {key: value for key, value in content.items() if value is not None}
    (project / ANSWERS_FILE).write_text(yaml.safe_dump(kept))
    commit(project)


@pytest.mark.parametrize(
    ("changes", "problem", "fix"),
    [
        ({"_commit": None}, "`_src_path` or `_commit` is missing", "git log -- .copier-answers.yml"),
        ({"_commit": 3}, "`_src_path` or `_commit` is missing", "git log -- .copier-answers.yml"),
        ({"_commit": "HEAD"}, "which is not a release", "git log"),
        ({"_src_path": None}, "is missing", "git log"),
        ({"_src_path": "/elsewhere"}, "comes from /elsewhere", "FWSTART_ORIGIN"),
        ({"framework": "torch"}, "neither pytorch nor keras", "git log"),
        ({"deploy": "edge"}, "`deploy` must be a list of strings", "git log"),
        ({"_commit": "v9.0.0"}, "the newest that this fwstart knows is 0.2.0", "Upgrade fwstart"),
        ({"_commit": "v0.1.7"}, "release 0.1.7, which this fwstart does not have", "v0.1.0, v0.2.0"),
    ],
)
def test_refused_answers_file(
    checkout: Path, project: Path, changes: dict[str, object], problem: str, fix: str
) -> None:
    """A damaged file, a foreign template, a newer project, a missing release: the way out is said."""
    cut(checkout, "0.2.0", SECOND)
    damage(project, **changes)
    before = snapshot(project)
    with pytest.raises(FwstartError) as caught:
        make(project)

    assert problem in caught.value.problem
    assert fix in caught.value.fix
    assert "Nothing was touched." in caught.value.fix
    assert before == snapshot(project)


@pytest.mark.parametrize("text", ["<<<<<<< yours\n", "a: [", "just words\n", "\xff"])
def test_unreadable_answers_file(project: Path, text: str) -> None:
    """Conflict markers, broken YAML, other text and other bytes are called damaged."""
    (project / ANSWERS_FILE).write_bytes(text.encode("latin-1"))
    with pytest.raises(FwstartError, match="is damaged"):
        plan_step(project)


def test_answer_that_the_template_refuses(checkout: Path, project: Path) -> None:
    """An answer changed to something that is no answer is named."""
    cut(checkout, "0.2.0", SECOND)
    damage(project, license="gpl")
    with pytest.raises(FwstartError, match=r"does not accept the answers in \.copier-answers\.yml") as caught:
        make(project)

    assert "Correct them there" in caught.value.fix


def test_no_project(tmp_path: Path) -> None:
    """A folder without an answers file is no project."""
    with pytest.raises(FwstartError, match="is not a fwstart project"):
        plan_step(tmp_path)


@pytest.mark.parametrize(("to", "words"), [("0.9", "it must be a release"), ("0.1.0", "never goes back")])
def test_refused_release(checkout: Path, project: Path, to: str, words: str) -> None:
    """--to takes a release that exists and is not older."""
    cut(checkout, "0.2.0", SECOND)
    make(project)
    with pytest.raises(UsageError, match=words):
        plan_step(project, to)


def refused(project: Path) -> FwstartError:
    """Return why an update is refused, having seen that it touches nothing."""
    before = snapshot(project)
    with pytest.raises(FwstartError) as caught:
        make(project)
    assert before == snapshot(project)
    return caught.value


@pytest.fixture
def newer(checkout: Path, project: Path) -> Path:
    """Return a project for which there is a newer release."""
    cut(checkout, "0.2.0", SECOND)
    return project


def test_uncommitted_changes(newer: Path) -> None:
    """Changed, staged and new files are named."""
    write(newer, {"README.md": "x\n", "added.txt": "x\n", "other.txt": "x\n"})
    git(newer, "add", "added.txt")

    error = refused(newer)
    assert "not committed: README.md, added.txt, other.txt." in error.problem
    assert "git stash --include-untracked" in error.fix


def test_many_uncommitted_files(newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git is asked about all of them at once: thousands of photos do not take minutes."""
    write(newer, {f"photos/{number}.txt": "x\n" for number in range(3)})
    asked = []

    def counted(*words: object) -> str:
        asked.append(words)
        return git_line(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(repository, "git_line", counted)

    assert "photos/0.txt, photos/1.txt, photos/2.txt." in refused(newer).problem
    assert 1 == len(asked)


def test_more_uncommitted_files_than_are_read(newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where git's list is too long to be read, that is said, with the folder and what to do."""
    monkeypatch.setattr(run, "OUTPUT_BYTES", 1 << 16)
    write(newer, {f"photos/{'x' * 200}{number}.txt": "" for number in range(1500)})

    error = refused(newer)
    assert re.search(r"has more than \d+ files that are not committed, in photos/\.", error.problem)
    assert "name their folder in .gitignore" in error.fix


def test_new_files_that_git_hides(newer: Path) -> None:
    """A new file counts even where git is told not to show it."""
    git(newer, "config", "status.showUntrackedFiles", "no")
    write(newer, {"other.txt": "x\n"})

    assert "other.txt" in refused(newer).problem


def test_changed_meanwhile(newer: Path) -> None:
    """An edit saved while the update was worked out stops it."""
    with worked_out(plan_step(newer)) as worked:
        (newer / "README.md").write_text("typed just now\n")
        with pytest.raises(FwstartError, match=r"not committed: README\.md"):
            worked.make()

    assert "typed just now\n" == (newer / "README.md").read_text()


def test_no_repository(newer: Path) -> None:
    """Without git history an update could not be undone; the commands that begin one are given."""
    (newer / ".git").rename(newer.with_name("gone"))

    error = refused(newer)
    assert "not committed to a git repository" in error.problem
    assert "git init && git add --all ." in error.fix


def test_no_commit(newer: Path) -> None:
    """A repository without a commit is as good as none."""
    (newer / ".git").rename(newer.with_name("gone"))
    git(newer, "init", "--quiet")

    assert "In that folder: git add --all ." in refused(newer).fix


def test_no_git(newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git, and with one that cannot merge trees, one line says so."""
    monkeypatch.setattr(repository, "git_version", lambda: (2, 34))
    assert "git is 2.34; `fwstart update` needs 2.38 or newer." == refused(newer).problem
    monkeypatch.setenv("PATH", "")

    assert "git is not installed; an update needs it." == refused(newer).problem


def test_repository_by_variable(newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where GIT_DIR leads to the repository, the advice is not to begin another one; typed, it works."""
    newer = newer.rename(newer.with_name("my demo"))
    elsewhere = newer.with_name("elsewhere.git")
    (newer / ".git").rename(elsewhere)
    monkeypatch.setenv("GIT_DIR", str(elsewhere))
    monkeypatch.setenv("GIT_WORK_TREE", str(newer))

    error = refused(newer)
    assert "GIT_DIR and GIT_WORK_TREE in the environment are not followed" in error.problem
    assert "git init" not in error.fix
    command = error.fix.partition("point to it: ")[2].partition(". Then")[0]
    subprocess.run(["bash", "-c", command], check=True)
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_WORK_TREE")
    make(newer)
    assert (newer / "src/demo/new.py").exists()


def test_committed_meanwhile(newer: Path) -> None:
    """A commit made while the update was worked out stops it."""
    with worked_out(plan_step(newer)) as worked:
        (newer / "README.md").write_text("typed just now\n")
        commit(newer)
        with pytest.raises(FwstartError, match="got another commit"):
            worked.make()

    assert "typed just now\n" == (newer / "README.md").read_text()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EROFS, "That disk is read-only"),
        (errno.ENOSPC, "Free some space"),
        (errno.EACCES, "Make it writable"),
        (errno.EISDIR, "Something else is in its place"),
        (errno.ENOTDIR, "Something else is in its place"),
    ],
)
def test_disk_refuses(newer: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    """What the operating system refuses is said with the advice that fits, and everything is as it was."""

    def refuse(_source: Path, destination: Path) -> None:
        raise OSError(number, os.strerror(number), str(destination))

    monkeypatch.setattr(replacement, "_rename", refuse)
    error = refused(newer)
    assert os.strerror(number) in error.problem
    assert error.fix.startswith(words)
    assert error.fix.endswith("Nothing was changed.")


def test_temporary_folder_in_the_project(newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The update's own temporary files are no uncommitted ones, wherever TMPDIR is; others are."""
    (newer / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(newer / "tmp"))
    with worked_out(plan_step(newer)) as worked:
        (newer / "tmp/mine.txt").write_text("Mine.\n")
        with pytest.raises(FwstartError, match=r"not committed: tmp/mine\.txt\."):
            worked.make()
        (newer / "tmp/mine.txt").unlink()
        worked.make()

    assert (newer / "src/demo/new.py").exists()
    assert [] == [*(newer / "tmp").iterdir()]


def test_bare_by_mistake(newer: Path) -> None:
    """Where core.bare hides the working tree, the command that shows it again is said, and it works."""
    git(newer, "config", "core.bare", "true")
    error = refused(newer)
    assert "core.bare is true" in error.problem
    command = error.fix.partition("Run: ")[2].partition(". Then")[0]
    subprocess.run(["bash", "-c", command], check=True)

    make(newer)
    assert (newer / "src/demo/new.py").exists()


def test_project_inside_a_git_directory(newer: Path) -> None:
    """In a git directory nothing can be committed: the advice is to move the project."""
    inside = newer.with_name("other.git") / "demo"
    git(newer.parent, "init", "--quiet", "--bare", "other.git")
    shutil.copytree(newer, inside, ignore=shutil.ignore_patterns(".git"))

    error = refused(inside)
    assert "is inside a git directory" in error.problem
    assert error.fix.startswith("Move the project out of it")
