"""The contract with Copier on paths: a part that renders "." vanishes, an empty one drops the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.small_releases import write
from support.update.history import FRAMEWORKS, copy_checkout

if TYPE_CHECKING:
    from pathlib import Path

    from support.update.installation import Machine

pytestmark = pytest.mark.update

QUESTIONS = """
_subdirectory: templates/one
_envops: {variable_start_string: "[=", variable_end_string: "=]"}
here: {type: str, when: false, default: "."}
also: {type: str, when: false, default: "."}
gone: {type: str, when: false, default: ""}
"""
FILES = {
    "plain/a.txt": "a\n",
    "[= here =]/plain/b.txt": "b\n",
    "[= here =]/[= also =]/c.txt.jinja": "[= 'c' =]\n",
    "[= here =]/deep/[= also =]/d.txt": "d\n",
    "[= gone =]/e.txt": "e\n",
    "[= here =]/[= gone =]/f.txt": "f\n",
    "[= gone =]/[= here =]/g.txt": "g\n",
}


def test_layers(contracted: Machine, tmp_path: Path) -> None:
    """Layers are laid over the project, nested ones mean "and", also behind a link."""
    template = tmp_path / "template"
    write(template, {"copier.yml": QUESTIONS})
    write(template / "templates/one", FILES)
    write(template / "templates/shared", {"[= here =]/h.txt": "h\n", "[= gone =]/i.txt": "i\n"})
    (template / "templates/one/[= also =]").symlink_to("../shared")
    contracted.run(tmp_path, "copier", "copy", "--defaults", "--quiet", template, "copy")

    made = {path.relative_to(tmp_path / "copy").as_posix() for path in (tmp_path / "copy").rglob("*.txt")}
    assert {"plain/a.txt", "plain/b.txt", "c.txt", "deep/d.txt", "h.txt"} == made


def test_folder_without_links(contracted: Machine, tmp_path: Path) -> None:
    """Where git made text files of links, as on Windows, Copier says so in one line and makes nothing."""
    template = copy_checkout(tmp_path / "template")
    for framework in FRAMEWORKS:
        link = template / "templates" / framework / "[= shared =]"
        link.unlink()
        link.write_text("../shared")
    said = contracted.run(tmp_path, "copier", "copy", "--defaults", "--quiet", "template", "copy", code=1)

    (line,) = said.splitlines()
    assert (
        "[= shared =] must be a link to templates/shared, but git did not create one. Install fwstart and run"
        in line
    )
    assert not (tmp_path / "copy").exists()
