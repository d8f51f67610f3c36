"""Where no project may be created: it is said why, and nothing is touched."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.staging_trees import create, target, tree, write

from fwstart.disk.destination import check_target
from fwstart.errors import FwstartError

__all__ = ["target"]  # a fixture


def _file(path: Path) -> None:
    path.write_text("x", encoding="utf-8")


def _file_as_parent(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("x", encoding="utf-8")


def _link_as_parent(path: Path) -> None:
    path.parent.rmdir()
    path.parent.symlink_to("nowhere")


REFUSALS: list[tuple[Callable[[Path], None], str]] = [
    (lambda path: write(path, {"notes.txt": "", "old/x": ""}), "is not empty: it contains notes.txt, old/."),
    (lambda path: write(path, {".env": ""}), "is not empty: it contains .env."),
    (lambda path: write(path, {".git/HEAD": "", "x": ""}), "is not empty: it contains x."),
    (lambda path: write(path, {f"f{n:02}": "" for n in range(10)}), "f08, f09."),
    (lambda path: write(path, {f"f{n:02}": "" for n in range(13)}), "f08, f09 and 3 more."),
    (lambda path: write(path, {"a\x1bb": ""}), "it contains a?b."),
    (_file, "is a file, not a folder."),
    (lambda path: path.symlink_to("nowhere"), "is a link to something that does not exist."),
    (lambda path: path.symlink_to(path.name), "is a link to something that does not exist."),
    (_file_as_parent, "work is a file."),
    (_link_as_parent, "work is a link to something that does not exist."),
]


@pytest.mark.parametrize(("prepare", "words"), REFUSALS)
def test_refused_target(tmp_path: Path, prepare: Callable[[Path], None], words: str) -> None:
    """The conflicts are listed, and nothing is touched."""
    target = tmp_path / "work" / "demo"
    target.parent.mkdir()
    prepare(target)
    before = sorted(tmp_path.rglob("*"))

    for attempt in (check_target, create):
        with pytest.raises(FwstartError) as caught:
            attempt(target)
        assert caught.value.problem.endswith(words), caught.value.problem
    assert sorted(tmp_path.rglob("*")) == before


def test_name_too_long(tmp_path: Path) -> None:
    """The system's limit becomes an error with a way out, and parents that were made are gone."""
    with pytest.raises(FwstartError, match="the path is too long"):
        create(tmp_path / "a" / ("x" * 250))

    assert tree(tmp_path) == {}


def test_check_touches_nothing(target: Path) -> None:
    """An acceptable target is not changed by looking at it."""
    before = tree(target.parent)
    check_target(target)

    assert tree(target.parent) == before
