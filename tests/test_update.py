"""The step from one release to another, and what is refused before anything is touched."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from small_releases import ANSWERS, FIRST, SECOND, commit, cut, git, snapshot, start_project, write

from fwstart import update
from fwstart.errors import FwstartError, UsageError
from fwstart.origin import ORIGIN
from fwstart.recorded import ANSWERS_FILE
from fwstart.update import plan_step, read_changelog, worked_out


def make(project: Path, to: str | None = None, deploy: list[str] | None = None) -> None:
    with worked_out(plan_step(project, to, deploy)) as worked:
        worked.make()


def recorded(project: Path) -> dict[str, object]:
    content: dict[str, object] = yaml.safe_load((project / ANSWERS_FILE).read_text())
    return content


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


def damage(project: Path, **changes: object) -> None:
    """Change keys of the answers file; None removes one."""
    content = {**recorded(project), **changes}
    kept = {key: value for key, value in content.items() if value is not None}
    (project / ANSWERS_FILE).write_text(yaml.safe_dump(kept))
    commit(project)


@pytest.mark.parametrize(
    ("changes", "problem", "fix"),
    [
        ({"_commit": None}, "`_src_path` or `_commit` is missing", "git log -- .copier-answers.yml"),
        ({"_commit": 3}, "`_src_path` or `_commit` is missing", "git log -- .copier-answers.yml"),
        ({"_commit": "HEAD"}, "which is no release", "git log"),
        ({"_src_path": None}, "is missing", "git log"),
        ({"_src_path": "/elsewhere"}, "comes from /elsewhere", "FWSTART_ORIGIN"),
        ({"framework": "torch"}, "neither pytorch nor keras", "git log"),
        ({"deploy": "edge"}, "`deploy` is no list", "git log"),
        ({"_commit": "v9.0.0"}, "newer than this fwstart, which knows 0.2.0", "Upgrade fwstart"),
        ({"_commit": "v0.1.7"}, "release 0.1.7, which this fwstart does not have", "v0.1.0, v0.2.0"),
    ],
)
def test_refused_answers_file(
    checkout: Path, project: Path, changes: dict[str, object], problem: str, fix: str
) -> None:
    """A damaged file, a foreign template, a newer project, a missing release: the way out is said."""
    cut(checkout, "0.2.0", SECOND)
    damage(project, **changes)
    before = snapshot(project)
    with pytest.raises(FwstartError) as caught:
        make(project)

    assert problem in caught.value.problem
    assert fix in caught.value.fix
    assert "Nothing was touched." in caught.value.fix
    assert before == snapshot(project)


@pytest.mark.parametrize("text", ["<<<<<<< yours\n", "a: [", "just words\n", "\xff"])
def test_unreadable_answers_file(project: Path, text: str) -> None:
    """Conflict markers, broken YAML, other text and other bytes are called damaged."""
    (project / ANSWERS_FILE).write_bytes(text.encode("latin-1"))
    with pytest.raises(FwstartError, match="is damaged"):
        plan_step(project)


def test_answer_that_the_template_refuses(checkout: Path, project: Path) -> None:
    """An answer changed to something that is no answer is named."""
    cut(checkout, "0.2.0", SECOND)
    damage(project, license="gpl")
    with pytest.raises(FwstartError, match=r"does not take the answers in \.copier-answers\.yml") as caught:
        make(project)

    assert "Correct them there" in caught.value.fix


def test_no_project(tmp_path: Path) -> None:
    """A folder without an answers file is no project."""
    with pytest.raises(FwstartError, match="is no project of fwstart"):
        plan_step(tmp_path)


@pytest.mark.parametrize(("to", "words"), [("0.9", "it must be a release"), ("0.1.0", "never goes back")])
def test_refused_release(checkout: Path, project: Path, to: str, words: str) -> None:
    """--to takes a release that exists and is not older."""
    cut(checkout, "0.2.0", SECOND)
    make(project)
    with pytest.raises(UsageError, match=words):
        plan_step(project, to)


def refused(project: Path) -> FwstartError:
    """Return why an update is refused, having seen that it touches nothing."""
    before = snapshot(project)
    with pytest.raises(FwstartError) as caught:
        make(project)
    assert before == snapshot(project)
    return caught.value


@pytest.fixture
def newer(checkout: Path, project: Path) -> Path:
    """Return a project for which there is a newer release."""
    cut(checkout, "0.2.0", SECOND)
    return project


def test_uncommitted_changes(newer: Path) -> None:
    """Changed, staged and new files are named."""
    write(newer, {"README.md": "x\n", "added.txt": "x\n", "other.txt": "x\n"})
    git(newer, "add", "added.txt")

    error = refused(newer)
    assert "not committed: README.md, added.txt, other.txt." in error.problem
    assert "git stash --include-untracked" in error.fix


def test_new_files_that_git_hides(newer: Path) -> None:
    """A new file counts even where git is told not to show it."""
    git(newer, "config", "status.showUntrackedFiles", "no")
    write(newer, {"other.txt": "x\n"})

    assert "other.txt" in refused(newer).problem


def test_changed_meanwhile(newer: Path) -> None:
    """An edit saved while the update was worked out stops it."""
    with worked_out(plan_step(newer)) as worked:
        (newer / "README.md").write_text("typed just now\n")
        with pytest.raises(FwstartError, match=r"not committed: README\.md"):
            worked.make()

    assert "typed just now\n" == (newer / "README.md").read_text()


def test_no_repository(newer: Path) -> None:
    """Without git history an update could not be undone; the commands that begin one are given."""
    (newer / ".git").rename(newer.with_name("gone"))

    error = refused(newer)
    assert "not committed to a git repository" in error.problem
    assert "git init && git add --all ." in error.fix


def test_no_commit(newer: Path) -> None:
    """A repository without a commit is as good as none."""
    (newer / ".git").rename(newer.with_name("gone"))
    git(newer, "init", "--quiet")

    assert "In that folder: git add --all ." in refused(newer).fix


def test_no_git(newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git, and with one that cannot merge trees, one line says so."""
    monkeypatch.setattr(update, "git_version", lambda: (2, 34))
    assert "git is 2.34; `fwstart update` needs 2.38 or newer." == refused(newer).problem
    monkeypatch.setenv("PATH", "")

    assert "git is not installed; an update needs it." == refused(newer).problem


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
    monkeypatch.setattr("small_releases.ANSWERS", replace(ANSWERS, framework="keras"))
    keras = start_project(tmp_path / "keras")
    cut(checkout, "0.2.0", SECOND)
    make(keras)

    assert ("keras", "v0.2.0") == (recorded(keras)["framework"], recorded(keras)["_commit"])
