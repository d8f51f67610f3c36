"""`fwstart update --deploy`: which targets come and go, and what is said about it."""

import shlex
from pathlib import Path

import pytest
from support.small_releases import SECOND, commit, cut, snapshot

from fwstart.cli.app import main
from fwstart.template.recorded import read_recorded


def test_targets(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--deploy names all targets from now on; `none` removes the last one."""
    assert 0 == main(["update", str(project), "--deploy", "edge", "--deploy", "pytorch-server"])
    assert "Deployment targets: none -> server, edge.\n" in capsys.readouterr().out
    assert (project / "edge/edge.txt").exists()
    commit(project)
    assert 0 == main(["update", str(project), "--deploy", "none"])
    assert not (project / "edge").exists()
    assert "Left out" not in capsys.readouterr().out  # all of them, as was said


def test_target_that_is_not_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What goes because --deploy does not name it is said, with the command that has it as well."""
    main(["update", str(project), "--deploy", "edge,browser"])
    commit(project)
    capsys.readouterr()

    assert 0 == main(["update", str(project), "--deploy", "server"])
    lines = capsys.readouterr().out.splitlines()
    command = f"fwstart update {project} --deploy server --deploy edge --deploy browser"
    assert [
        "Deployment targets: edge, browser -> server.",
        "Left out: edge, browser. To have all of these targets (commit first):",
        f"  {command}",
    ] == lines[1:4]
    commit(project)
    assert 0 == main(shlex.split(command)[1:])
    assert "Deployment targets: server -> server, edge, browser.\n" in capsys.readouterr().out


def test_current_folder(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command names no PATH where none was given; with --check it can be pasted at once."""
    main(["update", str(project), "--deploy", "edge"])
    commit(project)
    monkeypatch.chdir(project)

    assert 3 == main(["update", "--deploy", "server", "--check"])
    assert "\n  fwstart update --deploy server --deploy edge\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--to", "0.1.0", "--deploy", "edge", "--deploy", "server"], "Deploy to server, edge"),
        (["--to", "0.2.0", "--deploy", "edge"], "Update to fwstart 0.2.0, deploy to edge"),
        (["--to", "0.2.0"], "Update to fwstart 0.2.0"),
    ],
)
def test_commit_message(
    checkout: Path, project: Path, capsys: pytest.CaptureFixture[str], flags: list[str], message: str
) -> None:
    """The suggested message says what was done: other targets, a newer release, or both."""
    cut(checkout, "0.2.0", SECOND)
    main(["update", str(project), *flags])

    assert capsys.readouterr().out.endswith(f" commit -m '{message}'\n")


def test_accelerator(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--accelerator changes what the project is recorded to train on, and says so; the targets stay."""
    main(["update", str(project), "--deploy", "edge"])
    commit(project)
    capsys.readouterr()

    assert 0 == main(["update", str(project), "--accelerator", "gpu"])
    said = capsys.readouterr().out
    assert "\nTrains on: cpu -> gpu.\n" in said
    assert said.endswith("commit -m 'Train on the GPU'\n")
    recorded = read_recorded(project).answers
    assert ("gpu", ["edge"]) == (recorded["accelerator"], recorded["deploy"])


def test_same_accelerator(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the project trains on already is nothing to do."""
    assert 0 == main(["update", str(project), "--accelerator", "cpu", "--check"])
    assert "is up to date" in capsys.readouterr().out


def test_accelerator_is_kept_in_commands(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A command that is printed to go on asks for all that was asked for."""
    main(["update", str(project), "--deploy", "edge"])
    commit(project)
    capsys.readouterr()

    assert 3 == main(["update", str(project), "--deploy", "server", "--accelerator", "gpu", "--check"])
    command = f"fwstart update {project} --deploy server --deploy edge --accelerator gpu"
    assert f"\n  {command}\n" in capsys.readouterr().out


def test_unknown_accelerator(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The accepted ones are named."""
    assert 2 == main(["update", str(project), "--accelerator", "tpu"])
    assert '--accelerator is "tpu"; it must be one of cpu, gpu.' in capsys.readouterr().err


def test_backbones_come_and_go(checkout: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--backbones brings pretrained weights to an old project and takes them again, and says so."""
    cut(checkout, "0.10.0", SECOND)
    assert 0 == main(["update", str(project), "--backbones", "hub"])
    said = capsys.readouterr().out
    assert "\nPretrained backbones: none -> hub.\ntimm and torchvision will be installed by default;" in said
    assert said.endswith("commit -m 'Update to fwstart 0.10.0, set backbones to hub'\n")
    assert "hub" == read_recorded(project).answers["backbones"]
    commit(project)

    assert 0 == main(["update", str(project), "--backbones", "none"])
    said = capsys.readouterr().out
    assert "Pretrained backbones: hub -> none.\ntimm and torchvision will be installed only with" in said
    assert said.endswith("commit -m 'Set backbones to none'\n")
    assert "none" == read_recorded(project).answers["backbones"]


def test_pipeline_comes_and_goes(checkout: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--pipeline is recorded and said."""
    cut(checkout, "0.11.0", SECOND)
    assert 0 == main(["update", str(project), "--pipeline", "kfp"])
    said = capsys.readouterr().out
    assert "\nPipeline: none -> kfp.\n" in said
    assert said.endswith("commit -m 'Update to fwstart 0.11.0, set pipeline to kfp'\n")
    assert "kfp" == read_recorded(project).answers["pipeline"]
    commit(project)

    assert 0 == main(["update", str(project), "--pipeline", "none"])
    assert capsys.readouterr().out.endswith("commit -m 'Set pipeline to none'\n")


@pytest.mark.parametrize(
    ("words", "subject", "fix"),
    [
        (["add", "tfx"], "TARGET", "You may want: fwstart add kfp."),
        (["update", "--pipeline", "tfx"], "--pipeline", "Use --pipeline kfp;"),
    ],
)
@pytest.mark.usefixtures("pipelines")
def test_pipeline_of_another_framework(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], subject: str, fix: str
) -> None:
    """The refusal says what to type in the words of the command that was typed; nothing is touched."""
    before = snapshot(project)

    assert 2 == main(words)
    problem, way_out = capsys.readouterr().err.splitlines()
    assert f"error: {subject} is tfx, but the framework is PyTorch" in problem
    assert way_out.startswith(fix)
    assert before == snapshot(project)


@pytest.fixture
def pipelines(checkout: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a project, for which there is a release that has pipelines."""
    cut(checkout, "0.11.0", SECOND)
    monkeypatch.chdir(project)


def test_project_that_never_answered(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A project of an older release has no backbones: asking for none of them is nothing to do."""
    answers = project / ".copier-answers.yml"
    answers.write_text(answers.read_text().replace("backbones: none\n", ""))
    commit(project)

    assert 0 == main(["update", str(project), "--backbones", "none", "--check"])
    assert "is up to date" in capsys.readouterr().out


def test_backbones_of_a_release_without_the_question(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Templates that do not ask for backbones cannot bring them: refused, nothing is touched."""
    assert 2 == main(["update", str(project), "--backbones", "hub"])
    message = capsys.readouterr().err
    assert "--backbones needs release 0.10.0 of the templates, but the update is to 0.1.0." in message
    assert "Nothing was touched." in message


def test_unknown_backbones(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The accepted ones are named."""
    assert 2 == main(["update", str(project), "--backbones", "timm"])
    assert '--backbones is "timm"; it must be one of none, hub.' in capsys.readouterr().err


def test_commit_message_without_targets(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The last target's removal is no update to another release."""
    main(["update", str(project), "--deploy", "edge"])
    commit(project)
    main(["update", str(project), "--deploy", "none"])

    assert capsys.readouterr().out.endswith("commit -m 'Remove all targets'\n")
