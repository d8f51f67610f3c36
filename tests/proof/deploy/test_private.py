"""No file of an export tells who made it, where, or on which machine."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from support.deploy.prepared import USER
from support.smoke.project import HOST_NAME
from support.smoke.projects import with_row
from support.smoke.rows import DEPLOYED, EDGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.deploy.prepared import Prepare
    from support.smoke.rows import Row

pytestmark = pytest.mark.deploy

ROWS = [pytest.param(row, marks=with_row(row), id=row.name) for row in (*DEPLOYED.values(), *EDGE.values())]


@pytest.mark.parametrize("row", ROWS)
def test_exports_do_not_name_their_maker(row: Row, prepared: Prepare) -> None:
    """User, home, host, and the folders of the project and its packages are in no byte, also of archives."""
    exported = prepared(row)
    exports = exported.project.path / "exports"
    words = (USER, HOST_NAME, str(exported.project.path.parent), "site-packages")

    found = {
        f"{name}: {word}"
        for name, content in everything_in(exports)
        for word in words
        if word.encode() in content
    }
    assert exported.exports.keys() <= {manifest.parent.name for manifest in exports.glob("*/manifest.json")}
    assert set() == found


def everything_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every file below `folder`, and of those in archives."""
    for path in (path for path in folder.rglob("*") if path.is_file()):
        name, content = str(path.relative_to(folder)), path.read_bytes()
        yield name, content
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                yield from ((f"{name}/{member}", archive.read(member)) for member in archive.namelist())
