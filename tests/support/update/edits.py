"""Random edits of a project, and how each of them shows whether an update kept it."""

from __future__ import annotations

import random
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ANSWERS_FILE = ".copier-answers.yml"
NUM_EDITS = (6, 22)  # fewest and most of a project: an update takes a second, an edit hardly more time
Kind = Literal[
    "add line", "change line", "delete line", "add file", "delete file", "rename file", "change bytes"
]
KINDS: tuple[Kind, ...] = (
    "add line", "add line", "change line", "change line", "delete line", "delete line",
    "add file", "delete file", "rename file", "change bytes",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One edit: of which file, and the text by which it is recognized."""

    kind: Kind
    path: str
    text: str  # a line that came or went; a renamed file's new path; a new file's content


def edit_randomly(project: Path, seed: int) -> list[Edit]:
    """Make edits of different files, anywhere in the project."""
    chance = random.Random(seed)  # noqa: S311  (no secret)
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=project, capture_output=True, check=True
    ).stdout.decode()
    files = [name for name in listed.split("\0") if name and name != ANSWERS_FILE]
    chosen = chance.sample(files, chance.randint(*NUM_EDITS))
    return [_edit(project, path, chance, f"edit {seed}.{number}") for number, path in enumerate(chosen)]


def _edit(project: Path, path: str, chance: random.Random, token: str) -> Edit:
    file, kind = project / path, chance.choice(KINDS)
    content = file.read_bytes()
    if b"\0" in content and kind in {"add line", "change line", "delete line"}:
        kind = "change bytes"
    if kind == "add file":
        path = str(Path(path).with_name(f"mine {token}.txt"))
        (project / path).write_text(f"{token}\n")
        return Edit(kind=kind, path=path, text=f"{token}\n")
    if kind == "delete file":
        file.unlink()
        return Edit(kind=kind, path=path, text="")
    if kind == "rename file":
        renamed = Path(path).with_name(f"renamed-{Path(path).name}")
        file.rename(project / renamed)
        return Edit(kind=kind, path=path, text=renamed.as_posix())
    if kind == "change bytes":
        file.write_bytes(content + b"\0\xe9" + token.encode())
        return Edit(kind=kind, path=path, text=token)
    return _edit_lines(file, path, kind, chance, token)


def _edit_lines(file: Path, path: str, kind: Kind, chance: random.Random, token: str) -> Edit:
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    number = chance.randrange(len(lines) or 1)
    line = f"# {token}\n"
    if kind == "delete line":
        unique = [place for place, one in enumerate(lines) if one.strip() and lines.count(one) == 1]
        if unique:
            line = lines.pop(chance.choice(unique))
            file.write_text("".join(lines), encoding="utf-8")
            return Edit(kind=kind, path=path, text=line)
        kind = "add line"
    lines[number : number + (kind == "change line")] = [line]
    file.write_text("".join(lines), encoding="utf-8")
    return Edit(kind=kind, path=path, text=line)


def is_kept(project: Path, edit: Edit, template: Path) -> bool:
    """Return whether an edit is still there after an update; `template` is the new release's plain project.

    A deleted line is back only if the new release has it no more often than the project: one that the release
    added elsewhere is none of the user's.
    """
    if edit.kind == "add file":  # where the whole folder around it moved, git moves it along
        return any(path.read_text() == edit.text for path in project.rglob(Path(edit.path).name))
    if edit.kind == "delete file":
        return not (project / edit.path).exists()
    if edit.kind == "rename file":
        return (project / edit.text).exists() and not (project / edit.path).exists()
    if edit.kind == "delete line":
        found, generated = _count(project / edit.path, edit.text), _count(template / edit.path, edit.text)
        return found == 0 or found < generated
    return any(edit.text.strip("\n").encode() in path.read_bytes() for path in _files(project))


def _count(path: Path, line: str) -> int:
    return path.read_text(encoding="utf-8").splitlines(keepends=True).count(line) if path.exists() else 0


def _files(project: Path) -> list[Path]:
    return [path for path in project.rglob("*") if path.is_file() and ".git" not in path.parts]
