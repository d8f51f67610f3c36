"""Settings out of all proportion are refused in a moment, in words of an error's length."""

import io
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command_line import BEGINNER, Runner, here, run

from fwstart.doctor.diagnosis import meets
from fwstart.errors import FwstartError
from fwstart.settings import answers_file
from fwstart.settings.names import MAX_TEXT_LENGTH
from fwstart.template import recorded
from fwstart.template.origin import ORIGIN

__all__ = ["here", "run"]  # fixtures

MOMENT = 5.0  # seconds, on a busy machine; each of these took up to 20, or no end of them
ERROR_LENGTH = 700  # the longest lists all settings
RECORDED = f"_commit: v0.1.0\n_src_path: {ORIGIN}\nframework: keras\ndescription: A demo.\n"
LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 10)}]\n" for number in range(1, 9)
)


def short(value: object) -> str:
    """Return the beginning of a parameter, to name its test."""
    return str(value)[:20]


@pytest.fixture(autouse=True)
def within_a_moment() -> Iterator[None]:
    """Fail a test that takes long."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < MOMENT


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("keys.json", json.dumps(dict.fromkeys(map(str, range(60_000)), "x")), "longer than 16,384 bytes"),
        ("keys.toml", "".join(f'k{n} = "x"\n' for n in range(60_000)), "longer than 16,384 bytes"),
        ("long.toml", f'description = "{"x" * 10_000_000}"', "longer than 16,384 bytes"),
        ("dots.toml", ".".join("a" * 8000) + " = 1", '"a" is not a setting'),
        ("twice.json", "{" + ", ".join(['"a": 1'] * 2000) + "}", 'the key "a" is given 2000 times'),
        ("deep.toml", f"a = {'[' * 8000}{']' * 8000}", "is nested too deeply"),
        ("deep.json", f'{{"a": {"[" * 8000}{"]" * 8000}}}', "is nested too deeply"),
        ("nested.json", f'{{"python": {"[" * 900}{"]" * 900}}}', "it must be a string in quotes"),
        ("value.json", f'{{"style": "{"x" * 16_000}"}}', "it must be one of high-level"),
        ("value.toml", f'author = "{"x" * 16_000}"', "value.toml: author has 16,000 characters"),
        ("number.json", f'{{"python": {"9" * 5000}}}', "is not valid JSON"),
    ],
    ids=short,
)
def test_answers_file(run: Runner, here: Path, name: str, text: str, words: str) -> None:
    """An answers file is refused as wrong usage, by `new` as by `advise`; nothing is made."""
    (here / name).write_text(text, encoding="utf-8")
    outcome = run("new", "demo", "--framework", "keras", "--yes", "--answers", name)

    assert (2, "") == (outcome.code, outcome.out)
    assert words in outcome.err
    assert len(outcome.err) < ERROR_LENGTH
    assert [name] == [path.name for path in here.iterdir()]
    if not name.startswith("value.toml"):  # advise has no author
        assert outcome == run("advise", "--yes", "--answers", name)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
def test_answers_without_end(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file or a pipe that never ends is not read to its end."""
    with Path("/dev/zero").open("rb") as zeros:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(zeros))
        for path in ("/dev/zero", "-"):
            outcome = run("advise", "--yes", "--answers", path)
            assert 2 == outcome.code
            assert f"longer than {answers_file.MAX_BYTES:,} bytes" in outcome.err


def test_as_long_as_allowed(run: Runner, here: Path) -> None:
    """An answers file of just that length is read, and a description of just that length is taken."""
    text = f'framework = "keras"\ndescription = "{"x" * MAX_TEXT_LENGTH}"\n#'
    file = here / "a.toml"
    file.write_text(text.ljust(answers_file.MAX_BYTES, "#"), encoding="utf-8")

    assert 0 == run("new", "demo", "--yes", "--dry-run", "--answers", "a.toml").code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["new", "x", *BEGINNER, "--description", "x" * 100_000],
            "has 100,000 characters; it may have at most 1,000",
        ),
        (["new", "x", *BEGINNER, "--package", "x" * 100_000], "it is longer than 40 characters"),
        (["new", "x" * 100_000, *BEGINNER], "it is longer than 200 bytes"),
        (["advise", "--style", "x" * 100_000], "it must be one of high-level"),
        (["advise", "--explain", "x" * 100_000], "it must be one of background"),
        (["advise", "--answers", "x" * 100_000], "File name too long"),
        (["update", "--to", "x" * 100_000], None),
        (["x" * 100_000], "is not a command"),
        (["new", "x", f"--{'x' * 100_000}"], "is not a flag of fwstart new"),
    ],
    ids=short,
)
def test_flags(run: Runner, arguments: list[str], words: str | None) -> None:
    """A flag's value is told, but not all of it."""
    outcome = run(*arguments)

    assert outcome.code in {1, 2}
    assert words is None or words in outcome.err
    assert len(outcome.err) < ERROR_LENGTH


@pytest.mark.parametrize("variable", ["FWSTART_DESCRIPTION", "FWSTART_STYLE", "FWSTART_ORIGIN"])
def test_variables(run: Runner, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """Variables have the limits of flags."""
    monkeypatch.setenv(variable, f"https://example.com/{'x' * 100_000}.git")
    outcome = run("new", "x", *BEGINNER, "--yes")

    assert 2 == outcome.code
    assert len(outcome.err) < ERROR_LENGTH


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("".join(f"k{number}: x\n" for number in range(60_000)), "it is longer than 65,536 bytes"),
        ("é" * 40_000, "it is longer than 65,536 bytes"),
        ("".join(f"k{number}: x\n" for number in range(5000)), "it has more than 1,000 keys and values"),
        (f"a: [{'[],' * 5000}]\n", "it has more than 1,000 keys and values"),
        (f"a: {'[' * 20_000}{']' * 20_000}\n", "it is nested more than 10 deep"),
        ("a: " + "".join(f"\n{'  ' * depth}- " for depth in range(20)), "it is nested more than 10 deep"),
        (LAUGHS, "it has an alias"),
        ("a: &a [*a]\n", "it has an alias"),
        (f"a: {'9' * 5000}\n", "it is not valid YAML"),
        ("a: 2026-13-32\n", "it is not valid YAML"),
        ("deploy: [[server], {a: b}]\n", "`deploy` must be a list of strings"),
        ("author: {a: b}\n", "`author` must be a string"),
        ("package: [a]\n", "`package` must be a string"),
        (f"_commit: v{'9' * 5000}.0.0\n", "which is not a release"),
        (f"_src_path: {'x' * 50_000}\n", "comes from xxxx"),
    ],
    ids=short,
)
def test_recorded(here: Path, more: str, words: str) -> None:
    """A project's answers file is read in bounded time, and what is wrong with it is said."""
    (here / recorded.ANSWERS_FILE).write_text(RECORDED + more, encoding="utf-8")
    with pytest.raises(FwstartError) as caught:
        recorded.read_recorded(here)

    assert words in caught.value.problem
    assert len(caught.value.problem) < ERROR_LENGTH
    assert recorded.UNTOUCHED in caught.value.fix


def test_recorded_with_more(here: Path) -> None:
    """Keys of the user's, nested as well, and a description longer than a new one may be are no obstacle."""
    text = RECORDED.replace("A demo.", "x" * 5000) + "mine:\n  lists: [1, [2]]\n"
    (here / recorded.ANSWERS_FILE).write_text(text, encoding="utf-8")

    assert {"lists": [1, [2]]} == recorded.read_recorded(here).answers["mine"]


def test_version_without_end() -> None:
    """A program whose version is a number of any length is compared all the same."""
    assert meets("9" * 5000, "17", "")
