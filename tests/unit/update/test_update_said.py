"""What `fwstart update` says of packages that were renamed, of conflicts, and of the next step."""

from pathlib import Path

import pytest
from support.small_releases import commit, cut, git, snapshot
from test_update_command import edit, newer

from fwstart.cli.app import main

__all__ = ["newer"]  # a fixture


def rename_package(project: Path) -> None:
    """Rename the package as a user does, imports included."""
    git(project, "mv", "src/demo", "src/scene")
    commit(project)


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_renamed_package(newer: Path, capsys: pytest.CaptureFixture[str], flags: tuple[str, ...]) -> None:
    """A recorded package that is gone is noticed, with the name it seems to have now; nothing is touched."""
    rename_package(newer)
    before = snapshot(newer)

    assert 1 == main(["update", "demo", *flags])
    error = capsys.readouterr().err
    assert "error: src/demo, the package that .copier-answers.yml records, does not exist.\n" in error
    assert "write `package: scene` in .copier-answers.yml and commit that, then try again." in error
    assert "fwstart update demo --yes. Nothing was touched." in error
    assert before == snapshot(newer)


def test_renamed_package_that_is_recorded(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the new name in the answers file the release comes in under that name, without a conflict."""
    rename_package(newer)
    edit(newer, ".copier-answers.yml", "package: demo", "package: scene")

    assert 0 == main(["update", "demo"]), capsys.readouterr().err
    assert "line_5 = 55" in (newer / "src/scene/model.py").read_text()
    assert (newer / "src/scene/new.py").exists()
    assert not (newer / "src/demo").exists()


def test_package_that_was_removed(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--yes updates a project without its package all the same."""
    git(newer, "rm", "-rq", "src/demo")
    commit(newer)

    assert 1 == main(["update", "demo"])
    assert "write `package: NEW_NAME`" in capsys.readouterr().err
    assert 0 == main(["update", "demo", "--yes"])
    assert "One!" in (newer / "README.md").read_text()


def test_binary_conflict(newer: Path, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An image that both changed stays the user's, and is not called marked in the file."""
    cut(checkout, "0.3.0", {"image.png": "\x00\x02 theirs\n"})
    (newer / "image.png").write_text("\x00\x03 mine\n")
    commit(newer)

    assert 1 == main(["update", "demo"])
    out = capsys.readouterr().out
    assert "Conflicts that no marker shows:\n  image.png: " in out
    assert "Conflicts, marked in the files" not in out
    assert "\x00\x03 mine\n" == (newer / "image.png").read_text()


def test_dependencies_changed(newer: Path, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The next step installs what the release asks for, with conflicts and without."""
    cut(checkout, "0.3.0", {"pyproject.toml": "[project]\n"})
    main(["update", "demo"])
    assert "Run `uv sync` and the tests, look at" in capsys.readouterr().out
    git(newer, "reset", "--quiet", "--hard")
    git(newer, "clean", "--quiet", "--force", "-d")
    edit(newer, "README.md", "One.", "Mine.")
    main(["update", "demo"])

    assert (
        "(`git -C demo diff` shows both sides), run `uv sync` and the tests, then: "
        in capsys.readouterr().out
    )
