"""Three releases moved files: no edit is lost, and plain Copier, which would lose some, is stopped."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from support.figures import tell
from support.small_releases import commit, git, snapshot
from support.update.history import FRAMEWORKS, MOVED, MOVES, History
from support.update.installation import (
    NEWEST_COPIER,
    OLDEST_COPIER,
    Machine,
    copy_of,
    install_beside,
)
from support.update.moved import moved

from fwstart.template import releases
from fwstart.update import step

if TYPE_CHECKING:
    from pathlib import Path

    from fwstart.template.releases import Release

pytestmark = pytest.mark.update

ALL = ("server", "edge", "browser")
REFUSAL = (
    "Files move in this update, and `copier update` would delete those that you edited. Run: fwstart update"
)


def old_releases(history: History) -> list[Release]:
    return [release for release in history.releases if release.version < MOVED]


def files(folder: Path) -> dict[str, bytes | str]:
    return {name: entry[2] for name, entry in snapshot(folder).items() if not name.startswith(".git/")}


@pytest.fixture
def bundled(history: History, monkeypatch: pytest.MonkeyPatch) -> History:
    """Return the history, whose bundle fwstart takes for its own."""
    monkeypatch.setattr(releases, "BUNDLE", history.bundle)
    return history


@pytest.mark.parametrize(("move", "arrive"), list(zip(MOVES, (0.95, 0.8, 0.95), strict=True)), ids=str)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_edit_arrives(
    bundled: History, framework: str, move: tuple[int, int, int], arrive: float, tmp_path: Path
) -> None:
    """From the oldest release and the last before each move: an edit in each module arrives, or is listed."""
    earlier = max((other for other in MOVES if other < move), default=(0, 0, 0))
    outcomes: Counter[str] = Counter()
    lost = []
    before = [release for release in bundled.releases if earlier <= release.version < move]
    oldest = [before[0]] if before[0] == bundled.releases[0] else []
    for release in (*oldest, before[-1]):
        project = copy_of(bundled.project(framework, release, deploy=ALL), tmp_path / release.tag)
        edits = edit_every_module(project)
        with step.worked_out(step.plan_step(project, str(bundled.first_since(move)))) as worked:
            worked.make()
        listed = {*worked.merged.conflicts, *worked.merged.doomed}
        for path, line in edits.items():
            new = project / moved(framework, path, move)
            if new.exists() and line in new.read_text(encoding="utf-8"):
                outcomes["arrived"] += 1
            elif any(line in file.read_text(encoding="utf-8") for file in project.rglob("*.py")):
                outcomes["arrived elsewhere"] += 1  # where git found most of what the file held
            elif {path, moved(framework, path, move)} & listed:
                outcomes["marked"] += 1
            else:
                lost.append(f"{release.tag}: {path}")
        shutil.rmtree(project)

    tell(f"{framework}, an edit in every module before {move}: {dict(sorted(outcomes.items()))}")
    assert [] == lost
    assert outcomes["arrived"] > arrive * outcomes.total()


def edit_every_module(project: Path) -> dict[str, str]:
    """Add a line in the middle of each file of Python, between its statements; return the lines by path."""
    edits = {}
    for file in sorted(project.rglob("*.py")):
        path = file.relative_to(project).as_posix()
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        places = [number for number, line in enumerate(lines) if line.startswith(("def ", "class ", "@"))]
        place = places[len(places) // 2] if places else len(lines)
        edits[path] = f"# My edit of {path}.\n"
        lines.insert(place, edits[path])
        file.write_text("".join(lines), encoding="utf-8")
    commit(project, "edits everywhere")
    return edits


@pytest.fixture(scope="module", params=[OLDEST_COPIER, NEWEST_COPIER])
def contracted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, wheel: Path
) -> Machine:
    """Return a machine with the oldest and the newest accepted Copier."""
    return install_beside(tmp_path_factory.mktemp("copier"), wheel, request.param)


def test_plain_copier_is_stopped(contracted: Machine, history: History, tmp_path: Path) -> None:
    """It ends with one line and exit code 1 before it touches anything, from old and new releases."""
    for release in (old_releases(history)[0], old_releases(history)[-1]):
        project = copy_of(history.project("keras", release), tmp_path / release.tag)
        before = files(project)
        for flags in ((), ("--defaults", "--data", "deploy=[edge, browser]")):
            said = contracted.run(project, "copier", "update", *flags, code=1)

            assert REFUSAL in said
            assert "Traceback" not in said
            assert before == files(project)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_moved_true(contracted: Machine, history: History, tmp_path: Path, framework: str) -> None:
    """With `moved=true` an unedited project becomes what `fwstart update` makes of it; it is not recorded."""
    for release in old_releases(history)[-1:]:
        plain = copy_of(history.project(framework, release, deploy=ALL), tmp_path / f"plain-{release.tag}")
        ours = copy_of(plain, tmp_path / f"ours-{release.tag}")
        contracted.run(plain, "copier", "update", "--data", "moved=true")
        contracted.run(ours, "fwstart", "update")

        assert files(ours).keys() == files(plain).keys()
        different = [name for name, content in files(plain).items() if content != files(ours)[name]]
        assert {"examples/9.png"} >= {*different}  # plain Copier leaves images alone
        assert "moved" not in (plain / ".copier-answers.yml").read_text()


def test_nothing_is_stopped_after_the_move(contracted: Machine, history: History, tmp_path: Path) -> None:
    """Projects of the release that moved them, and new ones, are updated and made without a word about it."""
    project = copy_of(history.project("pytorch", history.since_the_move), tmp_path / "demo")
    said = contracted.run(project, "copier", "update")
    said += contracted.run(
        tmp_path, *("copier", "copy", "--defaults", "--overwrite"), *("--data", "package=mine"),
        *("--data", "license=mit"), "git+fwstart::templates", "new",
    )  # fmt: skip

    assert "move" not in said
    assert "File not found" not in said
    assert git(project, "status", "--porcelain")
    assert (tmp_path / "new/src/mine/model/network.py").exists()
