"""`fwstart new` on the command line: what is made, said and refused."""

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from support import CHECKOUT
from support.command_line import BEGINNER, Outcome, Runner, here, run, without_warnings

from fwstart.report.suggested_commands import TORCH_BUILDS
from fwstart.settings.settings import all_fields

__all__ = ["here", "run"]  # fixtures

SCHEMA = json.loads((CHECKOUT / "docs/advice.schema.json").read_text(encoding="utf-8"))


def test_new(run: Runner, here: Path) -> None:
    """The project, its decision's two documents, and at the end why, what next, and how to make it again."""
    outcome = run("new", "My demo", *BEGINNER, "--deploy", "pytorch-server", "--accelerator", "cpu")

    assert (0, 'Package: my_demo (from "My demo")\n') == (outcome.code, without_warnings(outcome.err))
    project = here / "My demo"
    assert (
        "# Why Keras\n"
        == (project / "docs/DECISION.md").read_text(encoding="utf-8").splitlines(keepends=True)[0]
    )
    assert "keras" == json.loads((project / "docs/decision.json").read_text(encoding="utf-8"))["framework"]
    recorded = (project / ".copier-answers.yml").read_text(encoding="utf-8")
    assert "framework: keras" in recorded
    assert "- server" in recorded
    text = " ".join(outcome.out.split())
    for words in (
        "Framework: Keras, 5 points to 1 (moderate): background beginner.",
        "pytorch-server was chosen, but the framework is Keras: its server is TensorFlow Serving",
        "cd 'My demo' uv sync uv run my_demo train uv run my_demo evaluate",
        "pip install -e . my_demo train",
        "fwstart new 'My demo' --background beginner --deploy pytorch-server --accelerator cpu --yes",
    ):
        assert words in text


def test_new_json(run: Runner, here: Path) -> None:
    """The advice's keys and what was made; the command makes the same again elsewhere."""
    outcome = run("new", "demo", *BEGINNER, "--license", "none", "--author", "Ada L", "--json", "--no-git")
    data = json.loads(outcome.out)

    Draft202012Validator(SCHEMA).validate(data)
    assert (0, "") == (outcome.code, without_warnings(outcome.err))
    assert ("keras", "score", str(here / "demo")) == (data["framework"], data["decided_by"], data["path"])
    files = sorted(
        path.relative_to(here / "demo").as_posix() for path in (here / "demo").rglob("*") if path.is_file()
    )
    assert files == data["files"]
    trained = ["uv sync", "uv run demo train", "uv run demo evaluate"]
    assert ["cd demo", *trained, "uv run demo serve --open"] == data["next_steps"]

    (here / "elsewhere").mkdir()
    os.chdir(here / "elsewhere")
    words = shlex.split(data["command"])
    assert ["fwstart", "new", "demo"] == words[:3]
    assert 0 == run(*words[1:]).code
    for file in files:
        assert (here / "demo" / file).read_bytes() == (here / "elsewhere/demo" / file).read_bytes(), file


def project_of(outcome: Outcome) -> dict[str, str]:
    project: dict[str, str] = json.loads(outcome.out)["project"]
    return project


@pytest.mark.parametrize(
    ("flags", "backbones"),
    [
        ([], "none"),
        (["--models", "none"], "none"),
        (["--models", "tensorflow-hub"], "hub"),
        (["--models", "pytorch-hub"], "hub"),
        (["--models", "pytorch-hub", "--backbones", "none"], "none"),
        (["--backbones", "hub"], "hub"),
    ],
)
def test_models_propose_backbones(run: Runner, here: Path, flags: list[str], backbones: str) -> None:
    """An answer that names a collection brings pretrained backbones, unless --backbones says otherwise."""
    outcome = run("new", "demo", *BEGINNER, *flags, "--dry-run", "--json")

    assert backbones == project_of(outcome)["backbones"]
    assert (
        backbones
        == project_of(run(*shlex.split(json.loads(outcome.out)["command"])[1:], "--json"))["backbones"]
    )
    assert f"backbones: {backbones}\n" in (here / "demo/.copier-answers.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("framework", "own", "other", "collections"),
    [
        ("pytorch", "pytorch-hub", "tensorflow-hub", "timm and torchvision"),
        ("keras", "tensorflow-hub", "pytorch-hub", "KerasHub"),
    ],
)
def test_collection_of_the_other_framework(
    run: Runner, framework: str, own: str, other: str, collections: str
) -> None:
    """It becomes this framework's, and that is said; where weights come from is said either way."""
    said = {
        models: " ".join(run("new", f"my-{models}", "--framework", framework, "--models", models).out.split())
        for models in (own, other)
    }

    assert all(
        f"Pretrained weights: from {collections}; docs/pretrained.md says how." in text
        for text in said.values()
    )
    assert f"its pretrained weights come from {collections}, and that is what" in said[other]
    assert f"{other} was chosen, but the framework is" in said[other]
    assert "was chosen, but" not in said[own]


def test_nothing_is_said_of_backbones_without_them(run: Runner) -> None:
    """A project that is trained from scratch is told nothing of pretrained weights."""
    outcome = run("new", "demo", *BEGINNER, "--models", "pytorch-hub", "--backbones", "none")

    assert 0 == outcome.code
    assert "Pretrained weights" not in outcome.out
    assert "pytorch-hub was chosen" not in outcome.out


def test_dry_run_says_where_backbones_come_from(run: Runner) -> None:
    """A proposal is told from a default and from what was given."""
    rows = [
        next(
            line.split()
            for line in run("new", "demo", *BEGINNER, *flags, "--dry-run").out.splitlines()
            if "backbones" in line
        )
        for flags in ([], ["--models", "tensorflow-hub"], ["--backbones", "none"])
    ]

    assert [
        ["backbones", "none", "(default)"],
        ["backbones", "hub", "(proposed", "by", "models)"],
        ["backbones", "none", "(--backbones)"],
    ] == rows


def test_new_in_this_folder(run: Runner, here: Path) -> None:
    """`.` means the folder that one is in: no `cd`, its name is the project's."""
    (here / "demo").mkdir()
    os.chdir(here / "demo")
    outcome = run("new", ".", "--framework", "pytorch", "--json", "--no-git")
    data = json.loads(outcome.out)

    steps = ["uv sync", "uv run demo train", "uv run demo evaluate", "uv run demo serve --open"]
    assert ("demo", steps) == (data["project"]["package"], data["next_steps"])


def test_new_draw(run: Runner, here: Path) -> None:
    """Nobody can be asked: exit 2, with commands to paste that work."""
    outcome = run("new", "demo", "--style", "flexible", "--setting", "enterprise")
    commands = [line.strip() for line in outcome.err.splitlines() if line.startswith("  fwstart")]

    assert (2, "") == (outcome.code, outcome.out)
    assert outcome.err.startswith("error: A draw: PyTorch 2, Keras 2, ")
    assert [] == list(here.iterdir())
    assert ["pytorch", "keras"] == [
        json.loads(run(*shlex.split(command)[1:], "--dry-run", "--json").out)["framework"]
        for command in commands
    ]


def test_dry_run(run: Runner, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer with its source and all files; nothing is written."""
    monkeypatch.setenv("FWSTART_STYLE", "flexible")
    (here / "my.toml").write_text('setting = "research"\n', encoding="utf-8")
    outcome = run("new", "demo", "--deploy", "edge", "--answers", "my.toml", "--dry-run")
    lines = [" ".join(line.split()) for line in outcome.out.splitlines()]

    assert (0, "") == (outcome.code, without_warnings(outcome.err))
    for line in (
        "background some (default)",
        "style flexible (FWSTART_STYLE)",
        "setting research (my.toml)",
        "deploy edge (--deploy)",
        "framework pytorch (decided by score)",
        "package demo (from PATH)",
        "docs/DECISION.md",
        "src/demo/training/train.py",
    ):
        assert line in lines
    assert ["my.toml"] == [path.name for path in here.iterdir()]


def test_dry_run_json(run: Runner, here: Path) -> None:
    """The same keys as `new --json`, and one that says that nothing was written."""
    dry = json.loads(run("new", "demo", *BEGINNER, "--dry-run", "--json").out)
    assert [] == list(here.iterdir())
    real = json.loads(run("new", "demo", *BEGINNER, "--json").out)

    assert {**real, "dry_run": True} == dry


def test_dry_run_json_answers_it_all(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer with its source and how to change it, what the machine lacks, and what to type next."""
    monkeypatch.setenv("FWSTART_MODELS", "tensorflow-hub")
    flags = ("--framework", "pytorch", "--deploy", "edge", "--accelerator", "cpu")
    data = json.loads(run("new", "demo", *flags, "--dry-run", "--json").out)
    settings = {setting["key"]: setting for setting in data["settings"]}

    Draft202012Validator(SCHEMA).validate(data)
    assert [field.key for field in all_fields()] == list(settings)
    assert (["edge"], "--deploy") == (settings["deploy"]["value"], settings["deploy"]["source"])
    assert ("tensorflow-hub", "FWSTART_MODELS") == (settings["models"]["value"], settings["models"]["source"])
    assert {
        "key": "backbones",
        "flag": "--backbones",
        "value": "hub",
        "source": "proposed by models",
        "accepted": ["none", "hub"],
    } == settings["backbones"]
    assert "from PATH" == settings["package"]["source"]
    assert "tensorflow-hub was chosen, but the framework is PyTorch" in data["remarks"][0]
    assert ["commands", "history", "update", "train", "edge"] == [part["id"] for part in data["machine"]]
    assert "pip install torch torchvision --index-url " in data["next_steps_without_uv"][1]
    assert "cd demo" == data["next_steps"][0]
    assert data["command"].startswith("fwstart new demo ")


@pytest.mark.parametrize("accelerator", ["cpu", "gpu"])
def test_pip_takes_the_index_of_the_project(run: Runner, here: Path, accelerator: str) -> None:
    """Without uv, PyTorch comes from where `uv sync` takes it, as the project's README says as well."""
    flags = ("--no-git", "--json", "--backbones", "hub", "--accelerator", accelerator, "--framework")
    given = json.loads(run("new", "demo", *flags, "pytorch").out)["next_steps_without_uv"]
    keras = json.loads(run("new", "other", *flags, "keras", "--dry-run").out)["next_steps_without_uv"]
    index = TORCH_BUILDS[accelerator]

    assert f'url = "{index}"' in (here / "demo/pyproject.toml").read_text(encoding="utf-8")
    command = f"pip install --index-url {index} torch torchvision"
    assert command in (here / "demo/README.md").read_text(encoding="utf-8")
    assert (accelerator == "cpu") == (f"pip install torch torchvision --index-url {index}" in given)
    assert "pip install -e ." == keras[1]


def test_refused_target(run: Runner, here: Path) -> None:
    """A folder that holds something is refused with exit 1, its conflicts named."""
    (here / "demo").mkdir()
    (here / "demo" / "thesis.tex").touch()
    outcome = run("new", "demo", *BEGINNER)

    assert (1, "") == (outcome.code, outcome.out)
    assert "thesis.tex" in outcome.err
    assert ["thesis.tex"] == [path.name for path in (here / "demo").iterdir()]


def test_existing_repository(run: Runner, here: Path) -> None:
    """In a repository there is no second one, and that is said."""
    subprocess.run(["git", "init", "-q", "."], check=True)
    outcome = run("new", "demo", *BEGINNER)

    assert 0 == outcome.code
    assert not (here / "demo/.git").exists()
    assert "first commit" not in outcome.out
    assert "repository" in outcome.err
