"""Runs one git command, without prompts, and always on the given repository."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from fwstart.errors import FwstartError
from fwstart.terminal.spelling import typed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

QUICK_SECONDS = 10.0
GRACE_SECONDS = 2.0  # for git to remove its lock files after SIGTERM
LAST_WORDS_SECONDS = 0.5  # to read what is in the pipe of a git that has ended
OUTPUT_BYTES = 1 << 24  # the status of a very large working tree
WORDS_SHOWN = 200

# What would direct git to another repository (of `git rev-parse --local-env-vars`, git 2.39), and what would
# let a signing program ask in our terminal. GIT_CONFIG_* stay: they may be how the user gives an identity.
_DROPPED_VARIABLES = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
        "GPG_TTY",
    }
)


@dataclass(frozen=True, kw_only=True)
class GitResult:
    """How one git command ended; code -1: it took too long and was stopped."""

    code: int
    output: str
    error: str
    is_cut: bool = (
        False  # there was more output than is read: what is read is its beginning, the code its end
    )

    @property
    def words(self) -> str:
        """The line in which git, a hook or a signing program reports what is wrong."""
        lines = [line.strip() for line in (self.error or self.output).splitlines() if line.strip()]
        said = next(
            (line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1] if lines else ""
        )
        printable = "".join(character for character in said if character.isprintable())
        return printable[:WORDS_SHOWN].rstrip(".") or f"exit code {self.code}"


# For our own repositories: nothing that is configured on the machine changes bytes or runs programs.
_NO_SETTINGS = {
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
_KEPT_VARIABLES = frozenset({"GIT_EXEC_PATH"})  # where git itself is


def environment() -> dict[str, str]:
    """Return the environment without what would direct git to another repository."""
    return {key: value for key, value in os.environ.items() if key not in _DROPPED_VARIABLES}


def own_environment() -> dict[str, str]:
    """Return the environment for a repository that fwstart makes for itself.

    No setting, variable or hook of the user applies there; hooks of git's template are kept away by
    `--template=` where the repository is made.
    """
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("GIT_") or key in _KEPT_VARIABLES
    }
    return kept | _NO_SETTINGS


def _variables(*, own: bool) -> dict[str, str]:
    return (own_environment() if own else environment()) | {"LANGUAGE": "en"}


def run_git(folder: Path, *arguments: str, seconds: float = QUICK_SECONDS, own: bool = False) -> GitResult:
    """Run git in `folder`, with a time limit and without any way to ask the user.

    `own`: on one of our own repositories, where none of the user's settings applies.
    """
    process = subprocess.Popen(
        ["git", *arguments],
        cwd=folder,
        env=_variables(own=own) | {"GIT_TERMINAL_PROMPT": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # no terminal to ask in, and its hooks can be stopped with it
    )
    output, error = _Heard(process.stdout), _Heard(process.stderr)
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        _stop(process)
        return GitResult(code=-1, output="", error=f"no answer within {seconds:.0f} seconds")
    except BaseException:
        _stop(process)
        raise
    said = output.text()
    return GitResult(code=code, output=said, error=error.text(), is_cut=output.is_cut)


class _Heard:
    """What arrives in a pipe, up to a limit: then the pipe is closed, which ends a hook that keeps printing.

    A thread, because nobody may wait for the end: a process that a hook leaves behind can keep the pipe open.
    """

    def __init__(self, pipe: IO[bytes] | None) -> None:
        self.is_cut = False
        self._content = bytearray()
        self._pipe = pipe
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def text(self) -> str:
        """Return what was said until the program ended."""
        self._thread.join(LAST_WORDS_SECONDS)
        return bytes(self._content).decode(errors="replace")

    def _read(self) -> None:
        if self._pipe is not None:
            with self._pipe, suppress(OSError):
                while len(self._content) < OUTPUT_BYTES and (chunk := os.read(self._pipe.fileno(), 1 << 16)):
                    self._content += chunk
                self.is_cut = len(self._content) >= OUTPUT_BYTES


def git_bytes(
    folder: Path,
    *arguments: str,
    given: bytes = b"",
    variables: Mapping[str, str] | None = None,
    own: bool = False,
    codes: Collection[int] = (0,),
) -> bytes:
    """Return what git writes, for commands that are part of a larger task and have no reason to fail.

    `own`: on one of our own repositories, where no setting of the user applies. `codes` mean success.

    Raises:
        FwstartError: it failed anyway.
    """
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=_variables(own=own) | dict(variables or {}),
        input=given,
        capture_output=True,
        check=False,
    )
    if done.returncode not in codes:
        result = GitResult(
            code=done.returncode,
            output=done.stdout.decode(errors="replace"),
            error=done.stderr.decode(errors="replace"),
        )
        command = next(word for word in arguments if not word.startswith("-") and "=" not in word)
        raise FwstartError(f"git {command} failed: {result.words}.", fix="Fix that, then try again.")
    return done.stdout


def git_line(folder: Path, *arguments: str) -> str:
    """Return the one thing that git prints, such as a path, which may itself hold line breaks."""
    return os.fsdecode(git_bytes(folder, *arguments)).removesuffix("\n")


def typed_git(project: Path) -> str:
    """Return the beginning of a git command on a project's repository, as it can be pasted."""
    return "git" if str(project) == os.curdir else typed("git", "-C", str(project))


def quoted_path(path: str) -> str:
    """Return a path as git reads it from a list of object folders, whatever characters it holds."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop git and what it started, first in a way that lets it remove its lock files."""
    if sys.platform == "win32":
        process.kill()
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        # Never without a time limit: Ctrl-C may have left Popen's own lock locked.
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, number)
            process.wait(GRACE_SECONDS)
