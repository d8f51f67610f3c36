"""The one error that a user of this project meets, and the exit codes."""

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
