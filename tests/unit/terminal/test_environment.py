"""Every command in every state that a machine may legally be in: the right result, or what to do about it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from support.command_line import without_warnings
from support.small_releases import SECOND, cut, git

from fwstart.cli.app import main
from fwstart.settings import dialogue

NEW = ("new", "x", "--framework", "keras", "--yes")
COMMANDS = {  # in an order in which each finds what it needs, and how each ends
    ("--version",): 0,
    ("--help",): 0,
    ("new", "--help"): 0,
    ("advise", "--yes", "--verbose"): 0,
    ("advise", "--explain", "style"): 0,
    ("doctor",): 0,
    (*NEW, "--dry-run"): 0,
    NEW: 0,
    ("update", "demo", "--framework", "keras"): 1,
    ("update", "demo", "--check"): 3,
    ("update", "demo", "--diff"): 0,
    ("update", "demo"): 0,
}
WIDTHS = [*map(str, range(11)), "-5", "garbage", "9" * 30]
GONE = "/nonexistent/folder"
STATES: dict[str, tuple[dict[str, str | None], tuple[str, ...]]] = {  # variables, and streams that are closed
    "no HOME, no TERM": ({"HOME": None, "TERM": None}, ()),
    "no PATH, TMPDIR is a file": ({"PATH": None, "TMPDIR": "/dev/null"}, ()),
    "nothing is there": (dict.fromkeys(("HOME", "TMPDIR", "TERM"), GONE), ()),
    "stdout closed": ({}, ("stdout",)),
    "stdin and stderr closed": ({}, ("stdin", "stderr")),
}
# Folders whose names break lines, end like something else, mean something to a shell, or are not text.
FOLDERS = {
    "line breaks": "a\nb/ab\n/a\rb/a\u2028b",
    "blanks": " ab/ab /a\tb",
    "shell": "a'b\"c/$HOME `x` */a\\nb/a:b/-ab/{{ a }}",
    "bytes": os.fsdecode(b"a\xffb") + "/größe/a\x1b[31mb",
}


@pytest.fixture(autouse=True)
def demo(checkout: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work beside a project, demo, for which there is a newer release."""
    cut(checkout, "0.2.0", SECOND)
    monkeypatch.chdir(project.parent)
    monkeypatch.setattr(tempfile, "tempdir", None)  # to be looked for again
    return project


@pytest.mark.parametrize("state", STATES)
def test_state(state: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """All commands do their work."""
    variables, closed = STATES[state]
    with monkeypatch.context() as patch:
        for name, value in variables.items():
            patch.delenv(name, raising=False) if value is None else patch.setenv(name, value)
        for name in closed:
            patch.setattr(sys, name, None)
        codes = {command: main(command) for command in COMMANDS}
    out, err = capfd.readouterr()

    assert (COMMANDS, []) == (codes, [word for word in ("bug in", "Traceback") if word in out + err])
    assert "_commit: v0.2.0" in Path("demo/.copier-answers.yml").read_text(encoding="utf-8")
    assert Path("x/.copier-answers.yml").exists()


def test_width(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """All words are there in a terminal of any width, in as few columns as words can take."""
    commands = [command for command in COMMANDS if not {"x", "--diff"} & set(command)]
    said = {}
    for width in WIDTHS:
        for command in commands if width == "1" else commands[:5]:  # the others say the same in any width
            with monkeypatch.context() as patch:  # pytest's report needs its own width
                patch.setenv("COLUMNS", width)
                assert COMMANDS[command] == main(command), (width, command)
            out, err = capsys.readouterr()
            assert "" == err or command[0] == "update"
            said[width, command] = out.split()

    advice = commands[3]
    assert {len(said["1", advice])} == {
        len(words) for (_, command), words in said.items() if command == advice
    }


def test_width_of_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands below a question has all its words, however narrow the terminal is."""
    for columns in range(11):
        monkeypatch.setattr("shutil.get_terminal_size", lambda size=(columns, 1): os.terminal_size(size))

        assert dialogue.KEYS.split() == dialogue._below(dialogue.KEYS).split()  # noqa: SLF001


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminal")
def test_questions_in_a_narrow_terminal(tmp_path: Path) -> None:
    """The dialogue works in a terminal that can hardly show it: one column wide."""
    import pexpect

    plain = {name: value for name, value in os.environ.items() if name not in {"CI", "COLUMNS"}}
    process = pexpect.spawn(
        sys.executable,
        ["-m", "fwstart", "advise"],
        cwd=tmp_path,
        env=plain | {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"},
        dimensions=(40, 1),
        encoding="utf-8",
    )
    for _ in range(60):  # eight questions: each takes its default
        if process.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=0.2) == 0:
            break
        process.send("\r")
    process.close(force=True)

    assert 0 == process.exitstatus, process.before


def test_no_current_folder(
    tmp_path: Path, demo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What needs no folder works in one that was deleted; the rest says where the trouble is."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    for command in [("--help",), ("advise", "--yes"), ("doctor",), ("doctor", "--json")]:
        assert (0, "") == (main(command), capsys.readouterr().err)
    for command in [NEW, (*NEW, "--dry-run"), ("update",), ("update", "--check"), ("update", "../demo")]:
        assert 1 == main(command)
        assert "folder that exists" in capsys.readouterr().err, command
    assert "" == git(demo, "status", "--porcelain")


@pytest.mark.parametrize("command", [(*NEW, "--dry-run"), ("update", "demo"), ("update", "demo", "--diff")])
def test_no_temporary_folder(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no folder for temporary files can be written, the variable to set is named."""
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/nonexistent"])

    assert 1 == main(command)
    assert "Set TMPDIR to a folder that exists" in capsys.readouterr().err
    assert "" == git(Path("demo"), "status", "--porcelain")


def test_new_without_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """A project is made all the same, where it goes."""
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/nonexistent"])

    assert 0 == main([*NEW, "--no-git"])
    assert Path("x/README.md").exists()


@pytest.mark.parametrize("locale", [{"LC_ALL": "C", "PYTHONUTF8": "0"}, {"LC_ALL": "xx_YY"}])
def test_locale(locale: dict[str, str]) -> None:
    """Any locale will do."""
    done = subprocess.run(
        [sys.executable, "-m", "fwstart", *NEW, "--author", "Ada", "--dry-run"],
        env=os.environ | {"PYTHONCOERCECLOCALE": "0", **locale},
        capture_output=True,
        check=False,
    )

    assert (0, "") == (done.returncode, without_warnings(done.stderr.decode()))
    assert b"(--author)" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not take all these names")
@pytest.mark.parametrize("name", FOLDERS.values(), ids=FOLDERS.keys())
def test_folder(name: str, demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Commands work below a folder of any name, and what they print is printable and can be pasted."""
    folder = Path("below", name)
    folder.mkdir(parents=True)
    demo.rename(folder / "demo")
    git(folder / "demo", "status")
    paths = {"x": f"below/{name}/x", "demo": f"below/{name}/demo"}
    codes = {}
    for command in COMMANDS:
        codes[command] = main([paths.get(word, word) for word in command])
        out, err = capsys.readouterr()
        assert [] == [line for line in (out + err).split("\n") if not line.isprintable()], command
        if command == NEW:
            again = out.rstrip("\n").rsplit("\n", maxsplit=1)[-1].strip()

    assert COMMANDS == codes
    assert "Start x with fwstart" in git(folder / "x", "log")
    words = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {again}"], capture_output=True, check=True
    ).stdout.split(b"\0")
    assert os.fsencode(paths["x"]) == words[2]
