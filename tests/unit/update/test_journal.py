"""A journal that cannot be read, or leads out of the project, is refused as a whole, with what to type."""

import itertools
import json
import os
from pathlib import Path

import pytest
from support.small_releases import snapshot
from test_putting_back import README, journal, killed, newer

from fwstart.cli.app import main
from fwstart.errors import FwstartError
from fwstart.update.putting_back import put_back_abandoned

__all__ = ["newer"]  # a fixture

UNREADABLE = {
    "empty": "",
    "no JSON": "{",
    "no object": "[]",
    "deep": "[" * 100_000,
    "another version": '{"version": 2}',
    "without a part": '{"version": 1, "entries": []}',
    "bytes": "\udcff",
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_journal(newer: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be read is said with what to type, and touches nothing; typed, updates work again."""
    killed(newer, 4)
    journal(newer).write_bytes(content.encode(errors="surrogateescape"))
    before = snapshot(newer)
    old = {path: path.read_bytes() for path in journal(newer).parent.rglob("*") if path.is_file()}

    assert 1 == main(["update", "demo"])
    error = capsys.readouterr().err
    assert "cannot be used" in error
    assert "bug" not in error
    assert before == snapshot(newer)
    assert old == {path: path.read_bytes() for path in journal(newer).parent.rglob("*") if path.is_file()}
    os.system(error.partition("; `")[2].partition("` sets aside")[0])  # noqa: S605
    os.system(f"rm -r {error.partition('Then remove ')[2].partition(' (')[0]}")  # noqa: S605
    assert 1 == main(["update", "demo"])  # the conflict
    assert "One!" in (newer / README).read_text()


OUTSIDE = (
    "/etc/victim",
    "../victim",
    "src/../../victim",
    ".git/config",
    "a/.GIT/hooks/x",
    "a//b",
    "",
)


def test_journal_that_leads_out_of_the_project(newer: Path) -> None:
    """No path of a journal leads out of the project or into a git directory: it is refused as a whole."""
    killed(newer, 4)
    written = journal(newer).read_text()
    (newer.parent / "victim").write_text("not ours\n")
    before = snapshot(newer)
    for path, key in itertools.product(OUTSIDE, ("entries", "folders", "conflicts")):
        content = json.loads(written)
        if key == "folders":
            content[key].append(path)
        else:
            content[key][0]["path"] = path
        journal(newer).write_text(json.dumps(content))
        with pytest.raises(FwstartError, match="does not lie within the project"):
            put_back_abandoned(newer)

    assert before == snapshot(newer)
    assert (newer.parent / "victim").exists()
