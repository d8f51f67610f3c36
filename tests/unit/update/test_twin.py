"""The commands for a project in the other framework: the same answers, the same data."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest
from support.small_releases import commit

from fwstart.cli.app import main
from fwstart.template.recorded import Recorded
from fwstart.update.twin import twin_commands, twin_remarks

ANSWERS = {
    "framework": "pytorch",
    "package": "demo",
    "description": "A demo.",
    "author": "Ada",
    "license": "mit",
    "python": "3.11",
    "accelerator": "cpu",
    "backbones": "none",
    "pipeline": "none",
}


def test_other_framework(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is refused with the reason, and the commands for a twin with the same answers and data."""
    monkeypatch.chdir(project.parent)
    answers = {"background": "beginner", "deploy": []}
    (project / "docs/decision.json").write_text(json.dumps({"answers": answers}))
    (project / "config.toml").write_text('[data]\nsource = "photos"\n')
    (project / "photos").mkdir()
    (project / "photos/a.txt").touch()
    commit(project)

    assert 1 == main(["update", "demo", "--framework", "keras"])
    error = capsys.readouterr().err.splitlines()
    assert "demo is a PyTorch project, and an update never changes the framework" in error[0]
    assert " ".join(error[2].split()) == (
        "fwstart new demo-keras --background beginner --framework keras --package demo "
        "--description 'A demo.' --author Ada --license mit --python 3.11 --accelerator cpu "
        "--backbones none --pipeline none --yes"
    )
    assert error[3:] == [
        "  cp -R demo/config.toml demo-keras",
        "  cp -R demo/photos demo-keras",
    ]


def recorded(**answers: str) -> Recorded:
    return Recorded(origin="", version=(0, 11, 0), answers={**ANSWERS, **answers})


def flags(command: str) -> dict[str, str]:
    """Return the flags of a command with their values."""
    words = shlex.split(command)
    return dict(zip(words[3:-1:2], words[4:-1:2], strict=True))


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project, from the folder around it."""
    monkeypatch.chdir(tmp_path)
    Path("demo").mkdir()
    return Path("demo")


def with_source(demo: Path, source: str) -> list[str]:
    """Return the commands that copy the project's settings and data."""
    (demo / "config.toml").write_text(f"[data]\nsource = {json.dumps(source)}\n", encoding="utf-8")
    return twin_commands("demo", recorded(), "keras")[1:]


@pytest.mark.usefixtures("demo")
def test_pipeline_of_the_other_framework() -> None:
    """TFX does not train with PyTorch: the twin gets what `new` accepts, and that is said."""
    keras = recorded(framework="keras", pipeline="tfx")

    assert "kfp" == flags(twin_commands("demo", keras, "pytorch")[0])["--pipeline"]
    assert ["TFX trains with TensorFlow alone: the pipeline of demo-pytorch is kfp."] == twin_remarks(
        "demo", keras, "pytorch"
    )
    assert "kfp" == flags(twin_commands("demo", recorded(pipeline="kfp"), "keras")[0])["--pipeline"]
    assert [] == twin_remarks("demo", recorded(pipeline="kfp"), "keras")


@pytest.mark.usefixtures("demo")
def test_no_author() -> None:
    """A project without an author gets a twin without one, not with git's user."""
    assert "" == flags(twin_commands("demo", recorded(author=""), "keras")[0])["--author"]


@pytest.mark.usefixtures("demo")
def test_answers_that_were_never_asked() -> None:
    """What an old project was not asked is as it is there, whatever the answers of the decision propose."""
    old = Recorded(origin="", version=(0, 5, 0), answers={"framework": "pytorch", "package": "demo"})
    given = flags(twin_commands("demo", old, "keras")[0])

    assert ("cpu", "none", "none") == (given["--accelerator"], given["--backbones"], given["--pipeline"])


def test_data_in_a_folder_of_a_folder(demo: Path) -> None:
    """The printed commands copy it to the same place, though the new project has no such folder."""
    (demo / "data/photos").mkdir(parents=True)
    (demo / "data/photos/a.txt").touch()
    Path("demo-keras").mkdir()
    commands = with_source(demo, "./data/photos/")

    assert [
        "cp -R demo/config.toml demo-keras",
        "mkdir -p demo-keras/data && cp -R demo/data/photos demo-keras/data",
    ] == commands
    subprocess.run(" && ".join(commands), shell=True, check=True)  # noqa: S602
    assert Path("demo-keras/data/photos/a.txt").exists()


@pytest.mark.parametrize("name", ["labels.csv", "Labels.TSV"])
def test_table(demo: Path, name: str) -> None:
    """A table is copied; whoever reads the message learns that its images are not."""
    (demo / name).write_text("file,label\nimages/a.png,cat\n", encoding="utf-8")

    assert f"cp -R demo/{name} demo-keras" == with_source(demo, name)[1]
    (remark,) = twin_remarks("demo", recorded(), "keras")
    assert remark.startswith(f"{name} names images by their paths from its own folder: copy these as well,")


@pytest.mark.parametrize("source", ["../photos", "data/../../photos", "../demo/photos", ".", "digits"])
def test_nothing_to_copy(demo: Path, source: str) -> None:
    """Data outside the project is found by the same path; the project itself, and digits, are no data."""
    (demo / "photos").mkdir()
    (demo / "data").mkdir()
    Path("photos").mkdir()

    assert ["cp -R demo/config.toml demo-keras"] == with_source(demo, source)


def test_absolute_source(demo: Path, tmp_path: Path) -> None:
    """Nor is data that is named by its absolute path."""
    (tmp_path / "photos").mkdir()

    assert ["cp -R demo/config.toml demo-keras"] == with_source(demo, str(tmp_path / "photos"))
