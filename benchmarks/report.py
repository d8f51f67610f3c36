"""Writes a benchmark's section of docs/benchmarks.md and leaves the others as they are.

A section lies between two comments that name it:
    <!-- generate -->
    ...
    <!-- end of generate -->
"""

import os
import platform
import re
import textwrap
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1] / "docs" / "benchmarks.md"
TITLE = """\
# Benchmarks

Each section is written by the command that it names, with every aim next to what was measured, even if it was
missed. Figures hold for the machine that they name; trust ratios, not absolute values."""


def write_section(name: str, text: str, path: Path = BENCHMARKS) -> None:
    """Put the text in the place of the section of that name; a new one comes last."""
    document = path.read_text(encoding="utf-8") if path.exists() else f"{TITLE}\n"
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    section = f"{begin}\n{text.strip()}\n{end}"
    pattern = re.compile(rf"{re.escape(begin)}\n.*?{re.escape(end)}", re.DOTALL)
    if pattern.search(document):
        document = pattern.sub(lambda _match: section, document)
    else:
        document = f"{document.rstrip()}\n\n{section}\n"
    path.write_text(document, encoding="utf-8", newline="\n")


def this_machine() -> str:
    """Return the machine in a few words, without its name."""
    system = f"{platform.system()} {platform.machine()}"
    return f"{system}, {os.cpu_count()} cores, Python {platform.python_version()}"


def paragraph(text: str) -> str:
    """Return running text, broken as the documents here are."""
    return textwrap.fill(" ".join(text.split()), 118, break_long_words=False, break_on_hyphens=False)


def table(header: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
