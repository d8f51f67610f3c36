"""Who the author and the committer are, and what is said where git does not know."""

from pathlib import Path

import pytest
from support.git_user import configure, follow, left_to_do, output, project, user

from fwstart.git.first_commit import default_author, start_repository

__all__ = ["project", "user"]  # fixtures


def test_identity_is_missing(project: Path, user: Path) -> None:
    """No author is guessed: everything is staged, and following the message commits it."""
    (user / ".gitconfig").unlink()
    outcome = start_repository(project)
    message = left_to_do(outcome)

    assert outcome.initialized
    assert message.startswith(
        "git does not know who you are, so there is no first commit yet; run git config"
    )
    configure(user, "user.name", "Ada")
    configure(user, "user.email", "ada@example.com")
    follow(message)
    assert output(project, "ls-tree", "--name-only", "HEAD") == "README.md"


def test_identity_in_the_environment(project: Path, user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's own variables are as good as its configuration."""
    (user / ".gitconfig").unlink()
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ada@example.com")

    assert start_repository(project).committed


def test_identity_by_config_variables(project: Path, user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GIT_CONFIG_COUNT, as continuous integration uses it, is passed on."""
    (user / ".gitconfig").unlink()
    monkeypatch.setenv("GIT_CONFIG_COUNT", "2")
    for number, (key, value) in enumerate([("user.name", "Ada"), ("user.email", "ada@example.com")]):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)

    assert start_repository(project).committed


def test_author_of_the_user() -> None:
    """The author is git's user.name."""
    assert default_author(100) == "Ada Lovelace"


def test_author_is_unknown(user: Path) -> None:
    """Without user.name there is no author; nothing is guessed."""
    (user / ".gitconfig").unlink()

    assert default_author(100) == ""


def test_author_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git there is no author either."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert default_author(100) == ""


def test_author_with_control_characters(user: Path) -> None:
    """A name that would not pass as `--author` is not proposed."""
    configure(user, "user.name", "Ada\x1b[31m")

    assert default_author(100) == ""
