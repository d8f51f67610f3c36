"""`fwstart update` on the command line: words, exit codes, JSON, and what is touched."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.killed import kill
from support.small_releases import SECOND, bundle_of, commit, cut, git, snapshot

from fwstart.cli.app import main


@pytest.fixture
def newer(checkout: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path, as a user types it, of a project for which there is a newer release."""
    cut(checkout, "0.2.0", SECOND, "- New model.\n- No old file.")
    monkeypatch.chdir(project.parent)
    return Path("demo")


def edit(project: Path, name: str, old: str, new: str) -> None:
    path = project / name
    path.write_text(path.read_text().replace(old, new))
    commit(project)


def test_up_to_date(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing newer is said in a line, and nothing is touched: not even git is asked."""
    (project / "README.md").write_text("not committed\n")
    before = snapshot(project)

    assert 0 == main(["update", str(project)])
    assert f"{project} is up to date: release 0.1.0, deployment targets: none.\n" == capsys.readouterr().out
    assert before == snapshot(project)


def test_current_folder(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """PATH is the current folder where none is given."""
    monkeypatch.chdir(project)

    assert 0 == main(["update", "--check"])
    assert "demo is up to date" in capsys.readouterr().out


def test_made(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From, to, the changelog, what changed and what to do next: the whole of what a user reads."""
    assert 0 == main(["update", "demo"])
    assert (newer / "src/demo/new.py").exists()
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out == (
        "demo: release 0.1.0 -> 0.2.0\n"
        "\n"
        "0.2.0\n"
        "- New model.\n"
        "- No old file.\n"
        "\n"
        "Files: 1 added, 3 changed, 1 deleted.\n"
        "\n"
        "Run the tests, look at `git -C demo diff`, then: "
        "git -C demo add --all . && git -C demo commit -m 'Update to fwstart 0.2.0'\n"
    )


def test_sections_of_the_changelog(
    newer: Path,  # noqa: ARG001
    checkout: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its headings are shown without their marks."""
    cut(checkout, "0.3.0", {}, "### Added\n\n- A file.\n\n### Fixed\n\n- A bug.")
    main(["update", "demo", "--check"])

    assert "\n0.3.0\nAdded\n\n- A file.\n\nFixed\n\n- A bug.\n" in capsys.readouterr().out


def test_check(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--check exits 3 where there is something newer, and touches nothing."""
    before = snapshot(newer)

    assert 3 == main(["update", "demo", "--check"])
    assert "demo: release 0.1.0 -> 0.2.0\n\n0.2.0\n- New model.\n" in capsys.readouterr().out
    assert before == snapshot(newer)


def test_check_as_json(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json prints the same as one document."""
    assert 3 == main(["update", "demo", "--check", "--json"])
    assert json.loads(capsys.readouterr().out) == {
        "schema_version": 1,
        "path": str(newer.absolute()),
        "command": "fwstart update demo",
        "accelerator": {"from": "cpu", "to": "cpu"},
        "backbones": {"from": "none", "to": "none"},
        "pipeline": {"from": "none", "to": "none"},
        "from": "0.1.0",
        "to": "0.2.0",
        "newer": True,
        "deploy": {"from": [], "to": []},
        "unchanged": [],
        "changelog": [{"version": "0.2.0", "notes": "- New model.\n- No old file."}],
    }


def test_difference(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--diff shows the patch and touches nothing; git applies that patch."""
    before = snapshot(newer)

    assert 0 == main(["update", "demo", "--diff", "--json"])
    patch = json.loads(capsys.readouterr().out)["patch"]
    assert before == snapshot(newer)
    subprocess.run(["git", "apply"], cwd=newer, input=patch.encode(), check=True)
    main(["update", "demo", "--check"])
    assert "demo is up to date: release 0.2.0" in capsys.readouterr().out


def test_conflict(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A conflict is named, marked in its file, and makes the exit code 1."""
    edit(newer, "README.md", "One.", "Mine.")

    assert 1 == main(["update", "demo"])
    out = capsys.readouterr().out
    assert "Conflicts, marked in the files:\n  README.md\n" in out
    assert "Resolve them (`git -C demo diff` shows both sides), run the tests, then: git -C demo add" in out
    assert "<<<<<<< yours\nMine.\n=======\nOne!\n>>>>>>> fwstart-0.2.0\n" in (newer / "README.md").read_text()


def test_conflict_as_json(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The document lists files by what happened to them."""
    edit(newer, "README.md", "One.", "Mine.")

    assert 1 == main(["update", "demo", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert (["README.md"], ["old.txt"], []) == (report["conflicts"], report["deleted"], report["doomed"])


def test_edited_file_would_be_deleted(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is named and nothing is touched, until --yes says that it may go."""
    edit(newer, "old.txt", "This", "Mine. This")
    before = snapshot(newer)

    assert 1 == main(["update", "demo"])
    error = capsys.readouterr().err
    assert "The update deletes files that you edited: old.txt." in error
    assert "fwstart update demo --yes. Nothing was touched." in error
    assert before == snapshot(newer)
    assert 0 == main(["update", "demo", "--yes"])
    assert "Deleted, although you edited them:\n  old.txt\n" in capsys.readouterr().out
    assert not (newer / "old.txt").exists()


def test_deleted_file_stays_deleted(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that the user deleted and the template changed is named and does not come back."""
    (newer / "src/demo/model.py").unlink()
    commit(newer)

    assert 0 == main(["update", "demo"])
    assert (
        "they stay deleted, although the template changed them:\n  src/demo/model.py"
        in capsys.readouterr().out
    )
    assert not (newer / "src/demo/model.py").exists()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (
            ["--deploy", "phone"],
            '--deploy is "phone"; it must be one of server, edge, browser, pytorch-server, none.',
        ),
        (["--deploy", "none", "--deploy", "edge"], "--deploy is none together with something else."),
        (["--to", "2"], '--to is "2"; it must be a release: 0.1.0, 0.2.0.'),
        (["--framework", "jax"], '--framework is "jax"; it must be one of pytorch, keras.'),
        (["--too", "2"], '"--too" is not a flag of fwstart update'),
    ],
)
def test_wrong_usage(newer: Path, capsys: pytest.CaptureFixture[str], flags: list[str], words: str) -> None:
    """What was received, what is accepted: exit code 2."""
    before = snapshot(newer)

    assert 2 == main(["update", "demo", *flags])
    assert words in capsys.readouterr().err
    assert before == snapshot(newer)


def test_abandoned_update(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a killed update left is put back first, and said."""
    kill(lambda: main(["update", "demo"]), 3)
    for flag in ("--check", "--diff"):
        assert 1 == main(["update", "demo", flag])
        assert "error: An earlier update of demo was stopped halfway" in capsys.readouterr().err

    assert 0 == main(["update", "demo"])
    assert "An earlier update was stopped halfway" in capsys.readouterr().err
    assert "One!" in (newer / "README.md").read_text()


@pytest.mark.parametrize(
    ("number", "seconds"),
    [(signal.SIGINT, seconds) for seconds in (0.1, 0.2, 0.3, 0.4, 0.5, 0.7)] + [(signal.SIGTERM, 0.3)],
)
def test_signal_at_any_time(newer: Path, checkout: Path, number: signal.Signals, seconds: float) -> None:
    """Ctrl-C and `kill` leave the tree as it was, or come when all of it is done."""
    before = snapshot(newer)
    script = (
        "import sys; from pathlib import Path; from fwstart.cli import app as cli\n"
        "from fwstart.template import releases\n"
        "releases.BUNDLE = Path(sys.argv[1]); sys.stderr.write('begun\\n'); sys.stderr.flush()\n"
        "sys.exit(cli.main(sys.argv[2:]))\n"
    )
    command = [sys.executable, "-c", script, str(bundle_of(checkout)), "update", "demo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr
        process.stderr.readline()  # Python has started: from here on a signal meets fwstart
        time.sleep(seconds)
        process.send_signal(number)
        code, error = process.wait(), process.stderr.read().decode()

    assert not (newer / ".git/fwstart-update").exists()
    if (newer / "src/demo/new.py").exists():
        assert "One!" in (newer / "README.md").read_text()
        assert not (newer / "old.txt").exists()
    else:
        assert before == snapshot(newer)
    assert "Traceback" not in error or code == 0  # all was done: Python itself is ending
    assert code in {0, 130, 143, -number}, error


def test_own_framework(newer: Path) -> None:
    """The framework that the project has anyway changes nothing about the update."""
    assert 0 == main(["update", "demo", "--framework", "pytorch"])
    assert "v0.2.0" in (newer / ".copier-answers.yml").read_text()


def test_read_only_project(newer: Path, checkout: Path) -> None:
    """On a read-only disk one line says so, and nothing is touched."""
    script = (
        "import sys; from pathlib import Path; from fwstart.cli import app as cli\n"
        "from fwstart.template import releases\n"
        "releases.BUNDLE = Path(sys.argv[1]); sys.exit(cli.main(sys.argv[2:]))\n"
    )
    before = snapshot(newer)
    mount = 'mount --bind demo demo && mount -o remount,bind,ro demo && cd . && exec "$@"'
    read_only = ["unshare", "-rm", "sh", "-c", mount, "sh"]
    done = subprocess.run(
        [*read_only, sys.executable, "-c", script, bundle_of(checkout), "update", "demo"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
    )

    assert 1 == done.returncode
    assert "Read-only file system" in done.stderr
    assert "Traceback" not in done.stderr
    assert before == snapshot(newer)


def test_several_changes_are_one_commit_away(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The printed command commits the update, and then there is nothing left to do."""
    main(["update", "demo"])
    command = capsys.readouterr().out.rstrip().rpartition("then: ")[2]
    subprocess.run(command, shell=True, check=True, capture_output=True)  # noqa: S602

    assert "Update to fwstart 0.2.0" == git(newer, "log", "-1", "--format=%s")
    assert 0 == main(["update", "demo", "--check"])
