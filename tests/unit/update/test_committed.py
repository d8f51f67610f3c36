"""What git was told not to look at is compared with the last commit before it is moved."""

import os
from pathlib import Path

import pytest
from support.small_releases import SECOND, commit, cut, git, make, snapshot, write

from fwstart.errors import FwstartError
from fwstart.update.committed import committed_files, differing

MODEL = "src/demo/model.py"


@pytest.fixture
def newer(checkout: Path, project: Path) -> Path:
    """Return a project for which there is a newer release, which changes its model and README."""
    cut(checkout, "0.2.0", SECOND)
    return project


def lying_monitor(project: Path) -> None:
    """Let git believe a program that says that nothing has changed."""
    hook = project.with_name("monitor")
    hook.write_text("#!/bin/sh\nprintf 'token\\0'\n")
    hook.chmod(0o755)
    git(project, "config", "core.fsmonitor", str(hook))
    git(project, "config", "core.fsmonitorHookVersion", "2")
    git(project, "update-index", "--fsmonitor")
    git(project, "status")


HIDING = {
    "skip-worktree": lambda project: git(project, "update-index", "--skip-worktree", MODEL),
    "assume-unchanged": lambda project: git(project, "update-index", "--assume-unchanged", MODEL),
    "fsmonitor": lying_monitor,
}


@pytest.mark.parametrize("how", HIDING)
def test_hidden_edit(newer: Path, how: str) -> None:
    """An edit that `git status` does not show is refused with its name, and stays."""
    HIDING[how](newer)
    write(newer, {MODEL: "my work\n"})
    assert "" == git(newer, "status", "--porcelain")
    before = snapshot(newer)
    with pytest.raises(FwstartError, match=MODEL) as caught:
        make(newer)

    assert before == snapshot(newer)
    assert "Nothing was touched." in caught.value.fix


@pytest.mark.parametrize("flag", ["skip-worktree", "assume-unchanged"])
def test_printed_command_shows_it_again(newer: Path, flag: str) -> None:
    """After the command that is printed, `git status` shows the edit, and the update names it."""
    git(newer, "update-index", f"--{flag}", MODEL)
    write(newer, {MODEL: "my work\n"})
    with pytest.raises(FwstartError) as caught:
        make(newer)
    command = caught.value.fix.removeprefix("Run: ").partition(". Commit")[0]
    assert 0 == os.system(command)  # noqa: S605

    assert f"M {MODEL}" == git(newer, "status", "--porcelain").strip()
    with pytest.raises(FwstartError, match="not committed"):
        make(newer)


def test_sparse_checkout(newer: Path) -> None:
    """Files that are not in the working tree are named, with the command that brings them back."""
    git(newer, "sparse-checkout", "set", "--no-cone", "/*", f"!/{MODEL}")
    assert not (newer / MODEL).exists()
    with pytest.raises(FwstartError, match=f"leaves out of the working tree: {MODEL}") as caught:
        make(newer)
    command = caught.value.fix.removeprefix("Run: ").partition(" (or")[0]
    assert 0 == os.system(command)  # noqa: S605

    make(newer)
    assert "line_5 = 55" in (newer / MODEL).read_text()


def test_hidden_file_that_no_release_changes(newer: Path) -> None:
    """A hidden edit where the update does nothing is nobody's business."""
    git(newer, "update-index", "--assume-unchanged", "image.png")
    write(newer, {"image.png": "mine"})
    make(newer)

    assert "mine" == (newer / "image.png").read_text()
    assert "line_5 = 55" in (newer / MODEL).read_text()


@pytest.mark.parametrize("setting", ["true", "input", "false"])
@pytest.mark.parametrize("attributes", ["", "* text=auto\n", "*.py text eol=crlf\n", "*.py ident\n"])
def test_line_endings_are_no_edit(newer: Path, setting: str, attributes: str) -> None:
    """Whatever line endings and filters the repository has: what git calls unchanged is not refused."""
    (newer / ".gitattributes").write_text(attributes)
    (newer / "windows.py").write_bytes(b"one\r\ntwo\r\n")
    commit(newer)
    git(newer, "config", "core.autocrlf", setting)
    git(newer, "rm", "-rq", "--cached", ".")
    git(newer, "reset", "--quiet", "--hard")

    assert "" == git(newer, "status", "--porcelain")
    assert set() == differing(newer, committed_files(newer))
    make(newer)


def test_every_way_to_differ(newer: Path) -> None:
    """Other content, another kind, the executable bit and absence differ; another time does not."""
    files = committed_files(newer)
    os.utime(newer / "image.png", (0, 0))
    (newer / "README.md").write_text("x")
    (newer / MODEL).chmod(0o755)
    (newer / "src/demo/train.py").unlink()
    (newer / "old.txt").unlink()
    (newer / "old.txt").symlink_to("image.png")

    assert {"README.md", MODEL, "src/demo/train.py", "old.txt"} == differing(newer, files)
