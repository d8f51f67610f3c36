"""A fwstart that runs in a terminal, answered key by key."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pexpect = pytest.importorskip("pexpect")  # not on Windows

UP, DOWN, ENTER, SPACE, CTRL_C = "\x1b[A", "\x1b[B", "\r", " ", "\x03"
FIRST = "Is the framework already decided?"
PROMPTS = [
    "How much deep learning have you done?",
    "How do you want to write models?",
    "Where will the work live?",
    "Does popularity matter to you?",
    "Where will pretrained models come from?",
    "Where must the model run?",
    "What do you want from the community?",
]
NUMBERED = [f"{number}/7 {prompt}" for number, prompt in enumerate(PROMPTS, start=1)]
ESCAPE = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>])")


class Terminal:
    """A fwstart that runs in a terminal, and what it has shown."""

    def __init__(self, folder: Path, arguments: list[str], columns: int, environment: dict[str, str]) -> None:
        plain = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("FWSTART_") and name != "CI"
        }
        self.process = pexpect.spawn(
            sys.executable,
            ["-m", "fwstart", *arguments],
            cwd=folder,
            # Nobody answers the terminal's question for its cursor's position here.
            env=plain | {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", **environment},
            dimensions=(40, columns),
            encoding="utf-8",
            timeout=20,
        )
        self.shown = ""

    def see(self, text: str) -> None:
        """Wait until the text is shown."""
        words = r"(?:\s|\x1b\[[0-9;?]*[A-Za-z])+".join(re.escape(word) for word in text.split())
        self.process.expect(words)
        self.shown += self.process.before + self.process.after

    def answer(self, text: str, *keys: str) -> None:
        """Wait for a question, then press keys."""
        self.see(text)
        self.process.expect(r"> ")  # the pointer: the choices are there
        self.shown += self.process.before + self.process.after
        self.process.send("".join(keys))

    def end(self) -> int:
        """Wait for the end; return the exit code, 128 + number after a signal."""
        self.process.expect(pexpect.EOF)
        self.shown += self.process.before
        self.process.close()
        return int(self.process.exitstatus if self.process.exitstatus is not None else -1)

    @property
    def text(self) -> str:
        """All that was shown, without escape codes, each space single."""
        return " ".join(ESCAPE.sub("", self.shown).split())


Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start fwstart in an empty folder; no half project is left there, however it ends."""
    terminals = []

    def run(*arguments: str, columns: int = 80, **environment: str) -> Terminal:
        environment = {"HOME": str(tmp_path / "home"), **environment}
        terminals.append(Terminal(tmp_path, list(arguments), columns, environment))
        return terminals[-1]

    yield run
    for terminal in terminals:
        terminal.process.close(force=True)
    assert [] == list(tmp_path.glob(".*"))
