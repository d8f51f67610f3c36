"""How a command ends: its exit code, and words for the user where something stopped it."""

import os
from collections.abc import Callable

from fwstart.console import complain, discard_output
from fwstart.errors import EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_SIGNALLED, FwstartError


def exit_code(command: Callable[[], int]) -> int:
    """Run a command and return its exit code; whatever happens, the user sees words and no traceback."""
    try:
        return command()
    except FwstartError as error:
        complain(error.problem, error.fix)
        return error.exit_code
    except KeyboardInterrupt:
        complain("interrupted; nothing half-made is left behind.")
        return EXIT_INTERRUPTED
    except SystemExit as stop:  # a signal, or typer's own way out
        return _stopped(stop.code if isinstance(stop.code, int) else EXIT_DONE)
    except OSError as error:
        return _refused_by_system(error)
    except Exception as error:
        if os.environ.get("FWSTART_DEBUG"):
            raise
        complain(
            f"this is a bug in fwstart: {type(error).__name__}: {error}",
            "Please report it with the command that you ran. FWSTART_DEBUG=1 shows where it happened.",
        )
        return EXIT_FAILED


def _stopped(code: int) -> int:
    if code > EXIT_SIGNALLED:
        complain(f"stopped by signal {code - EXIT_SIGNALLED}; nothing half-made is left behind.")
    return code


def _refused_by_system(error: OSError) -> int:
    """Report what the operating system refused; a reader that closed the pipe is no news."""
    if not isinstance(error, BrokenPipeError):
        what = f"{error.filename}: {error.strerror}" if error.filename else (error.strerror or str(error))
        complain(f"{what}.", "Check that the disk has room and that you may write there, then try again.")
    if error.filename is None:
        discard_output()
    return EXIT_FAILED
