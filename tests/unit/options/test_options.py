"""`fwstart options` says what copier.yml, the command line and the templates say themselves."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import CHECKOUT
from support.command_line import Runner, here, run
from support.rendered_projects import projects, rendered

from fwstart import __version__

__all__ = ["here", "projects", "run"]  # fixtures

FROM_PATH = {"project_name"}  # asked by copier only: `fwstart new` takes it from PATH
ELSEWHERE = {"moved", "shared"}
VARIANTS: dict[
    str, tuple[dict[str, object], ...]
] = {  # answers that differ from those of the usual test project
    "package": ({"package": "other"},),
    "description": ({"description": "Other."},),
    "author": ({"author": "Other"},),
    "license": ({"license": "none"},),
    "python": ({"python": "3.12"},),
    "accelerator": ({"accelerator": "gpu"},),
    "backbones": ({"backbones": "hub"},),
    "pipeline": ({"pipeline": "kfp"}, {"framework": "keras", "pipeline": "tfx"}),
    "deploy": ({"deploy": ("server", "edge", "browser")},),
}


@pytest.fixture
def listed(run: Runner) -> dict[str, Any]:
    """Return what `fwstart options` prints."""
    outcome = run("options")
    assert (0, "") == (outcome.code, outcome.err)
    data: dict[str, Any] = json.loads(outcome.out)
    return data


def test_questions_are_those_of_copier(listed: dict[str, Any]) -> None:
    """Each question that copier.yml asks is there, with the same values and default."""
    asked = {
        key: question
        for key, question in yaml.safe_load((CHECKOUT / "copier.yml").read_text(encoding="utf-8")).items()
        if not key.startswith("_") and question.get("when") is not False and key not in FROM_PATH | ELSEWHERE
    }
    questions = {question["key"]: question for question in listed["questions"]}

    assert {"framework", "deploy", "license", "backbones"} <= asked.keys() <= questions.keys()
    for key, question in asked.items():
        choices = question.get("choices", [])
        values = list(choices.values() if isinstance(choices, dict) else choices)
        described = [value.get("target", value["value"]) for value in questions[key]["values"]]
        assert values == list(dict.fromkeys(described)), key
        assert bool(question.get("multiselect")) == questions[key]["multiple"]
        if key in {"license", "python", "deploy"}:  # the others depend on other answers or on the machine
            assert question["default"] == questions[key]["default"]


@pytest.mark.parametrize("command", ["new", "advise", "update", "add", "remove", "options", "doctor"])
def test_flags_are_those_of_the_help(listed: dict[str, Any], run: Runner, command: str) -> None:
    """Each command has exactly the flags that its help shows."""
    shown = {
        flag
        for line in re.findall(r"^  (-.+?)(?:  |$)", run(command, "--help").out, re.MULTILINE)
        for flag in re.findall(r"--[\w-]+", line)
    }
    found = {name for flag in command_of(listed, command)["flags"] for name in flag["names"]}

    assert shown - {"--help"} == found


def command_of(listed: dict[str, Any], name: str) -> dict[str, Any]:
    (command,) = (one for one in listed["commands"] if one["name"] == name)
    return dict(command)


def test_commands_are_all_there_are(listed: dict[str, Any], run: Runner) -> None:
    """The commands of `fwstart --help`, in its order."""
    commands = run("--help").out.partition("Commands:\n")[2].partition("\n\n")[0]

    assert re.findall(r"^  (\w+)", commands, re.MULTILINE) == [one["name"] for one in listed["commands"]]


def test_every_value_is_accepted(listed: dict[str, Any], run: Runner) -> None:
    """Each value of each question can be typed after its flag."""
    for question in listed["questions"]:
        for value in question["values"]:
            # The folder's name is refused, after the values have been read and before anything is rendered.
            outcome = run("new", "class", question["flag"], value["value"])
            assert outcome.err.startswith('error: The package name "class"')


@pytest.mark.parametrize("key", VARIANTS)
def test_what_an_answer_changes(
    listed: dict[str, Any], key: str, projects: dict[str, Path], tmp_path: Path
) -> None:
    """Another answer changes what it is said to change, and nothing else."""
    (question,) = (one for one in listed["questions"] if one["key"] == key)
    changed: set[str] = set()
    for number, answers in enumerate(VARIANTS[key]):
        usual = contents(projects[str(answers.get("framework", "pytorch"))])
        other = contents(rendered(tmp_path / str(number), **answers))
        changed |= {name for name in usual.keys() | other.keys() if usual.get(name) != other.get(name)}

    assert {*question["changes"], ".copier-answers.yml"} == {name.partition("/")[0] for name in changed}


def contents(project: Path) -> dict[str, bytes]:
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in project.rglob("*")
        if path.is_file()
    }


def test_versions(listed: dict[str, Any]) -> None:
    """The JSON says which fwstart it is about."""
    assert (1, __version__) == (listed["schema_version"], listed["fwstart"])


def test_text(listed: dict[str, Any], run: Runner) -> None:
    """--text names the same to read, and --json is the default."""
    text = run("options", "--text").out

    for question in listed["questions"]:
        values = [*(value["value"] for value in question["values"]), *filter(None, [question["empty"]])]
        assert f"  {question['flag']} {'|'.join(values) or 'TEXT'}\n" in text
    for command in listed["commands"]:
        assert f"fwstart {command['name']}" in text
    assert listed == json.loads(run("options", "--json").out)
