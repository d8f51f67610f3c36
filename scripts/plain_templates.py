"""The templates as plain files: what a release, a wheel and an sdist hold.

A checkout has the files that both frameworks share in `templates/shared/`, and a link to it in the folder of
each framework. A wheel has no links, nor has git on every system: there each framework has real files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FRAMEWORKS = ("pytorch", "keras")
LINK = "[= shared =]"  # in each framework's folder


def plain_files(root: Path) -> dict[str, Path]:
    """Return the file to read for each path of the plain templates, sorted by path.

    `root` is a checkout, on a system with links or without, or holds the plain templates already.
    """
    templates = root / "templates"
    files = {"copier.yml": root / "copier.yml"}
    for name, path in _below(templates):
        top, *inner = name.split("/")
        if top == "shared":
            files |= {f"templates/{framework}/{LINK}/{'/'.join(inner)}": path for framework in FRAMEWORKS}
        elif inner[:1] != [LINK] or not (templates / "shared").exists():
            files[f"templates/{name}"] = path
    return dict(sorted(files.items()))


def _below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield every file but compiled ones, with its path relative to the folder; follow no link."""
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in {".pyc", ".pyo"}:
            yield path.relative_to(folder).as_posix(), path
