"""`fwstart doctor` and the warnings of `fwstart new`, as a user meets them, on machines made of fakes."""

import json
import sys
import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from support import CHECKOUT
from support.fakes import Fake, fake
from support.machines_found import machine

from fwstart.cli.app import main
from fwstart.doctor.diagnosis import Found, Machine, diagnose
from fwstart.doctor.report import to_json, to_text
from fwstart.doctor.requirements import load_requirements
from fwstart.new import warnings as new_warnings
from fwstart.terminal.screen import Screen

SCHEMA = json.loads((CHECKOUT / "docs/doctor.schema.json").read_text(encoding="utf-8"))
BROKEN = Found(problem="does not work", detail="`docker version` says: Cannot connect")
SILENT = Found(problem="does not answer within 10 seconds", detail="`docker version`", unsure=True)

SAYS = {  # what the programs that a project needs print
    "uv": "uv 0.9.1",
    "git": "git version 2.47.0",
    "java": 'openjdk version "17.0.15"',
    "npm": "11.0.0",
    "c++": "c++ (Debian 12.2.0-14) 12.2.0",
    "nvidia-smi": "580.65.06, NVIDIA H200",
}

__all__ = ["fake"]  # a fixture


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, on a terminal of 80 columns, with nothing set."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "80")
    for variable in ("CI", "FWSTART_ACCELERATOR", "FWSTART_DEPLOY"):
        monkeypatch.delenv(variable, raising=False)


def text_of(found: Machine, width: int = 80) -> str:
    requirements = load_requirements()
    return to_text(
        found, diagnose(requirements.parts, found, requirements), requirements, Screen(width=width)
    )


def test_text() -> None:
    """The machine, what works by framework, and what to do, once each."""
    text = text_of(machine(npm=Found(), docker=BROKEN))

    assert "  Docker                   does not work (`docker version` says: Cannot connect)\n" in text
    assert "  works    server (TorchServe): Java 17.0.15\n" in text
    assert "  missing  browser (ONNX Runtime Web): npm was not found\n" in text
    assert (
        "  sudo apt-get install nodejs npm\n"
        "      for browser (ONNX Runtime Web), browser (TensorFlow.js)\n" in text
    )
    assert 1 == text.count("sudo apt-get install nodejs npm")
    assert "  Start Docker's engine.\n" in text


def test_nothing_to_do() -> None:
    """Where everything works, nothing is to be fixed."""
    assert "How to fix it" not in text_of(machine())
    assert "missing" not in text_of(machine())


@pytest.mark.parametrize("width", [60, 80, 100])
def test_width(width: int) -> None:
    """No line is wider than the terminal, but for commands, which are to be pasted."""
    text = text_of(machine(npm=Found(), java=Found(), uv=Found(), nvidia=Found(), docker=BROKEN), width)

    assert [] == [line for line in text.splitlines() if len(line) > width and "install" not in line]


@pytest.mark.parametrize(
    "found",
    [
        machine(),
        machine(free_gigabytes=None, docker=BROKEN, java=Found()),
        machine(docker=SILENT, platform="freebsd-x86_64", systems=("freebsd",)),
    ],
)
def test_json(found: Machine) -> None:
    """What a program gets is what the schema describes."""
    requirements = load_requirements()
    data = to_json(found, diagnose(requirements.parts, found, requirements), requirements)

    Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(data)))


def test_states_in_json() -> None:
    """A program can tell what is missing, broken and silent."""
    requirements = load_requirements()
    found = machine(java=Found(), docker=BROKEN, podman=SILENT)
    data = json.loads(json.dumps(to_json(found, (), requirements)))

    states = {tool["id"]: tool["state"] for tool in data["tools"]}
    assert ("missing", "broken", "silent", "usable") == tuple(
        states[name] for name in ("java", "docker", "podman", "npm")
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the fakes are shell scripts")
def test_command(fake: Fake, capsys: pytest.CaptureFixture[str]) -> None:
    """What is missing is no failure: exit 0, no escape code, no traceback."""
    fake("java", "echo 'openjdk version \"21.0.2\"' >&2")
    fake("docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    code = main(["doctor"])
    out, err = capsys.readouterr()

    assert (0, "") == (code, err)
    assert "  works    server (TorchServe): Java 21.0.2\n" in out
    assert "does not work (`docker version` says: Cannot connect" in out
    assert "  missing  fwstart update: git was not found\n" in out
    assert "\x1b" not in out
    assert "Traceback" not in out


def test_command_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With --json there is one document and nothing else."""
    code = main(["doctor", "--json"])
    out, err = capsys.readouterr()
    data = json.loads(out)

    assert (0, "") == (code, err)
    Draft202012Validator(SCHEMA).validate(data)
    assert str(tmp_path / "here") == data["disk"]["folder"]
    assert len(load_requirements().parts) == len(data["parts"])


def test_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage is the one thing that it refuses."""
    assert 2 == main(["doctor", "--fix"])
    assert '"--fix" is not a flag of fwstart doctor' in capsys.readouterr().err


def everywhere(fake: Fake) -> None:
    """Give the machine what every project needs."""
    for program in ("uv", "git"):
        fake(program, f"echo '{SAYS[program]}'")


def new(*arguments: str) -> int:
    return main(["new", "demo", *arguments, "--yes", "--no-git", "--author", "Ada"])


def test_new_warns(capsys: pytest.CaptureFixture[str]) -> None:
    """A chosen target that cannot work here is said in one line; the project is made all the same."""
    code = new("--framework", "pytorch", "--deploy", "server")
    out, err = capsys.readouterr()

    assert 0 == code
    assert "Created demo" in out
    (line,) = [line for line in err.splitlines() if line.startswith("warning: server")]
    assert line.startswith(
        "warning: server (TorchServe) cannot fully work on this machine: Java was not found."
    )
    assert "The project's own server, `serve`, works without it." in line
    assert "npm" not in err  # for a target that was not chosen


@pytest.mark.skipif(sys.platform == "win32", reason="the fakes are shell scripts")
def test_new_does_not_warn(fake: Fake, capsys: pytest.CaptureFixture[str]) -> None:
    """Where all that was chosen works there is no word, and none where a program is too slow to tell."""
    everywhere(fake)
    fake("java", "echo 'openjdk version \"17.0.15\"'")
    assert 0 == new("--framework", "pytorch", "--deploy", "server", "--accelerator", "cpu")
    assert "warning" not in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="the fakes are shell scripts")
def test_new_does_not_wait(
    fake: Fake, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that hangs is neither waited for nor warned of."""
    monkeypatch.setattr(new_warnings, "SECONDS", 0.5)
    everywhere(fake)
    fake("java", "while :; do /bin/sleep 60; done")
    started = time.monotonic()

    assert 0 == new("--framework", "pytorch", "--deploy", "server", "--accelerator", "cpu")
    assert time.monotonic() - started < 30
    assert "warning" not in capsys.readouterr().err


def test_new_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The warning goes beside the document."""
    assert 0 == new("--framework", "keras", "--deploy", "browser", "--json")
    out, err = capsys.readouterr()

    assert "demo" == json.loads(out)["project"]["package"]
    assert "warning: browser (TensorFlow.js) cannot work on this machine: npm was not found" in err


@pytest.mark.skipif(sys.platform == "win32", reason="the fakes are shell scripts")
@pytest.mark.parametrize("programs", [[], ["uv"], ["git", "java"], [*SAYS]])
@pytest.mark.parametrize("framework", ["pytorch", "keras"])
def test_new_and_doctor_agree(
    fake: Fake, capsys: pytest.CaptureFixture[str], programs: list[str], framework: str
) -> None:
    """What `new` says of the machine, in JSON and in warnings, is all that `doctor` says."""
    for program in programs:
        fake(program, f"echo '{SAYS[program]}'")
    main(["doctor", "--json"])
    doctor = {(part["id"], part["framework"]): part for part in json.loads(capsys.readouterr().out)["parts"]}
    targets = [word for target in ("server", "edge", "browser") for word in ("--deploy", target)]
    flags = ["--framework", framework, "--accelerator", "gpu", *targets, "--dry-run", "--json", "--yes"]
    assert 0 == main(["new", "demo", *flags])
    out, err = capsys.readouterr()
    machine = json.loads(out)["machine"]

    assert {"commands", "history", "update", "train", "gpu", "server", "edge", "browser"} == {
        part["id"] for part in machine
    }
    assert machine == [doctor[part["id"], part["framework"]] for part in machine]
    for lack in (lack for part in machine if part["id"] != "history" for lack in part["lacks"]):
        assert lack["words"] in err
    assert programs != [*SAYS] or "uv was not found" not in err
