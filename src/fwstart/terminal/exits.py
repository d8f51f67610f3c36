"""How a command ends: its exit code, and a message if something stopped it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fwstart.errors import (
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_SIGNALLED,
    FwstartError,
    StoppedError,
)
from fwstart.terminal.console import Console, complain


def exit_code(command: Callable[[], int]) -> int:
    """Run a command and return its exit code; whatever happens, the user sees a message and no traceback."""
    try:
        return command()
    except FwstartError as error:
        complain(error.problem, error.fix)
        return error.exit_code
    except (KeyboardInterrupt, SystemExit) as stop:  # a signal, or typer's own way out
        return _stopped(stop)
    except OSError as error:
        obeyed = _stop_before(error)
        return _stopped(obeyed) if obeyed else _refused_by_system(error)
    except Exception as error:
        if os.environ.get("FWSTART_DEBUG"):
            raise
        complain(
            f"this is a bug in fwstart: {type(error).__name__}: {error}",
            "Please report it with the command that you ran. FWSTART_DEBUG=1 shows where it happened.",
        )
        return EXIT_FAILED


@contextmanager
def accounting(console: Console) -> Iterator[None]:
    """Say on stderr what was done to files if a signal or a lost stdout prevented it."""
    account = console.account
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as stop:
        if not account.done:
            raise
        code = stop.code if isinstance(stop, SystemExit) and isinstance(stop.code, int) else EXIT_INTERRUPTED
        raise StoppedError(code, account.done) from None
    except Exception:
        if account.done:
            console.note(account.done)
        raise
    if account.lost and not isinstance(account.lost, BrokenPipeError):
        console.note(f"warning: the output could not be written: {account.lost.strerror}.")
    if account.lost and account.done:
        console.note(account.done)


def _stopped(stop: KeyboardInterrupt | SystemExit) -> int:
    if isinstance(stop, KeyboardInterrupt):
        complain("interrupted; nothing unfinished is left behind.")
        return EXIT_INTERRUPTED
    if isinstance(stop.__context__, BrokenPipeError):  # typer's: a help of which enough was read
        return EXIT_DONE
    code = stop.code if isinstance(stop.code, int) else EXIT_DONE
    if code > EXIT_SIGNALLED:
        complain(f"stopped by signal {code - EXIT_SIGNALLED}; nothing unfinished is left behind.")
    return code


def _stop_before(error: BaseException) -> KeyboardInterrupt | SystemExit | None:
    """Return the signal that was being obeyed when `error` was raised, None if there was none.

    A signal in the middle of `subprocess.Popen` can let its cleanup close a pipe twice: what arrives is an
    OSError, "Bad file descriptor" (seen with Python 3.11, 2026-11).
    """
    before = error.__context__
    while before is not None and not isinstance(before, KeyboardInterrupt | SystemExit):
        before = before.__context__
    return before


def _refused_by_system(error: OSError) -> int:
    """Report what the operating system refused, and what to do about it."""
    from fwstart.terminal.system_errors import advice  # only an error needs it

    what = f"{error.filename}: {error.strerror}" if error.filename else (error.strerror or str(error))
    advised = advice(error)
    fix = f"{advised} Then try again." if advised else "Check that folder or device, then try again."
    if isinstance(error, FileNotFoundError):
        if not _has_current_folder():
            what = "the current folder no longer exists: it was deleted or moved"
            fix = "Change to a folder that exists (`cd`), then try again."
        elif "temporary directory" in what:  # tempfile's words
            fix = "Set TMPDIR to a folder that exists and that you may write to."
    complain(f"{what}.", fix)
    return EXIT_FAILED


def _has_current_folder() -> bool:
    try:
        return bool(os.getcwd())  # noqa: PTH109  (Path.cwd is the same, and a longer way to it)
    except OSError:
        return False
