"""The step from one release to another."""

from dataclasses import replace
from pathlib import Path

import pytest
from support.small_releases import (
    ANSWERS,
    FIRST,
    SECOND,
    commit,
    cut,
    git,
    make,
    recorded,
    snapshot,
    start_project,
    write,
)

from fwstart.errors import UsageError
from fwstart.template.origin import ORIGIN
from fwstart.update.step import plan_step, read_changelog, worked_out


def test_nothing_newer(project: Path) -> None:
    """A project of the newest release has nothing to do; neither git nor copier is needed to know."""
    assert plan_step(project).is_idle


def test_newer(checkout: Path, project: Path) -> None:
    """The step goes to the newest release and names those between."""
    cut(checkout, "0.2.0", SECOND, "- Second.")
    cut(checkout, "0.3.0", {"more.txt": "more\n"}, "- Third.")
    step = plan_step(project)

    assert ["0.1.0", "0.3.0"] == [str(step.current), str(step.target)]
    assert [("0.2.0", "- Second."), ("0.3.0", "- Third.")] == [
        (str(release), notes) for release, notes in read_changelog(step)
    ]


def test_changelog_without_git(checkout: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which releases there are is known without git; what they say is not."""
    cut(checkout, "0.2.0", SECOND)
    monkeypatch.setenv("PATH", "")

    assert [("0.2.0", "")] == [(str(release), notes) for release, notes in read_changelog(plan_step(project))]


def test_made(checkout: Path, project: Path) -> None:
    """An unedited project becomes what the new release generates, its own documents apart."""
    cut(checkout, "0.2.0", SECOND)
    make(project)
    start_project(project.with_name("fresh"))

    fresh, updated = (
        {name: entry[2] for name, entry in snapshot(folder).items() if not name.startswith(".git/")}
        for folder in (project.with_name("fresh"), project)
    )
    assert fresh == updated
    assert "v0.2.0" == recorded(project)["_commit"]


def test_several_in_a_row(checkout: Path, project: Path) -> None:
    """Edits made between updates are kept through all of them."""
    for number, version in enumerate(("0.2.0", "0.3.0", "0.4.0")):
        text = FIRST["src/[= package =]/model.py"].replace("line_30 = 30", f"line_30 = {version!r}")
        cut(checkout, version, {"src/[= package =]/model.py": text})
        model = project / "src/demo/model.py"
        model.write_text(
            model.read_text().replace(f"line_{number} = {number}\n", f"mine_{number} = {number}\n")
        )
        commit(project)
        make(project)
        commit(project)

    text = (project / "src/demo/model.py").read_text()
    assert all(f"mine_{number} = {number}\n" in text for number in range(3))
    assert "line_30 = '0.4.0'" in text


def test_to_a_release_between(checkout: Path, project: Path) -> None:
    """--to stops at a release before the newest."""
    cut(checkout, "0.2.0", SECOND)
    cut(checkout, "0.3.0", {"more.txt": "more\n"})
    make(project, "v0.2.0")

    assert "v0.2.0" == recorded(project)["_commit"]
    assert not (project / "more.txt").exists()


def test_target_added_and_removed(project: Path) -> None:
    """Another answer brings its files, and takes them away again; nothing else changes."""
    make(project, deploy=["edge"])
    assert ["edge"] == recorded(project)["deploy"]
    assert "For phones.\n" == (project / "edge/edge.txt").read_text()
    commit(project)
    make(project, deploy=[])

    assert [] == recorded(project)["deploy"]
    assert not (project / "edge").exists()


def test_edited_target_removed(project: Path) -> None:
    """Files of a target that the user edited are named before they would go."""
    make(project, deploy=["edge"])
    (project / "edge/edge.txt").write_text("mine\n")
    commit(project)
    with worked_out(plan_step(project, deploy=[])) as worked:
        assert ("edge/edge.txt",) == worked.merged.doomed


def test_project_in_a_monorepo(checkout: Path, project: Path) -> None:
    """Only the project's folder is touched; what is uncommitted elsewhere does not matter."""
    top = project.with_name("mono")
    (top / "packages").mkdir(parents=True)
    git(top, "init", "--quiet")
    (project / ".git").rename(project.with_name("unused"))
    project.rename(top / "packages/demo")
    commit(top)
    (top / "notes.txt").write_text("not committed\n")
    cut(checkout, "0.2.0", {**SECOND, "README.md.jinja": FIRST["README.md.jinja"].replace("One", "Uno")})
    inner = top / "packages/demo"
    (inner / "README.md").write_text((inner / "README.md").read_text().replace("One", "Mine"))
    commit(inner)
    make(inner)

    assert "?? notes.txt" in git(top, "status", "--porcelain")
    assert "UU packages/demo/README.md" in git(top, "status", "--porcelain")
    assert (inner / "src/demo/new.py").exists()


def test_linked_worktree(checkout: Path, project: Path) -> None:
    """A project in a linked worktree, whose .git is a file, is updated like any other."""
    linked = project.with_name("linked")
    git(project, "worktree", "add", "--quiet", str(linked))
    cut(checkout, "0.2.0", SECOND)
    make(linked)

    assert (linked / "src/demo/new.py").exists()
    assert "" == git(project, "status", "--porcelain")


def test_equal_change_on_both_sides(checkout: Path, project: Path) -> None:
    """A project that has the next release's changes already, as one made between releases, merges."""
    write(
        project,
        {"src/demo/model.py": SECOND["src/[= package =]/model.py"], "src/demo/new.py": "new = True\n"},
    )
    commit(project)
    cut(checkout, "0.2.0", SECOND)
    with worked_out(plan_step(project)) as worked:
        assert {} == worked.merged.conflicts


def test_hosted_templates(
    checkout: Path, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With FWSTART_ORIGIN a new project records that address, and an update keeps it."""
    address = "https://example.com/team/templates.git"
    monkeypatch.setenv("FWSTART_ORIGIN", address)
    hosted = start_project(tmp_path / "hosted")
    cut(checkout, "0.2.0", SECOND)
    make(hosted)
    make(project)

    assert (address, "v0.2.0") == (recorded(hosted)["_src_path"], recorded(hosted)["_commit"])
    assert ORIGIN == recorded(project)["_src_path"]


@pytest.mark.parametrize(
    "address", ["templates", "/srv/templates", "~/templates", "https://example.com/x", "git+ x"]
)
@pytest.mark.usefixtures("checkout")
def test_refused_origin(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path of this machine, or what copier takes for one, would not be found on another."""
    monkeypatch.setenv("FWSTART_ORIGIN", address)
    with pytest.raises(UsageError, match="must be the address of a git repository"):
        start_project(tmp_path / "hosted")


def test_keras_project(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other framework's projects are updated from the same releases."""
    monkeypatch.setattr("support.small_releases.ANSWERS", replace(ANSWERS, framework="keras"))
    keras = start_project(tmp_path / "keras")
    cut(checkout, "0.2.0", SECOND)
    make(keras)

    assert ("keras", "v0.2.0") == (recorded(keras)["framework"], recorded(keras)["_commit"])
