"""A history of releases for the slow tests: the real ones, and two more that change the real templates."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import release

from fwstart.template.origin import ORIGIN
from fwstart.template.releases import read_releases, unbundle, unpack
from fwstart.template.render import regenerate
from support import CHECKOUT
from support.small_releases import ANSWERS, bundle_of, commit, git

if TYPE_CHECKING:
    from collections.abc import Callable

    from fwstart.template.releases import Release

FRAMEWORKS = ("pytorch", "keras")
MOVES = (  # releases that put modules into rooms, joined the small ones, and let both pages share two
    (0, 6, 0),
    (0, 7, 0),
    (0, 8, 0),
)
MOVED = MOVES[-1]


@dataclass(frozen=True, kw_only=True)
class History:
    """A checkout with all releases, and the projects that each of them generates."""

    checkout: Path
    folder: Path

    @property
    def bundle(self) -> Path:
        """The checkout's releases."""
        return bundle_of(self.checkout)

    @property
    def releases(self) -> tuple[Release, ...]:
        """All of them, the oldest first."""
        return read_releases(self.bundle)

    def first_since(self, version: tuple[int, int, int]) -> Release:
        """Return the oldest release that is not older than a version."""
        return next(release for release in self.releases if release.version >= version)

    def at(self, version: tuple[int, int, int]) -> Release:
        """Return the release with a version."""
        (found,) = (release for release in self.releases if release.version == version)
        return found

    @property
    def since_the_move(self) -> Release:
        """The first release to which plain `copier update` does not come from an older one."""
        return self.first_since(MOVED)

    @property
    def turning_points(self) -> list[Release]:
        """The first and the last release of each stretch in which no file moved, without the newest."""
        stretches = [
            [release for release in self.releases[:-1] if since <= release.version < until]
            for since, until in pairwise([(0, 0, 0), *MOVES, self.releases[-1].version])
        ]
        return list(dict.fromkeys(release for found in stretches for release in (found[0], found[-1])))

    def project(
        self, framework: str, release: Release, origin: str = ORIGIN, deploy: tuple[str, ...] = ("edge",)
    ) -> Path:
        """Return a committed project as a release generated it; made once, to be copied."""
        name = "-".join([framework, release.tag, *deploy, *([] if origin == ORIGIN else ["hosted"])])
        folder = self.folder / name
        if not folder.exists():
            template = self.folder / f"template-{release.tag}"
            if not template.exists():
                unpack(self.folder / "templates.git", release, template)
            folder.mkdir()
            answers = {**ANSWERS.__dict__, "framework": framework, "deploy": list(deploy)}
            regenerate(template, folder, answers, origin, release.tag)
            (folder / "docs").mkdir(exist_ok=True)
            (folder / "docs/DECISION.md").write_text("# Why\n")
            git(folder, "init", "--quiet", "--initial-branch=main")
            commit(folder, "start")
            git(folder, "gc", "--quiet")
        return folder


def copy_checkout(checkout: Path) -> Path:
    """Copy the files of this checkout, as they are now, with the links among them."""
    listed = git(CHECKOUT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in listed.split("\0"):
        if name and (CHECKOUT / name).exists():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, checkout / name, follow_symlinks=False)
    return checkout


def make_history(folder: Path) -> History:
    """Copy this checkout and cut two more releases there, with the repository's command."""
    checkout = copy_checkout(folder / "checkout")
    major, minor, _ = read_releases(bundle_of(checkout))[-1].version
    changelog = checkout / "CHANGELOG.md"
    for number, change in enumerate((_first_change, _second_change), start=1):
        change(checkout / "templates")
        text = changelog.read_text(encoding="utf-8").replace("## Unreleased", "## Set aside")
        changelog.write_text(
            text.replace("\n## ", "\n## Unreleased\n\n- Synthetic.\n\n## ", 1), encoding="utf-8"
        )
        release.cut(checkout, f"{major}.{minor + number}.0", date(2026, 11, 23))
    history = History(checkout=checkout, folder=folder)
    unbundle(folder / "templates.git", history.bundle)
    return history


def _first_change(templates: Path) -> None:
    """Add files, delete one, change lines at the top, in the middle and at the end of others."""
    shared = templates / "shared"
    _change(shared / "config.toml.jinja", lambda lines: [*lines, "# The end.\n"])
    _change(shared / "README.md.jinja", lambda lines: [*lines[:12], "One line more.\n", *lines[14:]])
    _change(shared / "src/[= package =]/evaluation/evaluate.py", lambda lines: ["# At the top.\n", *lines])
    _change(
        shared / "src/[= package =]/runs/plots.py",
        lambda lines: [*lines[: len(lines) // 2], "\n", "# In between.\n", *lines[len(lines) // 2 :]],
    )
    (shared / "CLAUDE.md").unlink()
    (shared / "docs/new.md").write_text("# New\n\nWith the next release.\n")
    (shared / "examples/9.png").write_bytes(b"\x89PNG\x00 another")


def _second_change(templates: Path) -> None:
    """Rename a module, and change what the first one changed."""
    _change(
        templates / "shared/config.toml.jinja",
        lambda lines: [line.replace("The end", "The very end") for line in lines],
    )
    _change(
        templates / "shared/README.md.jinja",
        lambda lines: [line.replace("One line more", "Two") for line in lines],
    )
    package = templates / "shared/src/[= package =]"
    (package / "training/losses.py").rename(package / "training/loss.py")
    for framework in FRAMEWORKS:
        _change(
            templates / framework / "src/[= package =]/model/network.py",
            lambda lines: [*lines[:5], "# Changed.\n", *lines[5:]],
        )


def _change(path: Path, edit: Callable[[list[str]], list[str]]) -> None:
    path.write_text(
        "".join(edit(path.read_text(encoding="utf-8").splitlines(keepends=True))), encoding="utf-8"
    )


def build_wheel(history: History) -> Path:
    """Return the wheel of the checkout with all releases."""
    wheels = history.folder / "wheels"
    subprocess.run(
        [
            Path(sys.executable).with_name("uv"),
            "build",
            "--quiet",
            "--wheel",
            "--out-dir",
            wheels,
            history.checkout,
        ],
        check=True,
    )
    (wheel,) = wheels.glob("*.whl")
    return wheel
