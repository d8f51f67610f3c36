"""The command line: help, usage errors, where answers come from, and how little is imported for it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.command_line import BEGINNER, Outcome, Runner, fwstart, here, run

from fwstart import __version__
from fwstart.settings.settings import all_fields
from fwstart.template.releases import read_releases

__all__ = ["here", "run"]  # fixtures

RELEASES = [str(release) for release in read_releases()]


def test_version() -> None:
    """`python -m fwstart` is the command too."""
    assert Outcome(0, f"fwstart {__version__}\n", "") == fwstart("--version")


def test_help_names_every_flag_and_value(run: Runner) -> None:
    """All flags with what they accept, and the exit codes, without escape codes."""
    outcome = run("new", "--help")

    assert outcome.code == 0
    for field in all_fields():
        assert f"{field.flag} {'|'.join(field.values) or 'TEXT'}" in outcome.out
    for flag in ("--answers FILE", "--yes", "--json", "--no-git", "--dry-run", "130 Ctrl-C"):
        assert flag in outcome.out
    assert "\x1b" not in outcome.out


def test_help_says_that_neutral_answers_are_a_draw(run: Runner) -> None:
    """Whoever reads about --yes learns that it needs an answer that counts."""
    words = " ".join(run("new", "--help").out.split())

    assert "if all are, `new` needs --framework." in words


@pytest.mark.parametrize(
    "command", [[], ["new"], ["advise"], ["update"], ["add"], ["remove"], ["options"], ["doctor"]]
)
def test_short_help(run: Runner, command: list[str]) -> None:
    """-h is --help, of fwstart and of every command."""
    outcome = run(*command, "-h")

    assert (0, "") == (outcome.code, outcome.err)
    assert outcome == run(*command, "--help")
    assert "-h, --help" in outcome.out


def test_no_command(run: Runner) -> None:
    """Nothing was made, so it is not a success; the help says what there is."""
    outcome = run()

    assert (2, "") == (outcome.code, outcome.out)
    assert "Commands:" in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["-h"], ["new", "--help"], ["advise", *BEGINNER, "--yes"], ["add", "--help"], ["options"]],
)
def test_light_start(arguments: list[str]) -> None:
    """Neither help nor advice nor a list imports what only creating or asking needs."""
    script = (
        "import sys; from fwstart.cli.app import main; main(sys.argv[1:]);"
        "heavy = {'rich', 'questionary', 'prompt_toolkit', 'copier', 'pydantic', 'filelock'};"
        "sys.exit(str(heavy & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=60, check=False
    )

    assert "set()\n" == done.stderr


@pytest.mark.parametrize(
    ("arguments", "problem", "fix"),
    [
        (
            ["new"],
            "PATH is missing: the folder to create the project in.",
            "For example: fwstart new myproject",
        ),
        (["new", ""], "PATH is empty; it must name a folder.", "For example: fwstart new myproject"),
        (
            ["nwe", "x"],
            '"nwe" is not a command; it must be one of new, advise, update, add, remove, options, doctor.',
            'Did you mean "new"?',
        ),
        (
            ["new", "x", "--backgruond", "some"],
            '"--backgruond" is not a flag of fwstart new; `fwstart new --help` lists those that are.',
            "Did you mean --background?",
        ),
        (
            ["advise", "--zzz"],
            '"--zzz" is not a flag of fwstart advise; `fwstart advise --help` lists those that are.',
            None,
        ),
        (
            ["advise", "--explain", "deplyo"],
            '--explain is "deplyo"; it must be one of background, style, setting, popularity, models, ',
            None,
        ),
        (
            ["advise", "--markdown", "--json"],
            "--markdown and --json cannot be combined.",
            "Use only one of them.",
        ),
        (
            ["advise", "--markdown", "--explain", "style"],
            "--markdown and --explain cannot be combined.",
            None,
        ),
        (["advise", "--license", "mit"], "--license is not a flag of fwstart advise.", None),
        (
            ["--style", "flexible", "new", "x"],
            "--style is placed before the command.",
            "Put it after the command: fwstart new PATH --style VALUE",
        ),
        (
            ["advise", "--background", "beginer"],
            '--background is "beginer"; it must be one of beginner, some, experienced.',
            'Did you mean "beginner"?',
        ),
        (
            ["advise", "--background"],
            "--background has no value; it must be one of beginner, some, experienced.",
            "For example: --background beginner",
        ),
        (
            ["update", "--to"],
            f"--to has no value; it must be a release: {', '.join(RELEASES)}.",
            f"For example: --to {RELEASES[-1]}",
        ),
        (
            ["add", "edge", "--project"],
            "--project has no value; it must be the folder of a project.",
            "For example: --project ../myproject",
        ),
        (
            ["new", "x", "--answers"],
            "--answers has no value; it must be a TOML or JSON file, or - for standard input.",
            "For example: --answers answers.toml",
        ),
        (["advise", "--explain"], "--explain has no value; it must be one of background, style,", None),
        (["update", "--deploy"], "--deploy has no value; it must be one of server, edge, browser,", None),
        (["new", "x", "--author"], "--author has no value; it must be some text.", None),
        (
            ["update", "--diff=1"],
            "Option '--diff' does not take a value.",
            "For help, run: fwstart update --help",
        ),
        (
            ["add", "--deploy", "edge,server", "--deploy=browser"],
            "--deploy is not a flag of fwstart add.",
            "Name the part alone: fwstart add edge server browser",
        ),
        (
            ["remove", "--pipeline", "tfx"],
            "--pipeline is not a flag of fwstart remove.",
            "Name the part alone: fwstart remove tfx",
        ),
        (
            ["add", "--accelerator=cpu"],
            "--accelerator is not a flag of fwstart add.",
            "Name the part alone: fwstart remove gpu",
        ),
        (
            ["add", "edge", "--backbones"],
            "--backbones is not a flag of fwstart add.",
            "Name the part alone: fwstart add backbones",
        ),
        (
            ["add", "--license", "mit"],
            "--license is not a flag of fwstart add.",
            "Use it with: fwstart new PATH --license VALUE",
        ),
        (["new", "my", "project"], "Got unexpected extra argument(s) (project).", None),
        (["advise", "--yes=1"], "Option '--yes' does not take a value.", None),
        (["advise", "--answers", "no.toml"], '--answers is "no.toml"; there is no such file.', None),
        (["advise", "--answers", ""], '--answers is ""; it cannot be read: Is a directory.', None),
        (["new", "x", "--license", "gpl"], '--license is "gpl"; it must be one of mit, apache-2.0,', None),
        (["new", "x", "--author", "a\nb", *BEGINNER], "--author has ", None),
        (["new", "class", *BEGINNER], 'The package name "class", ', None),
        (["new", "x", "--package", "torch", *BEGINNER], 'The package name "torch", ', None),
    ],
)
def test_wrong_usage(run: Runner, here: Path, arguments: list[str], problem: str, fix: str | None) -> None:
    """Exit 2; what was received, what is accepted and what to do on stderr; nothing else anywhere."""
    outcome = run(*arguments)

    assert (2, "") == (outcome.code, outcome.out)
    assert outcome.err.startswith(f"error: {problem}")
    if fix is not None:
        assert f"error: {problem}\n{fix}\n" == outcome.err
    assert [] == list(here.iterdir())


def test_answers_from_standard_input() -> None:
    """`--answers -` reads TOML or JSON from a pipe."""
    for text in ('background = "beginner"', '{"background": "beginner"}'):
        done = subprocess.run(
            [sys.executable, "-m", "fwstart", "advise", "--answers", "-", "--json"],
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert "keras" == json.loads(done.stdout)["framework"]


def test_environment(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables answer, and unknown ones are warned about without disturbing the result."""
    monkeypatch.setenv("FWSTART_BACKGROUND", "experienced")
    monkeypatch.setenv("FWSTART_DEPLOI", "edge")
    outcome = run("advise", "--json")

    assert "pytorch" == json.loads(outcome.out)["framework"]
    assert (
        "warning: FWSTART_DEPLOI is set, but fwstart has no such setting. Did you mean FWSTART_DEPLOY?\n"
    ) == outcome.err


def test_completion() -> None:
    """The shell is given a flag's values."""
    words = "fwstart new x --setting "
    outcome = fwstart(_FWSTART_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD="4")

    assert "enterprise undecided moving-to-pytorch research" == " ".join(outcome.out.split())
