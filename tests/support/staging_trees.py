"""Folders with files, for the tests of staging."""

from pathlib import Path

import pytest

from fwstart.disk.staging import staged

PROJECT_FILES = {"README.md": "read me", "src/demo/__init__.py": "", ".gitignore": "*.pyc"}


def write(folder: Path, files: dict[str, str] = PROJECT_FILES) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def tree(folder: Path) -> dict[str, str | None]:
    """Return every path below a folder with its text; None for a folder."""
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    return {name: None if path.is_dir() else path.read_text() for name, path in sorted(paths.items())}


def files_in(folder: Path) -> dict[str, str]:
    return {name: text for name, text in tree(folder).items() if text is not None}


def create(target: Path) -> None:
    with staged(target) as folder:
        write(folder)


@pytest.fixture(params=["new", "empty", "git"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return each kind of target where a project may be created."""
    path = tmp_path / "work" / "demo"
    path.parent.mkdir()
    if request.param != "new":
        path.mkdir()
    if request.param == "git":
        write(path, {".git/HEAD": "ref: refs/heads/main"})
    return path
