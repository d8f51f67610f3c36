"""Where settings come from, and what is refused."""

from pathlib import Path

import pytest
import yaml
from support import CHECKOUT

from fwstart.errors import UsageError
from fwstart.new.plan import check_place
from fwstart.settings.answers_file import read_answers
from fwstart.settings.questionnaire import check_pipeline, project_question
from fwstart.settings.settings import Setting, all_fields, resolve, unknown_variables

COPIER = yaml.safe_load((CHECKOUT / "copier.yml").read_text(encoding="utf-8"))


def test_order() -> None:
    """A flag wins over the environment, that over the answers file."""
    resolved = resolve(
        {"background": ["beginner"]},
        {"FWSTART_BACKGROUND": "some", "FWSTART_STYLE": "flexible"},
        {"background": "experienced", "style": "high-level", "setting": "research"},
        "answers.toml",
    )

    assert {
        "background": Setting(value=("beginner",), source="--background"),
        "style": Setting(value=("flexible",), source="FWSTART_STYLE"),
        "setting": Setting(value=("research",), source="answers.toml"),
    } == resolved.given


def test_nothing_given() -> None:
    """What was not given is not there, so that the dialogue knows what to ask."""
    resolved = resolve({}, {"FWSTART_STYLE": "", "HOME": "/root"})

    assert ({}, {}, None, None) == (
        resolved.given,
        resolved.answers,
        resolved.framework,
        resolved.text("license"),
    )


@pytest.mark.parametrize(
    "given", [["browser", "server"], ["browser,server"], ["server", "browser", "server"]]
)
def test_several_targets(given: list[str]) -> None:
    """A repeated flag, commas and repetitions mean the same, in one order."""
    assert ("server", "browser") == resolve({"deploy": given}, {}).answers["deploy"]


def test_several_targets_elsewhere() -> None:
    """The environment separates by commas; a file holds a list, of which none is an answer too."""
    assert ("server", "edge") == resolve({}, {"FWSTART_DEPLOY": "edge, server"}).answers["deploy"]
    assert ("edge",) == resolve({}, {}, {"deploy": ["edge"]}).answers["deploy"]
    assert () == resolve({}, {}, {"deploy": []}).answers["deploy"]


def test_no_target_overrules() -> None:
    """`none` alone is an answer, as in `fwstart update`, also twice; next to a target it is not accepted."""
    for flags in (["none"], ["none", "none"], ["none,none"]):
        assert () == resolve({"deploy": flags}, {"FWSTART_DEPLOY": "edge"}).answers["deploy"]
    for flags in (["none", "edge"], ["none,edge"]):
        with pytest.raises(UsageError, match="--deploy is none together with something else"):
            resolve({"deploy": flags}, {})


@pytest.mark.parametrize(
    ("flags", "environment", "file", "problem", "fix"),
    [
        (
            {"background": ["beginer"]},
            *({}, {}, '--background is "beginer"; it must be one of beginner, some, experienced.'),
            'Did you mean "beginner"?',
        ),
        (
            *({}, {"FWSTART_STYLE": "flexibel"}, {}),
            'FWSTART_STYLE is "flexibel"; it must be one of high-level, no-preference, flexible.',
            'Did you mean "flexible"?',
        ),
        (
            *({}, {}, {"deploy": ["city"]}),
            'answers.toml: deploy is "city"; it must be one of server, edge, browser, pytorch-server, none.',
            "Choose one of them.",
        ),
        (
            *({}, {}, {"backgruond": "some"}),
            'answers.toml: "backgruond" is not a setting; it must be one of background, style, setting, ',
            'Did you mean "background"?',
        ),
        ({}, {}, {"python": 3.11}, "answers.toml: python is 3.11; it must be a string in quotes.", None),
        ({}, {}, {"deploy": [1]}, None, "Accepted: server, edge, browser, pytorch-server."),
        ({}, {}, {"author": None}, None, 'For example: author = "..."'),
        ({"framework": ["Keras"]}, {}, {}, '--framework is "Keras"; it must be one of pytorch, keras.', None),
        ({"license": [""]}, {}, {}, None, None),
        ({"style": ["a\x1b[2Jb"]}, {}, {}, '--style is "a\\u001b[2Jb"; it must be one of high-level,', None),
    ],
)
def test_refused(
    flags: dict[str, list[str]],
    environment: dict[str, str],
    file: dict[str, object],
    problem: str | None,
    fix: str | None,
) -> None:
    """The error names the source, what was received and is accepted, and the nearest; nothing unprintable."""
    with pytest.raises(UsageError) as error:
        resolve(flags, environment, file, "answers.toml")

    if problem is not None:
        assert error.value.problem.startswith(problem)
    if fix is not None:
        assert fix == error.value.fix


def test_unknown_variables() -> None:
    """A FWSTART_ variable that nothing reads is named with the nearest that something does."""
    environment = {
        "FWSTART_BACKGROND": "some",
        "FWSTART_DEBUG": "1",
        "FWSTART_DEPLOY": "edge",
        "PATH": "/bin",
    }

    assert [
        "FWSTART_BACKGROND is set, but fwstart has no such setting. Did you mean FWSTART_BACKGROUND?"
    ] == unknown_variables(environment)


def test_pipeline_of_another_framework() -> None:
    """TFX does not train with PyTorch: refused, with what to do where it was given; all else is accepted."""
    with pytest.raises(UsageError, match="--pipeline is tfx, but the framework is PyTorch") as error:
        check_pipeline("--pipeline", "tfx", "pytorch", fix="Do that.")

    assert "Do that." == error.value.fix
    for pipeline, framework in (("tfx", "keras"), ("kfp", "pytorch"), ("none", "pytorch")):
        check_pipeline("--pipeline", pipeline, framework, fix="Do that.")


def test_defaults_are_copiers() -> None:
    """Fields that are questions of copier.yml accept its choices and have its default."""
    choices = {
        key: COPIER[key]["choices"]
        for key in ("license", "python", "accelerator", "backbones", "pipeline", "framework")
    }
    values = {
        key: tuple(accepted.values() if isinstance(accepted, dict) else accepted)
        for key, accepted in choices.items()
    }

    assert values == {field.key: field.values for field in all_fields() if field.key in values}
    for key in ("description", "license", "python", "backbones", "pipeline"):
        assert COPIER[key]["default"] == project_question(key).default


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", 'background = "some"\ndeploy = ["edge"]\n'),
        ("a.json", '{"background": "some", "deploy": ["edge"]}'),
        ("a.txt", '{"background": "some", "deploy": ["edge"]}'),
        ("a", 'background = "some"\ndeploy = ["edge"]\n'),
        ("bom.toml", '\ufeffbackground = "some"\ndeploy = ["edge"]\n'),
    ],
)
def test_answers_file(tmp_path: Path, name: str, text: str) -> None:
    """TOML or JSON by the ending, else by the content."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    assert {"background": "some", "deploy": ["edge"]} == read_answers(str(path))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.toml", b"background = some\n", "not valid TOML: Invalid value .at line 1"),
        ("a.toml", b'style = "flexible"\nstyle = "flexible"\n', "not valid TOML: .*line 2"),
        ("a.json", b'{\n"style": }', "not valid JSON: .*line 2"),
        ("a.json", b'{"style": "flexible", "style": "flexible"}', 'the key "style" is given 2 times'),
        ("a.json", b'["style"]', "contains a JSON list; it must contain an object"),
        ("a.toml", b"\xff\xfe", "not UTF-8 text"),
        (".", b"", "cannot be read: Is a directory"),
        ("missing.toml", None, "there is no such file"),
    ],
)
def test_unreadable_answers_file(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    """The error names the file and, where there is one, the line."""
    path = tmp_path / name
    if content:
        path.write_bytes(content)

    with pytest.raises(UsageError, match=message) as error:
        read_answers(str(path))

    assert str(path) in error.value.problem


@pytest.mark.parametrize("key", ["package", "description", "author"])
@pytest.mark.parametrize("place", ["flag", "variable", "file"])
def test_refused_text_is_called_by_where_it_was_given(tmp_path: Path, key: str, place: str) -> None:
    """A text that is refused later is called by its flag, its variable or its key of the file, as given."""
    bad = "1" if key == "package" else "two\nlines"
    flags, environment, file = {}, {}, {}
    if place == "flag":
        flags[key], subject = [bad], f"--{key}"
    elif place == "variable":
        environment[f"FWSTART_{key.upper()}"], subject = bad, f"FWSTART_{key.upper()}"
    else:
        file[key], subject = bad, f"a.toml: {key}"
    settings = resolve(flags, environment, file, "a.toml")
    with pytest.raises(UsageError) as caught:
        check_place(str(tmp_path / "demo"), settings)

    assert subject in caught.value.problem
