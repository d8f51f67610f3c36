"""`git-remote-fwstart`: git's way to the released templates, at the address `fwstart::templates`.

Projects record that address as `git+fwstart::templates`, so that plain `copier update` finds the templates
wherever fwstart is installed, without a network. git looks for this command on PATH and talks to it as
https://git-scm.com/docs/gitremote-helpers says; copier's `git+` passes the address on unchanged, which its
documentation does not promise; tests/proof/update/test_origin.py checks that it does.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from fwstart.errors import EXIT_DONE, EXIT_FAILED, FwstartError
from fwstart.git.run import own_environment
from fwstart.template.releases import unbundle
from fwstart.terminal.exits import exit_code

READING = "git-upload-pack"  # git's name for the service that a fetch talks to


def main() -> int:
    """Answer git and return the exit code; whatever happens, the user sees a message and no traceback."""
    return exit_code(_converse)


def _converse() -> int:
    """Answer git's commands until it has connected, hangs up, or wants anything other than to read."""
    if sys.stdin is None:  # started with the stream closed
        return EXIT_DONE
    # Unbuffered: what follows `connect` is for git, not for us.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as commands:
        for line in iter(commands.readline, b""):
            command = line.decode(errors="replace").strip()
            if command == "capabilities":
                _answer("connect\n")
            elif command == f"connect {READING}":
                return _serve()
            elif command:
                return _refuse(f"`{command}`: the released templates can only be read.")
    return EXIT_DONE


def _serve() -> int:
    """Let git read from the releases, unpacked for this connection only: no cache can be stale or locked."""
    try:
        with TemporaryDirectory(prefix="fwstart-", ignore_cleanup_errors=True) as folder:
            repository = Path(folder) / "templates.git"
            unbundle(repository)
            _answer("")
            command = ["git", "upload-pack", "--strict", str(repository)]
            return subprocess.run(command, env=own_environment(), check=False).returncode
    except FwstartError as error:
        return _refuse(f"{error.problem} {error.fix}")


def _answer(capability: str) -> None:
    """Send one answer; an empty line ends it."""
    sys.stdout.buffer.write(f"{capability}\n".encode())  # as bytes: no carriage return on any system
    sys.stdout.flush()


def _refuse(why: str) -> int:
    sys.stderr.write(f"fwstart: {why}\n")
    return EXIT_FAILED
