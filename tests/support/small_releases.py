"""Releases of a small template, cut by the repository's own command, and projects made from them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import release
import yaml

from fwstart.template.recorded import ANSWERS_FILE
from fwstart.template.releases import read_releases, unbundle, unpack
from fwstart.template.render import create
from fwstart.update.step import plan_step, worked_out
from support import CHECKOUT, trees

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fwstart.template.releases import Release

DAY = date(2026, 11, 23)
ANSWERS = replace(trees.ANSWERS, project_name="demo", author="Ada")
ANSWERS_NAME = "[= _copier_conf.answers_file =].jinja"
FIRST = {
    "README.md.jinja": "# [= project_name =]\n\nOne.\nTwo.\nThree.\nFour.\nFive.\n",
    "src/[= package =]/model.py": "".join(f"line_{number} = {number}\n" for number in range(40)),
    "src/[= package =]/train.py": "".join(f"step_{number} = {number}\n" for number in range(40)),
    "image.png": "\x00\x01 no text\n",
    "old.txt": "This file goes away.\n",
    "[= edge =]/edge/edge.txt": "For phones.\n",  # what adding and removing a target does
}
SECOND = {
    "README.md.jinja": "# [= project_name =]\n\nOne!\nTwo.\nThree.\nFour.\nFive.\n",
    "src/[= package =]/model.py": FIRST["src/[= package =]/model.py"].replace("line_5 = 5", "line_5 = 55"),
    "src/[= package =]/new.py": "new = True\n",
    "old.txt": None,
}


def small_checkout(folder: Path) -> Path:
    """Return a checkout with a small template and no release yet."""
    (folder / "src/fwstart/template").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / "src/fwstart/__init__.py").write_text('__version__ = "0.1.0.dev0"\n', encoding="utf-8")
    (folder / "CHANGELOG.md").write_text("# Changelog\n\nWords.\n\n", encoding="utf-8")
    shutil.copy(CHECKOUT / "copier.yml", folder)
    answers = (CHECKOUT / "templates/pytorch" / ANSWERS_NAME).read_text(encoding="utf-8")
    write(folder / "templates/pytorch", {ANSWERS_NAME: answers})
    write(folder / "templates/keras", {ANSWERS_NAME: answers})
    return folder


def write(folder: Path, files: Mapping[str, str | None]) -> None:
    """Write files with their folders; remove those that are None."""
    for name, text in files.items():
        path = folder / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")


def cut(
    checkout: Path, version: str, files: Mapping[str, str | None], notes: str = "- Something."
) -> Release:
    """Change the template for both frameworks and cut a release with the repository's command."""
    for framework in ("pytorch", "keras"):
        write(checkout / "templates" / framework, files)
    changelog = checkout / "CHANGELOG.md"
    heading, _, rest = changelog.read_text(encoding="utf-8").partition("\nWords.\n\n")
    changelog.write_text(f"{heading}\nWords.\n\n## Unreleased\n\n{notes}\n\n{rest}", encoding="utf-8")
    return release.cut(checkout, version, DAY)


def bundle_of(checkout: Path) -> Path:
    """Return where a checkout keeps its releases."""
    return checkout / "src/fwstart/template/templates.bundle"


def git(folder: Path, *arguments: str) -> str:
    """Return what git says in a folder."""
    return subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.rstrip()


def commit(project: Path, message: str = "work") -> None:
    """Commit everything that a project holds."""
    git(project, "add", "--all", ".")
    git(project, "commit", "--quiet", "--message", message)


def start_project(project: Path) -> Path:
    """Generate a committed project from the newest release of the bundle in use."""
    create(project, ANSWERS, {"docs/DECISION.md": "# Why\n"})
    git(project, "init", "--quiet", "--initial-branch=main")
    commit(project, "start")
    return project


def make(project: Path, to: str | None = None, deploy: list[str] | None = None) -> None:
    """Update a project, with other targets if they are given."""
    with worked_out(plan_step(project, to, deploy)) as worked:
        worked.make()


def recorded(project: Path) -> dict[str, object]:
    """Return what a project's answers file holds."""
    content: dict[str, object] = yaml.safe_load((project / ANSWERS_FILE).read_text())
    return content


def snapshot(folder: Path) -> dict[str, tuple[int, int, bytes | str]]:
    """Return mode, time of change and content of everything below a folder, git's objects left out."""
    found: dict[str, tuple[int, int, bytes | str]] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if ".git" in path.relative_to(folder).parts and not name.endswith((".git/HEAD", ".git/index")):
            continue
        status = path.lstat()
        content = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else ""
        found[name] = (status.st_mode, 0 if path.is_dir() else status.st_mtime_ns, content)
    return found


def template_of(bundle: Path, folder: Path, release_number: int = -1) -> Path:
    """Return a folder with the files of one release."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    unbundle(folder / "templates.git", bundle)
    unpack(folder / "templates.git", read_releases(bundle)[release_number], folder / "template")
    return folder / "template"
