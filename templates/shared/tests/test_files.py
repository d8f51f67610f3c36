"""A file is replaced whole or stays as it was."""

import errno
import os
from pathlib import Path

import pytest

from [= package =].errors import ProjectError
from [= package =].files import replacing


def test_file_is_replaced(tmp_path: Path) -> None:
    """After the block the new text is there, and nothing else."""
    path = tmp_path / "file.txt"
    path.write_text("old")

    with replacing(path) as temporary:
        temporary.write_text("new")

    assert ("new", [path]) == (path.read_text(), list(tmp_path.iterdir()))


def test_failure_keeps_the_old_file(tmp_path: Path) -> None:
    """A full disk in the middle of writing leaves the old text, and no rubbish."""
    path = tmp_path / "file.txt"
    path.write_text("old")

    def write_on_a_full_disk() -> None:
        with replacing(path) as temporary:
            temporary.write_text("ne")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(ProjectError, match=r"file\.txt cannot be written \(No space left on device\)"):
        write_on_a_full_disk()

    assert ("old", [path]) == (path.read_text(), list(tmp_path.iterdir()))


def test_earlier_file_is_kept_under_its_other_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks, even in between, finds a file at the first name; the one before it has the other."""
    path, earlier = tmp_path / "last.txt", tmp_path / "previous.txt"
    found = []
    replace = Path.replace

    def replace_and_look(temporary: Path, target: Path) -> Path:
        found.append(path.exists())
        return replace(temporary, target)

    monkeypatch.setattr(Path, "replace", replace_and_look)
    for text in ("one", "two", "three"):
        with replacing(path, earlier_as=earlier) as temporary:
            temporary.write_text(text)

    assert ("three", "two") == (path.read_text(), earlier.read_text())
    assert [False, True, True] == found


def test_earlier_file_is_kept_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that knows no hard links, played here by an error, keeps both files as well."""

    def refuse(earlier: Path, path: Path) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), earlier, None, path)

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    for text in ("one", "two", "three"):
        with replacing(tmp_path / "last.txt", earlier_as=tmp_path / "previous.txt") as temporary:
            temporary.write_text(text)

    kept = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert {"last.txt": "three", "previous.txt": "two"} == kept
