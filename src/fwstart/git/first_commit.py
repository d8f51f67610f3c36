"""Puts a new project under git: a repository with a first commit, or a line that says what to do."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree, which

from fwstart import __version__
from fwstart.git.run import run_git, typed_git
from fwstart.terminal.spelling import shown, typed

COMMIT_SECONDS = 60.0  # hooks, or a passphrase typed into a window

# Git must not guess an identity from the machine's name: a wrong author would stay in the history.
_NO_GUESSED_IDENTITY = ("-c", "user.useConfigOnly=true")

# A repository with one commit has nothing to tidy up, and checking takes another process.
_NO_MAINTENANCE = ("-c", "maintenance.auto=false")


@dataclass(frozen=True, kw_only=True)
class GitOutcome:
    """What was done, and one line for the user where something is left to do."""

    committed: bool
    initialized: bool
    message: str | None


def start_repository(project: Path) -> GitOutcome:
    """Make the project a repository with a first commit, unless it lies in a repository already.

    The project itself is never touched. Ctrl-C removes the repository that this call began.
    """
    if which("git") is None:
        return _left_to_do(project, "git is not installed, so the project has no history yet", "init")
    try:
        return _existing_repository(project) or _new_repository(project)
    except OSError as error:
        return _left_to_do(project, f"git could not be run ({error.strerror})", "init")


def default_author(max_length: int) -> str:
    """Return git's user.name, empty when it is not known, or no name: it is longer than `max_length`."""
    if which("git") is None:
        return ""
    with suppress(OSError):
        name = run_git(Path(), "config", "--get", "user.name").output.strip()
        return name if name.isprintable() and len(name) <= max_length else ""
    return ""


def _existing_repository(project: Path) -> GitOutcome | None:
    """Return what to say when the project lies in a repository; None when it does not.

    Git's exit code is the same for "no repository" and for one that it must not or cannot use, so its message
    and the folders have to tell. LANGUAGE in the environment keeps the message in English.
    """
    folders = (project.resolve(), *project.resolve().parents)
    # A repository has a `.git`, or a `HEAD` where it is bare: without any there is none to ask about.
    if not any(os.path.lexists(folder / name) for folder in folders for name in (".git", "HEAD")):
        return None
    found = run_git(project, "rev-parse", "--is-inside-work-tree")
    root = next((folder for folder in folders if os.path.lexists(folder / ".git")), None)
    if found.code == 0:
        where = "has a git repository" if root == folders[0] else "lies in a git repository"
        problem = f"{shown(project)} {where}, so nothing was committed; when you are ready"
        return _left_to_do(project, problem, "add")
    if root is None or (root != folders[0] and "not a git repository" in found.error):
        return None
    if "dubious ownership" in found.error:
        return _distrusted(project, root)
    return _left_to_do(
        project, f"git cannot use the repository {shown(root)} ({found.words}); fix that, then", "add"
    )


def _new_repository(project: Path) -> GitOutcome:
    try:
        return _first_commit(project)
    except BaseException:
        rmtree(project / ".git", ignore_errors=True)
        raise


def _first_commit(project: Path) -> GitOutcome:
    branch_chosen = run_git(project, "config", "--get", "init.defaultBranch").code == 0
    made = run_git(project, *(() if branch_chosen else ("-c", "init.defaultBranch=main")), "init", "--quiet")
    if made.code != 0:
        rmtree(project / ".git", ignore_errors=True)
        return _left_to_do(project, f"git init failed ({made.words}); fix that, then", "init")
    added = run_git(project, "add", "--all", seconds=COMMIT_SECONDS)
    if "dubious ownership" in added.error:
        return _distrusted(project, project.resolve(), initialized=True)
    if added.code != 0:
        problem = f"git add failed ({added.words}); fix that, then"
        return _left_to_do(project, problem, "add", initialized=True)
    return _commit(project)


def _commit(project: Path) -> GitOutcome:
    settings = (*_NO_GUESSED_IDENTITY, *_NO_MAINTENANCE)
    arguments = ("commit", "--quiet", "--message", _commit_message(project))
    committed = run_git(project, *settings, *arguments, seconds=COMMIT_SECONDS)
    if committed.code == 0:
        return GitOutcome(committed=True, initialized=True, message=None)
    if _has_identity(project):
        problem = f"git could not make the first commit ({committed.words}); fix that, then"
    else:
        tell = 'git config --global user.name "Your Name" && git config --global user.email you@example.com'
        problem = f"git does not know who you are, so there is no first commit yet; run {tell}, then"
    return _left_to_do(project, problem, "commit", initialized=True)


def _has_identity(project: Path) -> bool:
    variables = ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT")
    return all(run_git(project, *_NO_GUESSED_IDENTITY, "var", name).code == 0 for name in variables)


def _distrusted(project: Path, root: Path, *, initialized: bool = False) -> GitOutcome:
    trust = f"git config --global --add safe.directory {typed(str(root))}"
    problem = f"{shown(root)} belongs to another user, so git refuses it; if you trust it, run {trust}, then"
    return _left_to_do(project, problem, "add", initialized=initialized)


def _left_to_do(project: Path, problem: str, step: str, *, initialized: bool = False) -> GitOutcome:
    """Return an outcome without a commit, whose message ends with the commands from `step` on."""
    git = typed_git(project)
    commands = {
        "init": f"{git} init",
        "add": f"{git} add --all .",
        "commit": f"{git} commit -m {typed(_commit_message(project))}",
    }
    rest = list(commands.values())[list(commands).index(step) :]
    return GitOutcome(committed=False, initialized=initialized, message=f"{problem}: {' && '.join(rest)}")


def _commit_message(project: Path) -> str:
    return f"Start {project.resolve().name} with fwstart {__version__}"
