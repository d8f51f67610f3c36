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
