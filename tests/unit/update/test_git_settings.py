"""Whatever git is told, and wherever folders lie: an update is made, and runs none of the user's programs."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.killed import kill
from support.small_releases import FIRST, SECOND, commit, cut, git, snapshot, write

from fwstart.cli.app import main
from fwstart.update.putting_back import put_back_abandoned

HOOKS = (
    "post-checkout",
    "post-index-change",
    "reference-transaction",
    "post-merge",
    "pre-commit",
    "post-commit",
)


@pytest.fixture
def newer(checkout: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with a conflict, for which there is a newer release."""
    write(project, {"README.md": FIRST["README.md.jinja"].replace("One", "Mine")})
    commit(project)
    cut(checkout, "0.2.0", SECOND, "- Größer.")
    monkeypatch.chdir(project.parent)
    return Path("demo")


def setting(name: str, value: str) -> None:
    subprocess.run(["git", "config", "--global", name, value], check=True)


def failing_hooks(folder: Path) -> Path:
    """Return a folder with every hook that could run, each of which leaves a mark and fails."""
    folder.mkdir()
    for name in HOOKS:
        (folder / name).write_text(f"#!/bin/sh\necho {name} >> {folder.parent}/ran\nexit 1\n")
        (folder / name).chmod(0o755)
    return folder


def hooks_path(home: Path) -> None:
    setting("core.hooksPath", str(failing_hooks(home / "hooks")))


def template_hooks(home: Path) -> None:
    (home / "template").mkdir()
    failing_hooks(home / "template/hooks").parent.joinpath("info").mkdir()
    (home / "template/info/attributes").write_text("* -text filter=none\n")
    setting("init.templateDir", str(home / "template"))


def filters(home: Path) -> None:
    (home / ".gitattributes").write_text("*.py filter=broken merge=broken diff=broken\n")
    setting("core.attributesFile", str(home / ".gitattributes"))
    setting("merge.broken.driver", f"touch {home}/ran; false")
    setting("diff.broken.textconv", f"touch {home}/ran; false")
    setting("diff.external", f"touch {home}/ran; false")


def words(home: Path) -> None:  # noqa: ARG001
    for name, value in {
        "i18n.logOutputEncoding": "latin1",
        "log.showSignature": "true",
        "color.ui": "always",
        "diff.noprefix": "true",
        "core.quotePath": "true",
        "status.relativePaths": "true",
    }.items():
        setting(name, value)


SETTINGS: dict[str, Callable[[Path], None]] = {
    "safe.bareRepository": lambda _: setting("safe.bareRepository", "explicit"),
    "core.hooksPath": hooks_path,
    "init.templateDir": template_hooks,
    "attributes and drivers": filters,
    "words": words,
    "objects": lambda _: setting("init.defaultObjectFormat", "sha256"),
    "merge.conflictStyle": lambda _: setting("merge.conflictStyle", "zdiff3"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_setting(newer: Path, clean_home: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """The update is made as without the setting, and no program of the user's has run."""
    SETTINGS[name](clean_home)

    assert 1 == main(["update", "demo"])  # the conflict
    output = capsys.readouterr()
    assert "- Größer." in output.out
    assert "1 added, 3 changed, 1 deleted" in output.out, output.err
    assert "line_5 = 55" in (newer / "src/demo/model.py").read_text()
    assert ("|||||||" in (newer / "README.md").read_text()) == (name == "merge.conflictStyle")
    assert not (clean_home / "ran").exists()


@pytest.mark.usefixtures("newer")
@pytest.mark.parametrize("name", ["words", "attributes and drivers"])
def test_difference_is_plain(clean_home: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """--diff shows a patch that git applies, whatever it is told about colors, prefixes and programs."""
    SETTINGS[name](clean_home)

    assert 0 == main(["update", "demo", "--diff"])
    patch = capsys.readouterr().out
    assert "\ndiff --git a/old.txt b/old.txt\n" in patch
    assert not (clean_home / "ran").exists()


VARIABLES = {
    "GIT_CONFIG_COUNT": {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.bareRepository",
        "GIT_CONFIG_VALUE_0": "explicit",
    },
    "GIT_EXTERNAL_DIFF": {"GIT_EXTERNAL_DIFF": "false"},
    "GIT_LITERAL_PATHSPECS": {"GIT_LITERAL_PATHSPECS": "1"},
    "GIT_DEFAULT_HASH": {"GIT_DEFAULT_HASH": "sha256"},
    "GIT_TEMPLATE_DIR": {"GIT_TEMPLATE_DIR": "/nowhere"},
    "GIT_DIR": {"GIT_DIR": "/nowhere", "GIT_WORK_TREE": "/nowhere", "GIT_INDEX_FILE": "/nowhere"},
}


@pytest.mark.parametrize("name", VARIABLES)
def test_variable(newer: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """No variable directs an update elsewhere or stops it."""
    for variable, value in VARIABLES[name].items():
        monkeypatch.setenv(variable, value)

    assert 1 == main(["update", "demo"])  # the conflict
    assert (newer / "src/demo/new.py").exists()


ODD = ("with space ", "a:b;c", 'a"b\\c', "line\nbreak\n", "#hash", "größe", "-dash", "\udcff")


@pytest.mark.parametrize("name", ODD)
def test_odd_names_of_folders(
    newer: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """The project, its repository and the folder for temporary files may be called anything.

    After a kill as well: what is put back is found by the same names.
    """
    top = tmp_path / name / name
    top.mkdir(parents=True)
    (tmp_path / f"tmp{name}").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / f"tmp{name}"))
    monkeypatch.setattr("tempfile.tempdir", None)
    git(top, "init", "--quiet", "--initial-branch=main")
    inner = top / name
    (newer / ".git").rename(tmp_path / "unused")
    newer.absolute().rename(inner)
    commit(top)
    before = snapshot(inner)

    path = str(inner) if not name.startswith("-") else f"./{name}"
    monkeypatch.chdir(top)
    assert 3 == main(["update", path, "--check"])
    assert 0 == main(["update", path, "--diff"])
    assert before == snapshot(inner)
    assert 1 == main(["update", path])  # the conflict
    assert "line_5 = 55" in (inner / "src/demo/model.py").read_text()
    assert (
        b"UU"
        in subprocess.run(
            ["git", "status", "--porcelain", "-z"], cwd=top, capture_output=True, check=True
        ).stdout
    )


def test_git_directory_elsewhere(newer: Path, tmp_path: Path) -> None:
    """The git directory may lie on another file system: files are copied there and back."""
    other = Path("/dev/shm")  # noqa: S108  (its own name there, and removed)
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system at /dev/shm")
    folder = other / f"fwstart-test-{os.getpid()}.git"
    shutil.move(newer / ".git", folder)
    (newer / ".git").write_text(f"gitdir: {folder}\n")
    try:
        before = (newer / "old.txt").stat().st_mtime_ns
        kill(lambda: main(["update", "demo"]), 5)
        put_back_abandoned(newer)
        assert "" == git(newer, "status", "--porcelain")
        assert before == (newer / "old.txt").stat().st_mtime_ns
        assert 1 == main(["update", "demo"])  # the conflict
        assert "line_5 = 55" in (newer / "src/demo/model.py").read_text()
        assert [] == list(newer.rglob(".fwstart-*"))
    finally:
        shutil.rmtree(folder)
