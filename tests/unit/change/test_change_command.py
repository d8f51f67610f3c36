"""`fwstart add` and `fwstart remove`: what `fwstart update` does, asked for by name."""

import json
import shlex
import shutil
from pathlib import Path

import pytest
from support.small_releases import SECOND, commit, cut, snapshot

from fwstart.change.parts import CHOICES, keeps_server, plan_change
from fwstart.cli.app import main
from fwstart.errors import UsageError
from fwstart.settings.questionnaire import project_question
from fwstart.template.recorded import read_recorded
from fwstart.update import step


@pytest.fixture
def here(checkout: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG001
    """Work in a project."""
    monkeypatch.chdir(project)
    return project


def deployed(project: Path) -> list[str]:
    return list(read_recorded(project).answers["deploy"])


def test_add_and_remove(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A target comes and goes, and the others stay; the same `update` is printed."""
    assert 0 == main(["add", "browser", "edge"])
    said = capsys.readouterr()
    assert said.out.startswith("The same as: fwstart update --deploy edge --deploy browser\n")
    assert "Deployment targets: none -> edge, browser.\n" in said.out
    assert (["edge", "browser"], "") == (deployed(here), said.err)
    assert (here / "edge/edge.txt").exists()
    commit(here)

    assert 0 == main(["remove", "edge"])
    said = capsys.readouterr()
    assert said.out.startswith("The same as: fwstart update --deploy browser\n")
    assert "Left out" not in said.out  # it was named
    assert (["browser"], False) == (deployed(here), (here / "edge").exists())
    commit(here)

    assert 0 == main(["remove", "browser"])
    assert "The same as: fwstart update --deploy none\n" in capsys.readouterr().out
    assert [] == deployed(here)


def test_printed_command_does_the_same(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The printed command makes of a copy what `add` makes of the project."""
    twin = Path(shutil.copytree(here, tmp_path / "twin"))
    assert 0 == main(["add", "edge,gpu", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert "fwstart update --deploy edge --accelerator gpu" == report["command"]
    monkeypatch.chdir(twin)

    assert 0 == main(shlex.split(report["command"])[1:])
    assert contents(here) == contents(twin)


def contents(folder: Path) -> dict[str, bytes | str]:
    return {name: entry[2] for name, entry in snapshot(folder).items() if not name.startswith(".git/")}


def test_accelerator_comes_and_goes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`gpu` is what --accelerator says; the targets stay as they are."""
    main(["add", "edge"])
    commit(here)
    assert 0 == main(["add", "gpu"])
    assert "The same as: fwstart update --accelerator gpu\n" in capsys.readouterr().out
    assert ("gpu", ["edge"]) == (read_recorded(here).answers["accelerator"], deployed(here))
    commit(here)
    assert 0 == main(["remove", "gpu"])
    assert "The same as: fwstart update --accelerator cpu\n" in capsys.readouterr().out


def test_backbones(checkout: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`backbones` is what --backbones says."""
    cut(checkout, "0.10.0", SECOND)

    assert 0 == main(["add", "backbones"])
    assert "The same as: fwstart update --backbones hub\n" in capsys.readouterr().out
    assert "hub" == read_recorded(here).answers["backbones"]


def test_every_choice_of_an_update_has_a_name() -> None:
    """What `update` changes besides the targets can be added: everything but the defaults."""
    assert step.CHOICES.keys() == {key for key, _ in CHOICES.values()}
    assert {
        (key, value)
        for key in step.CHOICES
        for value in project_question(key).choices
        if value != project_question(key).default
    } == set(CHOICES.values())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add", "edge"], "demo already has edge. Nothing was changed."),
        (["remove", "server", "gpu"], "demo does not have server, gpu. Nothing was changed."),
        (["add", "edge", "--diff"], "demo already has edge. Nothing was changed."),
    ],
)
def test_nothing_to_change(
    checkout: Path, here: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    """It is said, and nothing changes: not even to a newer release."""
    main(["add", "edge"])
    commit(here)
    cut(checkout, "0.2.0", SECOND)
    before = snapshot(here)
    capsys.readouterr()

    assert 0 == main(words)
    assert (f"{sentence}\n", "") == capsys.readouterr()
    assert 0 == main([*words, "--json"])
    report = json.loads(capsys.readouterr().out)
    assert (None, str(here)) == (report["command"], report["path"])
    assert before == snapshot(here)


@pytest.mark.parametrize("words", [["add", "edge"], ["update"], ["update", "--check"], ["update", "--diff"]])
def test_unresolved_conflicts(
    checkout: Path, here: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """A project with conflicts is not called finished, though its answers are the ones that are wanted."""
    main(["add", "edge"])
    commit(here)
    readme = here / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8").replace("One.", "Mine."), encoding="utf-8")
    commit(here)
    cut(checkout, "0.2.0", SECOND)
    assert 1 == main(["update"])
    capsys.readouterr()

    assert 1 == main(words)
    assert "has conflicts that are not resolved: README.md." in capsys.readouterr().err


def test_refusal_comes_first(checkout: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What must be committed is said alone, before anything about the update."""
    cut(checkout, "0.2.0", SECOND)
    (here / "README.md").write_text("mine\n", encoding="utf-8")

    assert 1 == main(["update"])
    said = capsys.readouterr()
    assert "" == said.out
    assert "has changes that are not committed: README.md." in said.err


@pytest.mark.usefixtures("here")
def test_two_names_of_one_part(capsys: pytest.CaptureFixture[str]) -> None:
    """A part that has two names is told once."""
    assert 0 == main(["remove", "server", "pytorch-server"])
    assert "does not have server. Nothing was changed." in capsys.readouterr().out


def test_both_outcomes_have_the_same_keys(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A program that reads the JSON finds the parts that needed no change either way."""
    main(["add", "edge"])
    commit(here)
    capsys.readouterr()
    main(["add", "edge", "--json"])
    idle = json.loads(capsys.readouterr().out)
    main(["add", "edge", "gpu", "--json"])
    done = json.loads(capsys.readouterr().out)

    assert idle.keys() <= done.keys()
    assert (["edge"], ["edge"]) == (idle["unchanged"], done["unchanged"])
    assert (None, False) == (idle["command"], idle["newer"])


@pytest.mark.parametrize(
    ("answers", "names", "keeps"),
    [
        ({"deploy": ["server"], "pipeline": "tfx"}, ["server"], True),
        ({"deploy": ["server", "edge"], "pipeline": "tfx"}, ["edge"], False),
        ({"deploy": ["server"], "pipeline": "tfx"}, ["server", "tfx"], False),
        ({"deploy": ["server"]}, ["server"], False),
        ({"deploy": [], "pipeline": "tfx"}, ["pytorch-server"], True),
    ],
)
def test_server_that_a_pipeline_needs(answers: dict[str, object], names: list[str], keeps: bool) -> None:
    """TFX brings the server's files as well: they stay when only the target is removed."""
    assert keeps == keeps_server("remove", names, plan_change("remove", names, answers), answers)


def test_two_pipelines() -> None:
    """A project has one: naming both would silently leave out the first; removing both is clear."""
    with pytest.raises(UsageError, match="a project has one pipeline"):
        plan_change("add", ["kfp", "tfx"], {})
    assert {"pipeline": "none"} == plan_change("remove", ["kfp", "tfx"], {"pipeline": "tfx"}).choices


def test_part_of_it_is_there(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is there already is said next to the result; the rest is added."""
    main(["add", "edge"])
    commit(here)
    capsys.readouterr()

    assert 0 == main(["add", "edge", "server"])
    said = capsys.readouterr()
    assert "demo already has edge.\n" == said.err
    assert "Deployment targets: edge -> server, edge.\n" in said.out


@pytest.mark.parametrize("flag", ["--diff", "--dry-run"])
def test_difference(here: Path, capsys: pytest.CaptureFixture[str], flag: str) -> None:
    """What would change is shown, by the name of the flag in `update` or in `new`; nothing is touched."""
    before = snapshot(here)

    assert 0 == main(["add", "edge", flag])
    said = capsys.readouterr().out
    assert said.startswith("The same as: fwstart update --deploy edge --diff\n")
    assert "+For phones.\n" in said
    assert before == snapshot(here)


@pytest.mark.parametrize(
    ("words", "problem", "fix"),
    [
        (["add"], "TARGET is missing; it must be one or more of server,", "For example: fwstart add edge\n"),
        (["remove"], "TARGET is missing", "For example: fwstart remove edge\n"),
        (["add", "egde"], 'TARGET is "egde"; it must be one of server, edge,', 'Did you mean "edge"?\n'),
        (["add", "phone"], 'TARGET is "phone"', 'Did you mean "edge"?\n'),
        (["add", "edge", "cuda"], 'TARGET is "cuda"', 'Did you mean "gpu"?\n'),
        (["add", "pretrained"], 'TARGET is "pretrained"', 'Did you mean "backbones"?\n'),
        (["add", "cpu"], "TARGET is cpu, which every project has.", "You may want: fwstart remove gpu\n"),
    ],
)
def test_wrong_name(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], problem: str, fix: str
) -> None:
    """Exit 2, with the nearest name; nothing is touched."""
    before = snapshot(here)

    assert 2 == main(words)
    said = capsys.readouterr().err
    assert said.startswith(f"error: {problem}")
    assert said.endswith(fix)
    assert before == snapshot(here)


def test_outside_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder is named, and what to do."""
    monkeypatch.chdir(tmp_path)

    assert 1 == main(["add", "edge"])
    said = capsys.readouterr().err
    assert f"error: {tmp_path} is not a fwstart project: it has no .copier-answers.yml.\n" in said
    assert "Run it in a folder that `fwstart new` created, or name one" in said


def test_folder_within_a_project(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The project around it is named; it is not changed from within."""
    monkeypatch.chdir(here / "src")

    assert 1 == main(["add", "edge"])
    assert f"The project is {here}: run it there." in capsys.readouterr().err


def test_project_elsewhere(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--project names the folder, and the printed command does too."""
    monkeypatch.chdir(tmp_path)

    assert 0 == main(["add", "edge", "--project", str(project)])
    assert f"The same as: fwstart update {project} --deploy edge\n" in capsys.readouterr().out
    assert ["edge"] == deployed(project)
