"""The fenced blocks of a Markdown document: those that hold commands, and why some of them are not run.

A comment on the line before a block's fence is a marker, `<!-- not run: TOOL: REASON -->`, or a name.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SHELL, PYTHON = "bash", "python"
LANGUAGES = (SHELL, PYTHON, "text")
NAMES = ("tests",)  # the block that .ci/run looks for
# What a marked block may lack, and the commands of which one succeeds where it can really be used.
TOOLS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "docker": (("docker", "info"),),
    "tf-serving": (("tensorflow_model_server", "--version"), ("docker", "info"), ("podman", "info")),
    "machines": (),  # more than one
    "slurm": (("srun", "--version"),),
    "firewall": (),  # what changes the machine's
    "itself": (),  # what runs the tests cannot be run by them
    "network": (),  # what downloads: commands are run with the network cut off
}
_COMMENT = re.compile(r"<!-- (.*) -->")
_MARKER = re.compile(r"not run: (?P<tool>[\w-]+): (?P<reason>\S.*)")
_HEADING = re.compile(r"#{1,6} (.+)")
_FENCE = re.compile(r"[\s\d>*+.-]*(?:```|~~~)")  # in a list or a quotation as well
_COMMAND = re.compile(
    r"^(?:\$|(?:\S*/bin/)?(?:copier|curl|docker|fwstart|git|nox|npm|pip|pipx|python3?|uv))\s.*",
    flags=re.MULTILINE,
)


class BlockError(ValueError):
    """A block from which it does not follow whether it is to be run."""


@dataclass(frozen=True, kw_only=True)
class Marker:
    """Why a block is not run: the tool that is missing where the tests run, and the reason in words."""

    tool: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block: its first line's number, the heading above it, and what the comment before it says."""

    line: int
    heading: str
    language: str
    text: str
    name: str = ""
    marker: Marker | None = None

    @property
    def is_typed(self) -> bool:
        """Whether it holds what a reader types: commands, or lines of Python."""
        return self.language in {SHELL, PYTHON}

    @property
    def commands(self) -> list[str]:
        """Its commands, one a line but for lines that end in a backslash; Python is one; text is none."""
        if self.language == PYTHON:
            return [shlex.join(["uv", "run", "python", "-c", self.text])]
        if not self.is_typed:
            return []
        lines = self.text.replace("\\\n", " ").splitlines()
        return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def blocks_of(text: str) -> list[Block]:
    """Return the fenced blocks of a document, from top to bottom.

    Raises:
        BlockError: a fence that is indented, open to the end or without a language; a marker that is
            malformed, names a tool that is not known, or stands before no block; commands as text.
    """
    blocks: list[Block] = []
    heading, comment = "", ""
    lines = enumerate(text.splitlines(), start=1)
    for number, line in lines:
        if _FENCE.match(line):
            language = _language(number, line)
            content: list[str] = []
            for _, inner in lines:
                if inner == "```":
                    break
                content.append(inner)
            else:
                raise BlockError(f"line {number}: the block does not end; its last line must be ```")
            block = Block(line=number, heading=heading, language=language, text="\n".join(content))
            blocks.append(_described(block, comment))
        elif comment.startswith("not run"):
            raise BlockError(f"line {number}: a marker stands on the line before a fence, not here")
        elif found := _HEADING.fullmatch(line):
            heading = found[1]
        comment = found[1] if (found := _COMMENT.fullmatch(line)) else ""
    if comment.startswith("not run"):
        raise BlockError("the last line: a marker stands on the line before a fence, not here")
    return blocks


def _language(number: int, fence: str) -> str:
    language = fence.removeprefix("```")
    if language not in LANGUAGES:
        raise BlockError(f"line {number}: the fence is {fence!r}; it must be ```{' or ```'.join(LANGUAGES)}")
    return language


def _described(block: Block, comment: str) -> Block:
    """Return the block with what the comment before it says."""
    if not block.is_typed and (found := _COMMAND.search(block.text)):
        raise BlockError(f"line {block.line}: {found[0]!r} looks like a command; write ```{SHELL}")
    if not comment:
        return block
    if comment in NAMES:
        return replace(block, name=comment)
    return replace(block, marker=_marker(block.line, comment))


def _marker(number: int, comment: str) -> Marker:
    found = _MARKER.fullmatch(comment)
    if found is None:
        raise BlockError(f"line {number}: the comment is {comment!r}; it must be `not run: TOOL: REASON`")
    if found["tool"] not in TOOLS:
        raise BlockError(
            f"line {number}: the tool is {found['tool']!r}; it must be one of {', '.join(TOOLS)}"
        )
    return Marker(tool=found["tool"], reason=found["reason"])
