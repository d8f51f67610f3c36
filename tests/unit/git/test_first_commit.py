"""The first commit, and what is said where there is none; with the real git."""

import os
from pathlib import Path

import pytest
from support.git_user import MESSAGE, configure, executable, follow, left_to_do, output, project, user

from fwstart import __version__
from fwstart.git import first_commit as git
from fwstart.git.first_commit import GitOutcome, start_repository

__all__ = ["project", "user"]  # fixtures

COMMIT = f"git commit -m '{MESSAGE}'"


def test_first_commit(project: Path) -> None:
    """Everything is committed, by the user, on main, with a plain message."""
    outcome = start_repository(project)

    assert outcome == GitOutcome(committed=True, initialized=True, message=None)
    assert output(project, "log", "--format=%an <%ae> %s") == f"Ada Lovelace <ada@example.com> {MESSAGE}"
    assert output(project, "status", "--porcelain") == ""
    assert output(project, "branch", "--show-current") == "main"


def test_branch_of_the_user(project: Path, user: Path) -> None:
    """The first branch is called as the user's git says."""
    configure(user, "init.defaultBranch", "trunk")
    start_repository(project)

    assert output(project, "branch", "--show-current") == "trunk"


def test_current_folder_needs_no_path(project: Path, user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands for `.` are as short as one would type them."""
    monkeypatch.chdir(project)
    (user / ".gitconfig").unlink()

    assert left_to_do(start_repository(Path())).endswith(f": {COMMIT}")


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"])
def test_run_from_a_hook(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What the environment says about another repository is not obeyed."""
    output(tmp_path, "init", "--quiet", "other")
    monkeypatch.setenv(name, str(tmp_path / "other" / ".git"))
    outcome = start_repository(project)
    monkeypatch.delenv(name)

    assert outcome.committed
    assert output(project, "ls-files") == "README.md"


def test_inside_a_repository(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no nested repository and no commit, and the user reads how to make one."""
    monkeypatch.delenv("GIT_CEILING_DIRECTORIES")
    output(tmp_path, "init", "--quiet")
    message = left_to_do(start_repository(project))

    assert message.startswith("demo lies in a git repository, so nothing was committed; when you are ready: ")
    assert not (project / ".git").exists()
    assert "A  demo" not in output(tmp_path, "status", "--porcelain")
    follow(message)
    assert output(tmp_path, "ls-files") == "demo/README.md"


def test_inside_a_bare_repository(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository without a `.git` is one all the same."""
    monkeypatch.delenv("GIT_CEILING_DIRECTORIES")
    output(tmp_path, "init", "--quiet", "--bare")

    assert left_to_do(start_repository(project)).startswith("demo lies in a git repository")


def test_few_processes(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is in the way, git runs four times, and starts no further process of its own."""
    trace = tmp_path / "trace"
    monkeypatch.setenv("GIT_TRACE2", str(trace))
    start_repository(project)

    commands = [line.split()[-2] for line in trace.read_text().splitlines() if " cmd_name " in line]
    assert ["config", "init", "add", "commit"] == commands


def test_target_with_a_repository(project: Path) -> None:
    """What was made inside an existing `.git` is left to the user to commit."""
    output(project, "init", "--quiet")
    message = left_to_do(start_repository(project))

    assert message.startswith("demo has a git repository, so nothing was committed; when you are ready: ")
    assert output(project, "status", "--porcelain") == "?? README.md"
    follow(message)
    assert output(project, "log", "--format=%s") == MESSAGE


def test_broken_repository(project: Path) -> None:
    """A `.git` that git does not understand is not initialized over."""
    (project / ".git").write_text("gitdir: /nowhere\n", encoding="utf-8")
    message = left_to_do(start_repository(project))

    assert "git cannot use the repository" in message
    assert (project / ".git").read_text() == "gitdir: /nowhere\n"


def test_empty_git_folder_further_up(project: Path, tmp_path: Path) -> None:
    """A stray `.git` folder above the project is no repository, for git as for us."""
    (tmp_path / ".git").mkdir()

    assert start_repository(project).committed


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give a folder away"
)
def test_repository_of_another_user(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's distrust is said with the command that ends it; the project stays as it is."""
    monkeypatch.delenv("GIT_CEILING_DIRECTORIES")
    output(tmp_path, "init", "--quiet")
    os.chown(tmp_path, 12345, 12345)
    os.chown(tmp_path / ".git", 12345, 12345)
    message = left_to_do(start_repository(project))

    assert f"git config --global --add safe.directory {tmp_path}" in message
    assert not (project / ".git").exists()


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give a folder away"
)
def test_project_folder_of_another_user(project: Path) -> None:
    """A foreign folder, as on a shared mount: the repository is made, the commit waits for trust."""
    os.chown(project, 12345, 12345)
    outcome = start_repository(project)

    assert "safe.directory" in left_to_do(outcome)
    assert outcome.initialized


def test_git_is_missing(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project is complete without git, and the way to a history is said."""
    monkeypatch.setenv("PATH", str(tmp_path))
    outcome = start_repository(project)

    assert left_to_do(outcome) == (
        "git is not installed, so the project has no history yet: "
        f"git -C demo init && git -C demo add --all . && git -C demo commit -m '{MESSAGE}'"
    )
    assert not outcome.initialized


def test_git_cannot_be_started(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git of the wrong kind of machine is an error in words."""
    broken = executable(tmp_path / "bin" / "git", "")
    broken.write_bytes(b"\x7fELF broken")
    monkeypatch.setenv("PATH", str(broken.parent))

    assert left_to_do(start_repository(project)).startswith(
        "git could not be run (Exec format error): git -C demo"
    )


def test_configuration_is_broken(project: Path, user: Path) -> None:
    """Git's own words say which file, and no half-made repository is left."""
    (user / ".gitconfig").write_text("[user\n", encoding="utf-8")
    message = left_to_do(start_repository(project))

    assert message.startswith("git init failed (fatal: bad config line 1 in file ")
    assert not (project / ".git").exists()


def test_adding_fails(project: Path, user: Path) -> None:
    """The commands begin with the step that failed."""
    configure(user, "core.autocrlf", "input")
    configure(user, "core.safecrlf", "true")
    (project / "windows.txt").write_bytes(b"a\r\nb\r\n")
    message = left_to_do(start_repository(project))

    assert message.startswith("git add failed (fatal: CRLF would be replaced by LF in windows.txt); fix that")
    assert message.endswith(f": git -C demo add --all . && git -C demo commit -m '{MESSAGE}'")


def test_path_needs_quotes(tmp_path: Path, user: Path) -> None:
    """The commands can be pasted as they are, whatever the folder is called."""
    (user / ".gitconfig").unlink()
    project = tmp_path / "it's mine"
    project.mkdir()
    (project / "x").touch()
    message = left_to_do(start_repository(project))
    configure(user, "user.name", "Ada")
    configure(user, "user.email", "ada@example.com")
    follow(message)

    assert output(project, "log", "--format=%s") == f"Start it's mine with fwstart {__version__}"


def test_interrupt(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C leaves no half-made repository behind."""

    def interrupted(_project: Path) -> GitOutcome:
        raise KeyboardInterrupt

    monkeypatch.setattr(git, "_commit", interrupted)

    with pytest.raises(KeyboardInterrupt):
        start_repository(project)
    assert os.listdir(project) == ["README.md"]  # noqa: PTH208
