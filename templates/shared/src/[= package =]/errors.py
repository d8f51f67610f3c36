"""The one error that a user of this project sees, what its fixes say to type, and the exit codes."""

import shlex
import subprocess
import sys
from collections.abc import Iterable
from importlib.util import find_spec

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


class ProjectError(Exception):
    """What was wrong and what to do about it, for a person to read; never shown as a traceback."""

    def __init__(self, problem: str, *, fix: str) -> None:
        super().__init__(f"{problem} {fix}")
        self.problem = problem
        self.fix = fix


class UsageError(ProjectError):
    """What was typed is wrong, whatever the data and the files are: the exit code is that of wrong usage."""


class PeerError(ProjectError):
    """Another of several processes failed, or does not answer: the cause is there, not in this one."""


def command(words: str) -> str:
    """Return a command of this project to paste: the package's name and `words`, such as "train --resume"."""
    return f"{__package__} {words}"


def quoted(words: Iterable[str]) -> str:
    """Return words as one types them in a shell of this system, with quotes where they need some."""
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def command_to_install(extra: str) -> str:
    """Return the commands, for uv and for pip, that install an extra of `pyproject.toml`."""
    return f'uv sync --inexact --extra {extra}, or pip install -e ".[{extra}]"'


def require_extra(extra: str, *, module: str, wanted_by: str) -> None:
    """Make sure that the extra that brings `module` is installed.

    Raises:
        ProjectError: it is not; the fix is the command that installs it.
    """
    if find_spec(module) is None:
        raise ProjectError(
            f"{wanted_by} needs {module}, which is not installed.",
            fix=f"Run: {command_to_install(extra)}.",
        )
