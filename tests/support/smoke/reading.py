"""Typing what documents print, from top to bottom, on a machine that reaches itself and nothing else."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from support.deploy.servers import wait_until
from support.smoke.documents import RUN_BY
from support.smoke.project import WITHOUT_NETWORK, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from support.smoke.documents import Document
    from support.smoke.project import Project

INSTALLS = "uv sync --inexact --extra "  # what begins so may fetch packages; nothing else has a network
SERVES = re.compile(r" serve( |$)")  # in the foreground, until Ctrl-C
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
ENDED = {0, 128 + signal.SIGINT}
PATIENCE_SECONDS = 40


@dataclass(kw_only=True)
class Reader:
    """Somebody in a project's folder with a document: what they typed, what it printed, which pages opened.

    `placeholders` are the words in angle brackets that a reader has to replace, each with the pattern of
    what a running server has printed to put in its place.
    """

    project: Project
    folder: Path
    placeholders: Mapping[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    num_blocks: int = 0

    @property
    def pages(self) -> list[str]:
        """The addresses for which a browser was started."""
        file = self.folder / "pages.txt"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []

    @property
    def summary(self) -> str:
        """What was done, in words."""
        return f"blocks run: {self.num_blocks}, commands: {len(self.outputs)}"

    def read(self, document: Document) -> None:
        """Type the commands of a document that are ours to run, but for those that were typed before.

        Servers run to the end of their section.
        """
        by = RUN_BY[document.name]
        blocks = [block for block in document.blocks if not block.marker]
        for _, section in groupby(blocks, key=lambda block: block.heading):
            with ExitStack() as servers:
                for block in section:
                    if RUN_BY[document.key(block) or ""] == by:
                        self.num_blocks += 1
                        for command in block.commands:
                            self._type(command, servers)

    def _type(self, command: str, servers: ExitStack) -> None:
        if command in self.outputs:
            return
        if SERVES.search(command):
            servers.enter_context(self._serving(command))
        else:
            output = self.project.run(self._completed(command), network=command.startswith(INSTALLS))
            self.outputs[command] = self.project.passed[command] = output

    def _completed(self, command: str) -> str:
        """Return the command with what a server has printed in the place of placeholders."""
        for placeholder, pattern in self.placeholders.items():
            if placeholder in command:
                (found,) = re.findall(pattern, "".join(self.outputs.values()))
                command = command.replace(placeholder, quoted(found))
        return command

    @contextmanager
    def _serving(self, command: str) -> Iterator[None]:
        """Run a server in the background; the block begins when it has answered a request, and ends it."""
        log = self.folder / "server.txt"
        with log.open("w") as output:
            process = subprocess.Popen(
                [*self.project.offline, "bash", "-euo", "pipefail", "-c", command],
                cwd=self.project.path,
                env=self.project.environment | {"BROWSER": f"{self._stand_in()} %s"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_until(lambda: process.poll() is not None or ADDRESS.search(log.read_text()))
            address = ADDRESS.search(log.read_text())
            assert address, log.read_text()
            self.project.run(quoted("curl", "--silent", "--show-error", "--output", os.devnull, address[0]))
            self.outputs[command] = log.read_text()
            yield
        finally:
            self._end(process)
        assert process.returncode in ENDED, log.read_text()

    def _stand_in(self) -> Path:
        """Return a program that stands in for a browser: it notes the address."""
        program = self.folder / "browser-stand-in"
        program.write_text(f'#!/bin/sh\necho "$1" >> {quoted(self.folder / "pages.txt")}\n')
        program.chmod(0o755)
        return program

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        """End a server as Ctrl-C in its terminal does: what it has started gets the signal as well."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise


@contextmanager
def reading(
    project: Project,
    folder: Path,
    *,
    placeholders: Mapping[str, str] | None = None,
    done: Iterable[str] = (),
) -> Iterator[Reader]:
    """Yield a reader whose commands share one network, which has but 127.0.0.1.

    `folder` is for notes; the commands in `done` were typed before, by somebody else.
    """
    with subprocess.Popen([*WITHOUT_NETWORK, "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin
        assert holder.stdout
        holder.stdin.write(b"\n")
        holder.stdin.flush()
        assert b"\n" == holder.stdout.readline()  # the network is cut, and stays until stdin is closed
        entered = ("nsenter", f"--target={holder.pid}", "--user", "--preserve-credentials", "--net")
        yield Reader(
            project=replace(project, offline=entered),
            folder=folder,
            placeholders=placeholders or {},
            outputs=dict.fromkeys(done, ""),
        )
