"""Write docs/assets/first-run.svg: `fwstart new myproject` typed into a terminal, recorded and drawn.

Needs the extras test and docs. A test compares the words of the picture with what this would write.
"""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import groupby
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

import pexpect
import pyte
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).parents[1] / "docs" / "assets" / "first-run.svg"
COLUMNS, LINES = 100, 80
SECONDS = 60  # more than enough for each step
ENTER, DOWN = "\r", "\x1b[B"
NUM_QUESTIONS = 7
TYPED = "$ fwstart new myproject"
# What is not in the picture: from the line with the first beginning to before the one with the second.
CUTS = (("Against it", "=> Create"), ("Without uv", "\0"))
CUT = "⋮"
COLORS = {"brown": "yellow"}  # as pyte calls it, and as rich does
STYLES = {"bold": "bold", "italics": "italic", "reverse": "reverse"}
UV = "#!/bin/sh\necho uv 0.13.9\n"  # the picture is the same where uv is not installed
AUTHOR = "[user]\nname = Ada Example\nemail = ada@example.com\n[init]\ndefaultBranch = main\n"


def main() -> None:
    """Write the picture."""
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawn(shown(recorded())), encoding="utf-8")
    print(PICTURE)


def recorded() -> pyte.Screen:
    """Return the terminal after a newcomer has answered the questions."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.Stream(screen)
    with TemporaryDirectory() as place:
        shell = pexpect.spawn(
            sys.executable,
            ["-m", "fwstart", "new", "myproject"],
            cwd=place,
            env=_environment(Path(place)),
            encoding="utf-8",
            dimensions=(LINES, COLUMNS),
            timeout=SECONDS,
        )
        _answer(shell, stream)
    return screen


def _environment(place: Path) -> dict[str, str]:
    home, programs = place / "home", place / "programs"
    home.mkdir()
    programs.mkdir()
    (home / ".gitconfig").write_text(AUTHOR, encoding="utf-8")
    (programs / "uv").write_text(UV, encoding="utf-8")
    (programs / "uv").chmod(0o755)
    git = Path(which("git") or "git").parent
    return {
        "COLORTERM": "truecolor",
        "FWSTART_ACCELERATOR": "cpu",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": f"{programs}:{git}",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "TERM": "xterm-256color",
    }


def _answer(shell: "pexpect.spawn[str]", stream: pyte.Stream) -> None:
    """Say that one is experienced, answer the rest with Enter, and show the terminal all of it."""
    steps = [("already decided", ENTER), (f"1/{NUM_QUESTIONS}", DOWN + ENTER)]
    steps += [(f"{number}/{NUM_QUESTIONS}", ENTER) for number in range(2, NUM_QUESTIONS + 1)]
    for awaited, keys in [*steps, ("Create the project with", ENTER)]:
        shell.expect(awaited)
        stream.feed(f"{shell.before}{shell.after}")
        shell.send(keys)
    shell.expect(pexpect.EOF)
    stream.feed(f"{shell.before}")
    shell.close()
    if shell.exitstatus:
        raise SystemExit(f"fwstart new ended with exit code {shell.exitstatus}.")


def shown(screen: pyte.Screen) -> list[Text]:
    """Return the lines of the picture, in color."""
    lines = [Text(TYPED, style="bold"), *map(_line, (screen.buffer[row] for row in range(LINES)))]
    return list(_without_cuts(lines))


def _line(row: "dict[int, pyte.screens.Char]") -> Text:
    line = Text()
    for style, chars in groupby((row[column] for column in range(COLUMNS)), key=_style):
        line.append("".join(char.data for char in chars), style=style)
    line.rstrip()
    return line


def _style(char: "pyte.screens.Char") -> str:
    color = COLORS.get(char.fg, char.fg)
    styles = [style for word, style in STYLES.items() if getattr(char, word)]
    if color != "default":
        styles.append(f"#{color}" if re.fullmatch(r"[0-9a-f]{6}", color) else color)
    return " ".join(styles)


def _without_cuts(lines: Sequence[Text]) -> Iterator[Text]:
    cuts, until = list(CUTS), ""
    for line in lines:
        if until and line.plain.startswith(until):
            until = ""
        elif not until and cuts and line.plain.startswith(cuts[0][0]):
            _, until = cuts.pop(0)
            yield from [Text(CUT), Text()] if cuts else []
        if not until:
            yield line


def drawn(lines: Sequence[Text]) -> str:
    """Return the picture of lines as SVG; it fetches no font."""
    console = Console(width=COLUMNS, record=True, file=StringIO(), force_terminal=True, legacy_windows=False)
    for line in lines:
        console.print(line, soft_wrap=True)
    form = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    return console.export_svg(title="fwstart new myproject", code_format=form, unique_id="fwstart") + "\n"


if __name__ == "__main__":
    main()
