"""Every error that a user can see, with its exit code and what to do."""

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_NEWER = 3  # of `fwstart update --check`: there is something newer
EXIT_SIGNALLED = 128  # and the signal's number
EXIT_INTERRUPTED = 130


class FwstartError(Exception):
    """Something failed or the target was refused: exit code 1.

    `problem` says what was received and what is accepted, `fix` what to do now. Both are whole sentences
    or lines for a person; neither is ever a traceback.
    """

    exit_code = EXIT_FAILED

    def __init__(self, problem: str, *, fix: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix


class UsageError(FwstartError):
    """A flag, value, name or answers file is not acceptable: exit code 2, and nothing was done."""

    exit_code = EXIT_USAGE


class StoppedError(FwstartError):
    """A signal arrived when everything was done except the final output: its exit code, and what was done."""

    def __init__(self, code: int, done: str) -> None:
        number = code - EXIT_SIGNALLED
        super().__init__(
            "interrupted." if code == EXIT_INTERRUPTED else f"stopped by signal {number}.", fix=done
        )
        self.exit_code = code
