"""A small world for the tests of updating: a home without settings, releases, a project."""

import os
import shutil
from pathlib import Path

import pytest

from fwstart.template import releases
from support import small_releases


@pytest.fixture
def clean_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a test a home without settings, an identity for git, and no variable of ours."""
    return give_home(tmp_path, monkeypatch)


def give_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a home in a folder, above which git finds no repository."""
    for name in list(os.environ):
        if name.startswith(("FWSTART_", "GIT_", "XDG_")) or name == "CI":
            monkeypatch.delenv(name)
    home = folder / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")
    return home


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a checkout of a small template, released as 0.1.0, and a project made from it."""
    folder = tmp_path_factory.mktemp("small")
    checkout = small_releases.small_checkout(folder / "checkout")
    with pytest.MonkeyPatch.context() as patch:
        give_home(folder, patch)
        small_releases.cut(checkout, "0.1.0", small_releases.FIRST, "- The first.")
        patch.setattr(releases, "BUNDLE", small_releases.bundle_of(checkout))
        patch.setattr("fwstart.template.render.template_root", lambda: checkout)
        small_releases.start_project(folder / "demo")
    return folder


@pytest.fixture
def checkout(
    small_world: Path,
    tmp_path: Path,
    clean_home: Path,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """Return a checkout of a small template with release 0.1.0, whose releases are the ones in use."""
    folder = tmp_path / "checkout"
    shutil.copytree(small_world / "checkout", folder)
    monkeypatch.setattr(releases, "BUNDLE", small_releases.bundle_of(folder))
    monkeypatch.setattr("fwstart.template.render.template_root", lambda: folder)
    return folder


@pytest.fixture
def project(small_world: Path, checkout: Path, tmp_path: Path) -> Path:  # noqa: ARG001
    """Return a committed project that is at release 0.1.0 of the small template."""
    folder = tmp_path / "demo"
    shutil.copytree(small_world / "demo", folder, symlinks=True)
    small_releases.git(folder, "status")  # git notes that these are other files, of the same content
    return folder
