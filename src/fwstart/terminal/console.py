"""Where output goes: results to stdout, the rest to stderr, no escape codes where they do not belong."""

import os
import shutil
import sys
import textwrap
from contextlib import suppress
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from fwstart.terminal.screen import Screen

MAX_WIDTH = 100  # longer lines are hard to read
BLOCK = "\N{BLACK SQUARE}"
BOLD, PLAIN = "\033[1m", "\033[0m"


@dataclass(kw_only=True)
class Account:
    """What a command has done to files so far, and whether its output about that could be read."""

    done: str = ""  # in a sentence
    lost: OSError | None = None  # why words did not reach stdout


@dataclass(frozen=True, kw_only=True)
class Console:
    """The user's terminal, or what replaces it.

    A reader who has closed the pipe has read enough: that never ends a command. Another failure of stdout
    ends one whose result is its output; one that changes files does so anyway, and says so on stderr.
    """

    json: bool = False  # stdout is for one JSON document and nothing else
    questions: bool = True  # may ask, where there is someone to ask
    changes: bool = False  # the command changes files: that is its result, not its words
    account: Account = field(default_factory=Account)

    def say(self, text: str = "") -> None:
        """Show a line of the result; nothing at all where the result is JSON."""
        if not self.json:
            self.data(text)

    def prose(self, text: str) -> None:
        """Show a sentence of the result, broken to the terminal's width."""
        self.say(textwrap.fill(text, self.width, break_on_hyphens=False, break_long_words=False))

    def note(self, text: str) -> None:
        """Show a line next to the result, on stderr."""
        _write_aside(text)

    def made(self, sentence: str) -> None:
        """Record what has been done to files, in case none of the output is read."""
        self.account.done = sentence

    def data(self, text: str) -> None:
        """Put out the one document that stdout is for.

        Raises:
            OSError: stdout cannot be written, and the command has no other result.
        """
        try:
            _write(sys.stdout, text)
        except OSError as error:
            _discard(sys.stdout)
            self.account.lost = error
            if not self.changes and not isinstance(error, BrokenPipeError):
                raise

    def document(self, data: object) -> None:
        """Put out the data as the JSON document."""
        import json  # only some commands need it

        self.data(json.dumps(data, indent=2))

    def heading(self, text: str) -> str:
        """Return the text so that it stands out, where the terminal can."""
        return f"{BOLD}{text}{PLAIN}" if _styled(sys.stdout) else text

    @property
    def screen(self) -> Screen:
        """What a report is laid out for."""
        return Screen(width=self.width, heading=self.heading, block=BLOCK if _can_show(BLOCK) else "#")

    @property
    def width(self) -> int:
        """Columns for running text."""
        return min(shutil.get_terminal_size().columns, MAX_WIDTH)

    @property
    def asks(self) -> bool:
        """Whether someone can answer, and neither CI nor a flag forbids asking."""
        return self.questions and not self.json and not is_dumb() and in_terminal()


def open_console(*, questions: bool, json: bool, changes: bool = False) -> Console:
    """Return the console; tell users whose terminal cannot show questions that nothing is asked."""
    console = Console(json=json, questions=questions, changes=changes)
    if questions and not json and in_terminal() and is_dumb():
        problem = "This terminal (TERM=dumb) cannot show questions"
        console.note(f"{problem}: unanswered questions get their neutral answer.")
    return console


def in_terminal() -> bool:
    """Whether a person is at both ends, and this is not automation (`CI` set)."""
    return _is_terminal(sys.stdin) and _is_terminal(sys.stdout) and not os.environ.get("CI")


def is_dumb() -> bool:
    """Whether the terminal cannot move its cursor, which a choice by arrow keys needs."""
    return os.environ.get("TERM") in {"dumb", "unknown"}


def accept_any_character() -> None:
    """Make the streams escape what their encoding cannot show, instead of failing on it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def complain(problem: str, fix: str = "") -> None:
    """Show an error and the way out of it."""
    _write_aside(f"error: {problem}" + (f"\n{fix}" if fix else ""))


def _write_aside(text: str) -> None:
    """Write to stderr; if that fails, nobody can be told."""
    with suppress(OSError):
        _write(sys.stderr, text)


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # started with the stream closed
        return
    stream.write(f"{text}\n")
    stream.flush()


def _discard(stream: TextIO | None) -> None:
    """Discard what is still buffered for a closed pipe or a full disk, and everything that follows."""
    if stream is not None:
        with suppress(OSError, ValueError), Path(os.devnull).open("wb") as null:
            os.dup2(null.fileno(), stream.fileno())


def _styled(stream: TextIO | None) -> bool:
    return _is_terminal(stream) and not is_dumb() and not os.environ.get("NO_COLOR")


def _can_show(character: str) -> bool:
    try:
        character.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()
