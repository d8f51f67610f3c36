"""Plain `copier update`, with the real git and copier: anywhere, offline, without --trust or a question."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml
from support.small_releases import commit, git
from support.update.history import FRAMEWORKS, MOVED, MOVES, History
from support.update.installation import Machine, another_machine, clone_of, copy_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.update

UPDATE = ("copier", "update")
MOVED_TRUE = ("--data", "moved=true")
IMAGE = b"\x89PNG\x00 mine"


@pytest.fixture
def project(history: History, tmp_path: Path) -> Path:
    """Return a project at the oldest release that Copier follows; its edits meet none of the template's."""
    folder = copy_of(history.project("pytorch", history.since_the_move), tmp_path / "demo")
    edit(folder)
    return folder


def edit(project: Path) -> None:
    """Add a dependency, change a setting and an image, add a file and delete one."""
    pyproject, config = project / "pyproject.toml", project / "config.toml"
    pyproject.write_text(
        # A place that no release has changed: the lines beside it are the same in all of them.
        pyproject.read_text().replace('"matplotlib>=3.10",\n', '"matplotlib>=3.10",\n    "mine",\n')
    )
    config.write_text(config.read_text().replace("epochs = 30 ", "epochs = 99 "))
    (project / "notes.txt").write_text("mine\n")
    (project / "examples/0.png").unlink()
    (project / "examples/1.png").write_bytes(IMAGE)
    commit(project, "my work")


def check(project: Path, tag: str) -> None:
    """See that the project is at a release, with all that edit() did and all that the template brings."""
    recorded = yaml.safe_load((project / ".copier-answers.yml").read_text())
    assert (tag, "git+fwstart::templates") == (recorded["_commit"], recorded["_src_path"])
    assert '    "mine",\n' in (project / "pyproject.toml").read_text()
    assert "epochs = 99 " in (project / "config.toml").read_text()
    assert "mine\n" == (project / "notes.txt").read_text()
    assert not (project / "examples/0.png").exists()
    assert IMAGE == (project / "examples/1.png").read_bytes()
    assert "# Why\n" == (project / "docs/DECISION.md").read_text()
    assert "# New\n\nWith the next release.\n" == (project / "docs/new.md").read_text()
    assert not (project / "CLAUDE.md").exists()
    assert "" == git(project, "diff", "--name-only", "--diff-filter=U")


def newest(history: History) -> str:
    return history.releases[-1].tag


def test_same_machine(machine: Machine, history: History, project: Path) -> None:
    """The update brings what is new and keeps what is the user's."""
    machine.run(project, *UPDATE)

    check(project, newest(history))


def test_in_a_terminal_nothing_is_asked(machine: Machine, history: History, project: Path) -> None:
    """With a terminal to ask in, every answer is still taken as given."""
    machine.run(
        project, "script", "--quiet", "--return", "--command", "timeout 60 copier update", "/dev/null"
    )

    check(project, newest(history))


def test_teammate(machine: Machine, history: History, project: Path, tmp_path: Path) -> None:
    """Another HOME and a fresh clone of the project are as good."""
    clone = clone_of(project, tmp_path / "clone")
    another_machine(machine, tmp_path / "other").run(clone, *UPDATE)

    check(clone, newest(history))


@pytest.mark.parametrize("installer", ["uv tool", "pipx"])
def test_installers(installed: dict[str, Machine], history: History, project: Path, installer: str) -> None:
    """Installed as a project's docs/update.md says, both commands and git's helper are on PATH."""
    installed[installer].run(project, *UPDATE)

    check(project, newest(history))
    assert "is up to date" in installed[installer].run(project, "fwstart", "update")


def test_monorepo(machine: Machine, history: History, project: Path, tmp_path: Path) -> None:
    """A project in a subfolder of a repository is updated there, and nothing else is touched."""
    top = tmp_path / "mono"
    (top / "packages").mkdir(parents=True)
    (top / "README.md").write_text("all of us\n")
    git(top, "init", "--quiet")
    (project / ".git").rename(tmp_path / "unused")
    inner = project.rename(top / "packages/demo")
    commit(top)
    machine.run(inner, *UPDATE)

    check(inner, newest(history))
    assert all(line[3:].startswith("packages/demo/") for line in status(top))


def status(folder: Path) -> list[str]:
    done = subprocess.run(
        ["git", "status", "--porcelain"], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_earlier_release(machine: Machine, history: History, tmp_path: Path, framework: str) -> None:
    """From every release there is a way straight to the newest, for who edited no file that moved.

    The first and the last of those between two moves stand for all, and every other one is tried with one
    framework, the rest with the other: what Copier does is the same, and tests/proof/update/test_edits.py
    starts from every release with both.
    """
    for release in history.turning_points[FRAMEWORKS.index(framework) :: len(FRAMEWORKS)]:
        project = copy_of(history.project(framework, release), tmp_path / release.tag)
        edit(project)
        machine.run(project, *UPDATE, *(MOVED_TRUE if release.version < MOVED else ()))
        check(project, newest(history))


def test_several_in_a_row(machine: Machine, history: History, tmp_path: Path) -> None:
    """One release after the other, committed in between, ends at the same place.

    From the last release before the last move: the steps up to there never change any more.
    """
    moving = [history.first_since(version) for version in MOVES]
    first = history.releases.index(moving[-1]) - 1
    project = copy_of(history.project("pytorch", history.releases[first]), tmp_path / "demo")
    edit(project)
    for release in history.releases[first + 1 :]:
        moves = MOVED_TRUE if release in moving else ()
        machine.run(project, *UPDATE, *moves, "--vcs-ref", release.tag)
        commit(project)

    check(project, newest(history))


def test_four_at_once(machine: Machine, history: History, project: Path, tmp_path: Path) -> None:
    """Four updates at once do not disturb each other, where each has a cache of its own.

    With one cache for all, about every second such test failed: `git worktree add` of one copier reads what
    that of another is writing ("failed to read .../commondir"; copier 9.19.1, git 2.39, 2026-11-23).
    `fwstart update` has no cache, see test_fwstart_update.py.
    """
    clones = [clone_of(project, tmp_path / f"clone-{number}") for number in range(4)]
    running = [
        machine.start(clone, *UPDATE, COPIER_CACHE_DIR=str(tmp_path / f"cache-{number}"))
        for number, clone in enumerate(clones)
    ]
    outputs = [process.communicate()[0] for process in running]

    assert [0] * 4 == [process.returncode for process in running], outputs
    for clone in clones:
        check(clone, newest(history))


READ_ONLY_HOME = 'mount -t tmpfs none "$HOME" && mount -o remount,ro "$HOME" && exec "$@"'


def test_read_only_home(machine: Machine, history: History, project: Path, tmp_path: Path) -> None:
    """Where the home is read-only, copier is told another place for its cache."""
    words = ("unshare", "--mount", "sh", "-c", READ_ONLY_HOME, "sh", *UPDATE)
    machine.run(project, *words, COPIER_CACHE_DIR=str(tmp_path / "cache"))

    check(project, newest(history))


def test_read_only_home_and_no_cache(machine: Machine, project: Path) -> None:
    """Without that, copier 9.19 breaks off before it touches anything: `fwstart update` is the way.

    copier keeps a mirror of every template that is no local folder below ~/.cache, and has no way round it.
    """
    words = ("unshare", "--mount", "sh", "-c", READ_ONLY_HOME, "sh", *UPDATE)

    assert "Read-only file system" in machine.run(project, *words, code=1)
    assert [] == status(project)


def test_missing_helper(machine: Machine, history: History, project: Path, tmp_path: Path) -> None:
    """Without fwstart on PATH git says what it missed, in the words that the project's guide explains."""
    only_copier = tmp_path / "bin"
    only_copier.mkdir()
    assert machine.commands
    (only_copier / "copier").symlink_to(machine.commands / "copier")
    said = Machine(home=machine.home, commands=only_copier).run(project, *UPDATE, code=1)

    assert "git: 'remote-fwstart' is not a git command" in said
    newest = history.project("pytorch", history.releases[-1])
    assert "git: 'remote-fwstart' is not a git command" in (newest / "docs/update.md").read_text()
    assert "docs/update.md" in (newest / ".copier-answers.yml").read_text().partition("_commit")[0]
    assert [] == status(project)


def test_hosted_templates(machine: Machine, history: History, tmp_path: Path) -> None:
    """A project that records a hosted copy is updated from there: fwstart need not be installed."""
    hosted = tmp_path / "templates.git"
    git(tmp_path, "clone", "--quiet", "--mirror", str(history.bundle), str(hosted))
    address = f"git+file://{hosted}"
    project = copy_of(history.project("keras", history.since_the_move, origin=address), tmp_path / "demo")
    edit(project)
    only_copier = tmp_path / "bin"
    only_copier.mkdir()
    assert machine.commands
    (only_copier / "copier").symlink_to(machine.commands / "copier")
    Machine(home=machine.home, commands=only_copier).run(project, *UPDATE)

    text = (project / ".copier-answers.yml").read_text()
    assert f"_src_path: {address}\n" in text
    (project / ".copier-answers.yml").write_text(text.replace(address, "git+fwstart::templates"))
    check(project, newest(history))


def test_target_added(machine: Machine, project: Path) -> None:
    """Plain copier re-answers as well."""
    machine.run(project, *UPDATE, "--data", "deploy=[server, edge]", "--defaults")

    assert ["server", "edge"] == yaml.safe_load((project / ".copier-answers.yml").read_text())["deploy"]
