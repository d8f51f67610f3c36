"""`fwstart update` as installed: what copier's own update makes, where that loses nothing, and more."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pexpect
import pytest
from support.small_releases import commit, git, snapshot
from support.smoke.documents import our_document
from support.update.history import FRAMEWORKS, History
from support.update.installation import Machine, another_machine, clone_of, copy_of
from test_plain_update import MOVED_TRUE, READ_ONLY_HOME, check, edit, newest, status

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.update


@pytest.fixture
def project(history: History, tmp_path: Path) -> Path:
    """Return an edited project at the oldest release."""
    return edited(history, "keras", tmp_path)


def edited(history: History, framework: str, folder: Path) -> Path:
    """Return an edited project of either framework."""
    project = copy_of(history.project(framework, history.releases[0]), folder / "demo")
    edit(project)
    return project


def files(folder: Path) -> dict[str, bytes | str]:
    return {name: entry[2] for name, entry in snapshot(folder).items() if not name.startswith(".git/")}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_equals_copier(machine: Machine, history: History, framework: str, tmp_path: Path) -> None:
    """Both ways lead to the same project, byte for byte, but for new images, which copier leaves out."""
    project = edited(history, framework, tmp_path)
    clone = clone_of(project, tmp_path / "clone")
    machine.run(project, "fwstart", "update")
    machine.run(clone, "copier", "update", *MOVED_TRUE)

    check(project, newest(history))
    assert files(clone).keys() == files(project).keys()
    different = [name for name, content in files(clone).items() if content != files(project)[name]]
    assert ["examples/9.png"] == different


@pytest.mark.parametrize(
    "command", our_document("docs/updating.md").commands(), ids=lambda text: text.partition("#")[0].strip()
)
def test_printed_commands(machine: Machine, history: History, project: Path, command: str) -> None:
    """The commands at the top of docs/updating.md look for, show and make an update, and to which release."""
    before = files(project)
    machine.run(project, "bash", "-c", command, code=3 if "--check" in command else 0)

    if "--check" in command or "--diff" in command:
        assert before == files(project)
    else:
        wanted = re.search(r"--to (\S+)", command)
        recorded = (project / ".copier-answers.yml").read_text()
        assert f"_commit: {f'v{wanted[1]}' if wanted else newest(history)}\n" in recorded


def test_read_only_home(machine: Machine, history: History, project: Path) -> None:
    """It needs nothing in the home: neither a cache nor settings."""
    machine.run(project, "unshare", "--mount", "sh", "-c", READ_ONLY_HOME, "sh", "fwstart", "update")

    check(project, newest(history))


def test_neither_copier_nor_helper_on_path(machine: Machine, history: History, project: Path) -> None:
    """The command alone is enough, called by its path."""
    assert machine.commands
    bare = Machine(home=machine.home, commands=None)
    bare.run(project, machine.commands / "fwstart", "update")

    check(project, newest(history))


def test_four_at_once(machine: Machine, history: History, project: Path, tmp_path: Path) -> None:
    """Four projects at once, in one home, do not disturb each other."""
    clones = [clone_of(project, tmp_path / f"clone-{number}") for number in range(4)]
    running = [machine.start(clone, "fwstart", "update") for clone in clones]
    outputs = [process.communicate()[0] for process in running]

    assert [0] * 4 == [process.returncode for process in running], outputs
    for clone in clones:
        check(clone, newest(history))


def test_two_at_once(machine: Machine, history: History, project: Path) -> None:
    """Of two updates of one project at once, one is made; the other is refused or finds it done."""
    running = [machine.start(project, "fwstart", "update") for _ in range(2)]

    outputs = [process.communicate()[0] for process in running]
    assert 0 in [process.returncode for process in running], outputs
    check(project, newest(history))
    assert not (project / ".fwstart-update").exists()


def test_what_is_the_users(machine: Machine, project: Path) -> None:
    """A lock file, an image and bytes of another encoding stay; a rewritten workflow is a conflict.

    The template's workflow has changed since that release.
    """
    workflow = project / ".github/workflows/ci.yml"
    workflow.write_bytes(b"on: push  # Mine.\n")
    mine = {
        "uv.lock": b"version = 1\n",
        "docs/DECISION.md": b"# We decided otherwise\n",
        "examples/1.png": b"\x89PNG\x00 mine",
        "notes.txt": b"caf\xe9\n",
    }
    for name, content in mine.items():
        (project / name).write_bytes(content)
    commit(project)
    said = machine.run(project, "fwstart", "update", code=1)

    assert mine == {name: (project / name).read_bytes() for name in mine}
    assert "Conflicts, marked in the files:\n  .github/workflows/ci.yml\n\n" in said
    assert "on: push  # Mine.\n" in workflow.read_text(encoding="utf-8")


def test_edited_section_of_the_readme(machine: Machine, history: History, tmp_path: Path) -> None:
    """What was edited in a section that 0.11.0 moves into docs/ is marked as a conflict; the rest moves."""
    project = copy_of(history.project("pytorch", history.at((0, 10, 1))), tmp_path / "demo")
    readme = project / "README.md"
    before = readme.read_text(encoding="utf-8")
    title = before.replace("# demo\n", "# Our demo\n", 1)
    readme.write_text(title.replace("## Stop and resume\n", "## Stop and resume\n\nOurs: on Fridays only.\n"))
    commit(project)
    said = machine.run(project, "fwstart", "update", code=1)

    after = readme.read_text(encoding="utf-8")
    assert title != before
    assert "Conflicts, marked in the files:\n  README.md\n\n" in said
    assert after.startswith("# Our demo\n")
    assert "\nOurs: on Fridays only.\n" in after
    assert "\n## Stop and resume\n" in (project / "docs/training.md").read_text(encoding="utf-8")


def test_renamed_module(machine: Machine, history: History, tmp_path: Path) -> None:
    """A module that the user renamed gets the template's changes under its new name."""
    project = copy_of(history.project("keras", history.since_the_move), tmp_path / "demo")
    git(project, "mv", "src/demo/model/network.py", "src/demo/model/residual.py")
    commit(project)
    machine.run(project, "fwstart", "update")

    assert "\n# Changed.\n" in (project / "src/demo/model/residual.py").read_text()
    assert not (project / "src/demo/model/network.py").exists()


def test_renamed_module_that_moved(machine: Machine, project: Path) -> None:
    """A module that both renamed is kept under both names, and that is said."""
    git(project, "mv", "src/demo/mlflow_tracker.py", "src/demo/mlflow_store.py")
    commit(project)
    said = machine.run(project, "fwstart", "update", code=1)

    assert "Conflicts that no marker shows:" in said
    assert "src/demo/mlflow_store.py" in said
    assert (project / "src/demo/mlflow_store.py").exists()
    assert (project / "src/demo/runs/mlflow.py").exists()


def test_conflict(machine: Machine, project: Path) -> None:
    """It is marked in the file, named, and makes the exit code 1; the project is at the new release."""
    config = project / "config.toml"
    config.write_text(config.read_text() + "# Mine.\n")
    commit(project)
    said = machine.run(project, "fwstart", "update", code=1)

    assert "Conflicts, marked in the files:\n  config.toml\n" in said
    assert "UU config.toml" in status(project)


@pytest.mark.parametrize(("answer", "code"), [("n", 1), ("y", 0)])
def test_edited_file_is_asked_about(machine: Machine, project: Path, answer: str, code: int) -> None:
    """In a terminal: an edited file that the update deletes is named, and goes only with a yes."""
    mine = project / "CLAUDE.md"
    mine.write_text("My own rules.\n")
    commit(project)
    before = snapshot(project)
    terminal = pexpect.spawn(
        "unshare",
        ["--map-root-user", "--net", "fwstart", "update"],
        cwd=project,
        env=machine.environment | {"TERM": "xterm"},
        encoding="utf-8",
        dimensions=(40, 100),
        timeout=60,
    )
    terminal.expect("You edited these files, and the update deletes them:")
    terminal.expect("CLAUDE.md")
    terminal.expect("Delete them?")
    terminal.send(answer)
    terminal.expect(pexpect.EOF)
    terminal.close()

    assert code == terminal.exitstatus
    assert mine.exists() == (answer == "n")
    assert (snapshot(project) == before) == (answer == "n")


@pytest.mark.parametrize("seconds", [0.2, 0.5, 0.7, 0.9, 1.1])
def test_ctrl_c(machine: Machine, history: History, project: Path, seconds: float) -> None:
    """Whenever it comes, the tree is as it was, or all of the update is there."""
    before = snapshot(project)
    process = machine.start(project, "fwstart", "update")
    time.sleep(seconds)
    # To all of them, as the terminal does.
    for child in [process.pid, *children(process.pid)]:
        subprocess.run(["kill", f"-{signal.SIGINT}", str(child)], check=False, capture_output=True)
    said, _ = process.communicate()

    assert "Traceback" not in said or seconds < 0.5
    if "_commit: " + newest(history) in (project / ".copier-answers.yml").read_text():
        check(project, newest(history))
    else:
        assert before == snapshot(project)


def children(process: int) -> list[int]:
    found = subprocess.run(
        ["pgrep", "-P", str(process)], capture_output=True, text=True, check=False
    ).stdout.split()
    return [number for child in found for number in (int(child), *children(int(child)))]


def test_older_tool(machine: Machine, project: Path, tmp_path: Path) -> None:
    """A project that a newer fwstart made is refused with the way out, and untouched."""
    answers = project / ".copier-answers.yml"
    answers.write_text(answers.read_text().replace("_commit: v", "_commit: v9"))
    commit(project)
    said = another_machine(machine, tmp_path / "other").run(project, "fwstart", "update", code=1)

    assert "the newest that this fwstart knows is" in said
    assert "Upgrade fwstart, then try again. Nothing was touched." in said
    assert [] == status(project)
