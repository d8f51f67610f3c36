"""Write docs/reference/errors.md: what every error of fwstart and of a generated project says.

It is read from the sources. A test compares the page with what this would write.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from error_messages import Message, messages

CHECKOUT = Path(__file__).parents[1]
PAGE = CHECKOUT / "docs" / "reference" / "errors.md"
COMMAND = "python scripts/make_errors.py"
PACKAGE_FOLDER = "[= package =]"
FRAMEWORKS = {"pytorch": "PyTorch", "keras": "Keras"}
TOP = "all commands"
INTRODUCTION = f"""\
# Errors

Made from the sources by `{COMMAND}`; do not edit.

An error says what was received, what is accepted, and what to do; it is printed on stderr, without a
traceback. Search this page for a few words of yours. &lt;folder&gt; stands for a value, [one | other] for one
of two texts. A command that fails so ends with exit code 1, or with 2 where it is marked *(usage)*.

The program behind an error, such as git or a framework, sometimes says the rest; then its words stand where
this page has a name."""
OURS = "## Errors of `fwstart`"
THEIRS = """\
## Errors of a generated project

`myproject` is the name of its package. A mark says which framework's project has the error; without one, both
have it. *(refused)* is the answer of a model server to a request, with HTTP status 400."""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)


def page() -> str:
    """Return the text of the page."""
    tool = [(file, "") for file in sorted((CHECKOUT / "src" / "fwstart").rglob("*.py"))]
    parts = [INTRODUCTION, OURS, *_rooms(tool, "fwstart"), THEIRS, *_rooms(list(_sources()), PACKAGE_FOLDER)]
    return "\n\n".join(parts) + "\n"


def _sources() -> Iterator[tuple[Path, str]]:
    """Yield the modules of generated projects, each with the framework that alone has it."""
    for layer in ("shared", *FRAMEWORKS):
        for file in sorted((CHECKOUT / "templates" / layer).rglob("*.py")):
            if PACKAGE_FOLDER in file.parts and "tests" not in file.parts:
                yield file, FRAMEWORKS.get(layer, "")


def _rooms(files: list[tuple[Path, str]], package: str) -> Iterator[str]:
    """Yield the headings of the rooms and the lists of their messages."""
    found: dict[str, dict[Message, set[str]]] = {}
    for file, framework in files:
        for message in messages(file):
            if not re.fullmatch(r"<[^<>]*>\W?", message.problem):
                found.setdefault(_room(file, package), {}).setdefault(message, set()).add(framework)
    for room in sorted(found, key=lambda name: (name != TOP, name)):
        yield f"### {room}" if room == TOP else f"### `{room}`"
        yield "\n".join(_entry(message, owners) for message, owners in found[room].items())


def _room(file: Path, package: str) -> str:
    """Return the room of a module; a deployment target's folder is one."""
    *folders, _ = file.parts[file.parts.index(package) + 1 :]
    return "/".join(folders[:2] if folders[:1] == ["targets"] else folders[:1]) or TOP


def _entry(message: Message, owners: set[str]) -> str:
    marks = sorted(owners) if len(owners) == 1 and "" not in owners else []
    marks += {0: ["refused"], 1: [], 2: ["usage"]}[message.exit_code]
    mark = f"*({', '.join(marks)})*" if marks else ""
    return " ".join(filter(None, (f"- **{plain(message.problem)}**", plain(message.fix), mark)))


def plain(text: str) -> str:
    """Return a text in which no character means anything to Markdown; an address is set as code."""
    words = re.split(r"(https?://[^\s\"<]+[^\s\"<.])", text)
    words[::2] = [re.sub(r"([\\`*_{}\[\]|#])", r"\\\1", escape(each, quote=False)) for each in words[::2]]
    words[1::2] = [f"`{each}`" for each in words[1::2]]
    return "".join(words)


if __name__ == "__main__":
    main()
