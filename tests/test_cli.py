"""The command line: exit codes, what goes to which stream, and how little is imported for it."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from jsonschema import Draft202012Validator

from fwstart import __version__, advising, creation
from fwstart.cli import main
from fwstart.settings import all_fields

SCHEMA = json.loads((Path(__file__).parents[1] / "docs/advice.schema.json").read_text(encoding="utf-8"))
BEGINNER = ("--background", "beginner")


class Outcome(NamedTuple):
    """What a run came to."""

    code: int
    out: str
    err: str


class Runner:
    """Runs the command line in this process, which spares the start of Python for every test."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: str) -> Outcome:
        """Run with these arguments."""
        code = main(arguments)
        return Outcome(code, *self.capsys.readouterr())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], here: Path) -> Runner:  # noqa: ARG001  (nothing of ours is set there)
    return Runner(capsys)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in an empty folder, with a home without settings and no variable of ours."""
    for name in [name for name in os.environ if name.startswith("FWSTART_") or name in {"CI", "COLUMNS"}]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    yield folder
    assert [] == list(folder.glob(".*fwstart-*"))


def fwstart(*arguments: str, **environment: str) -> Outcome:
    """Run the command line as a user does, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "fwstart", *arguments],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def unwarned(err: str) -> list[str]:
    """Return the lines beside the result without what this very machine lacks."""
    return [line for line in err.splitlines() if " cannot work on this machine: " not in line]


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


def test_no_command(run: Runner) -> None:
    """Nothing was made, so it is not a success; the help says what there is."""
    outcome = run()

    assert (2, "") == (outcome.code, outcome.out)
    assert "Commands:" in outcome.err


@pytest.mark.parametrize("arguments", [["--help"], ["new", "--help"], ["advise", *BEGINNER, "--yes"]])
def test_light_start(arguments: list[str]) -> None:
    """Neither help nor advice imports what only creating or asking needs."""
    script = (
        "import sys; from fwstart.cli import main; main(sys.argv[1:]);"
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
            "PATH is missing: the folder to make the project in.",
            "For example: fwstart new myproject",
        ),
        (["new", ""], "PATH is empty; it must name a folder.", "For example: fwstart new myproject"),
        (
            ["nwe", "x"],
            '"nwe" is not a command; it must be one of new, advise, update, doctor.',
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
            "--markdown and --json exclude each other.",
            "Give one of them.",
        ),
        (
            ["advise", "--markdown", "--explain", "style"],
            "--markdown and --explain exclude each other.",
            None,
        ),
        (["advise", "--license", "mit"], "--license is not a flag of fwstart advise.", None),
        (
            ["--style", "flexible", "new", "x"],
            "--style comes before the command.",
            "Put it behind: fwstart new PATH --style VALUE",
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


def test_advise(run: Runner) -> None:
    """The recommendation goes to stdout, and without a terminal there is no escape code in it."""
    outcome = run("advise", *BEGINNER)

    assert (0, "") == (outcome.code, outcome.err)
    assert outcome.out.startswith("Recommendation: Keras, 5 points to 0 (clear).\n")
    assert "\x1b" not in outcome.out


def test_advise_json(run: Runner) -> None:
    """One JSON document and nothing else."""
    outcome = run("advise", *BEGINNER, "--framework", "pytorch", "--json")
    data = json.loads(outcome.out)

    assert (0, "") == (outcome.code, outcome.err)
    assert ("pytorch", "fixed", "keras") == (
        data["framework"],
        data["decided_by"],
        data["article"]["framework"],
    )


def test_advise_draw(run: Runner) -> None:
    """A draw is an answer."""
    text, data = run("advise", "--yes"), run("advise", "--json")

    assert (0, 0) == (text.code, data.code)
    assert text.out.startswith("A draw: PyTorch 0, Keras 0")
    assert json.loads(data.out)["framework"] is None


def test_advise_verbose(run: Runner) -> None:
    """The notes with their sources are shown when they are asked for."""
    plain, verbose = run("advise", *BEGINNER), run("advise", *BEGINNER, "--verbose")

    assert "`fwstart advise --verbose` shows them." in " ".join(plain.out.split())
    assert "github.com/keras-team/keras" not in plain.out
    assert "github.com/keras-team/keras\n" in verbose.out


def test_advise_markdown(run: Runner, here: Path) -> None:
    """The document is the one that `new` puts into the project."""
    document = run("advise", *BEGINNER, "--markdown")
    run("new", "demo", *BEGINNER, "--no-git")

    assert (0, "") == (document.code, document.err)
    assert (here / "demo/docs/DECISION.md").read_text(encoding="utf-8") == document.out


def test_advise_explain(run: Runner) -> None:
    """One question with all its options, as text or JSON; nothing is recommended."""
    text, data = run("advise", "--explain", "setting"), run("advise", "--explain", "setting", "--json")

    assert (0, "", 0, "") == (text.code, text.err, data.code, data.err)
    assert text.out.startswith("setting: Where will the work live?\n")
    assert "Recommendation" not in text.out
    assert ["enterprise", "undecided", "moving-to-pytorch", "research"] == [
        option["id"] for option in json.loads(data.out)["options"]
    ]


@pytest.mark.parametrize(("encoding", "bar"), [("utf-8", "|■■"), ("ascii", "|##")])
def test_bar(encoding: str, bar: str) -> None:
    """The bar is drawn with what the terminal can show."""
    outcome = fwstart("advise", "--style", "flexible", PYTHONIOENCODING=encoding)

    assert f"1. Ease of use and learning curve        {bar}\n" in outcome.out


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
        "warning: FWSTART_DEPLOI is set, but fwstart does not know it. Did you mean FWSTART_DEPLOY?\n"
    ) == outcome.err


def test_completion() -> None:
    """The shell is given a flag's values."""
    words = "fwstart new x --setting "
    outcome = fwstart(_FWSTART_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD="4")

    assert "enterprise undecided moving-to-pytorch research" == " ".join(outcome.out.split())


def test_new(run: Runner, here: Path) -> None:
    """The project, its decision's two documents, and at the end why, what next, and how to make it again."""
    outcome = run("new", "My demo", *BEGINNER, "--deploy", "pytorch-server", "--accelerator", "cpu")

    assert (0, ['Package: my_demo (from "My demo")']) == (outcome.code, unwarned(outcome.err))
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
        "pip install -e .",
        "fwstart new 'My demo' --background beginner --deploy pytorch-server --accelerator cpu --yes",
    ):
        assert words in text


def test_new_json(run: Runner, here: Path) -> None:
    """The advice's keys and what was made; the command makes the same again elsewhere."""
    outcome = run("new", "demo", *BEGINNER, "--license", "none", "--author", "Ada L", "--json", "--no-git")
    data = json.loads(outcome.out)

    Draft202012Validator(SCHEMA).validate(data)
    assert (0, "") == (outcome.code, outcome.err)
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

    assert (0, "") == (outcome.code, outcome.err)
    for line in (
        "background some (default)",
        "style flexible (FWSTART_STYLE)",
        "setting research (my.toml)",
        "deploy edge (--deploy)",
        "framework pytorch (decided by score)",
        "package demo (from PATH)",
        "docs/DECISION.md",
        "src/demo/train.py",
    ):
        assert line in lines
    assert ["my.toml"] == [path.name for path in here.iterdir()]


def test_dry_run_json(run: Runner, here: Path) -> None:
    """The same keys as `new --json`, and one that says that nothing was written."""
    dry = json.loads(run("new", "demo", *BEGINNER, "--dry-run", "--json").out)
    assert [] == list(here.iterdir())
    real = json.loads(run("new", "demo", *BEGINNER, "--json").out)

    assert {**real, "dry_run": True} == dry


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


@pytest.mark.parametrize(
    ("failure", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "error: interrupted; nothing half-made is left behind.\n"),
        (SystemExit(143), 143, "error: stopped by signal 15; nothing half-made is left behind.\n"),
        (OSError(28, "No space left on device", "/x"), 1, "error: /x: No space left on device.\n"),
        (KeyError("oops"), 1, "error: this is a bug in fwstart: KeyError: 'oops'\n"),
    ],
)
def test_failure_within(
    run: Runner, monkeypatch: pytest.MonkeyPatch, failure: BaseException, code: int, words: str
) -> None:
    """Whatever happens, the user sees one line and what to do, never a traceback."""

    def fail(*_arguments: object) -> None:
        raise failure

    monkeypatch.setattr(creation, "create", fail)
    outcome = run("new", "demo", *BEGINNER, "--json")

    assert (code, "") == (outcome.code, outcome.out)
    assert outcome.err.startswith(words)
    assert "Traceback" not in outcome.err


def test_debug(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """FWSTART_DEBUG=1 lets a bug through, to see where it is."""
    monkeypatch.setenv("FWSTART_DEBUG", "1")
    monkeypatch.setattr(advising, "advise", lambda *_arguments, **_given: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        run("advise", "--yes")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signal(here: Path, number: int, code: int) -> None:
    """A signal while files are written: exit 128 + its number, one line, and nothing is left."""
    script = (
        "import sys, time; from fwstart import creation, cli; from fwstart.staging import staged\n"
        "def slow(target, *_):\n"
        "    with staged(target) as folder:\n"
        "        (folder / 'half').touch(); print('begun', flush=True); time.sleep(30)\n"
        "creation.create = slow; sys.exit(cli.main(['new', 'demo', '--framework', 'keras', '--json']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert "begun\n" == process.stdout.readline()
        time.sleep(0.1)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)

    assert code == process.returncode
    assert 1 == len(err.splitlines()), err
    assert [] == list(here.iterdir())


def test_closed_pipe() -> None:
    """A reader that stops reading is no reason to complain."""
    command = shlex.join([sys.executable, "-m", "fwstart", "advise", "--yes"])
    done = subprocess.run(
        ["bash", "-c", f"{command} | true; {command} --help | head -1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ("", "Usage: fwstart advise [OPTIONS]\n") == (done.stderr, done.stdout)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_output() -> None:
    """A result that could not be written is a failure."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "fwstart", "advise", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )

    assert 1 == done.returncode
    assert done.stderr.startswith("error: No space left on device.\n")
    assert 2 == len(done.stderr.splitlines())


def test_odd_characters() -> None:
    """A terminal that cannot show a character gets it escaped, not a failure."""
    outcome = fwstart("new", "größe", "--framework", "keras", "--dry-run", PYTHONIOENCODING="ascii")

    assert 0 == outcome.code
    assert "gr\\xf6\\xdfe" in outcome.out
