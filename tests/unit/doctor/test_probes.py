"""Programs are asked side by side and cannot disturb: fakes on the PATH, which say that they are fakes."""

import os
import platform
import sys
import time
from pathlib import Path

import pytest
from support.fakes import Fake, fake

from fwstart.doctor import probes
from fwstart.doctor.diagnosis import Found, Machine
from fwstart.doctor.probes import detect_accelerator, facts, probing, systems
from fwstart.doctor.requirements import load_requirements

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fakes are shell scripts")

__all__ = ["fake"]  # a fixture


def ask(*tools: str, seconds: float = 20.0) -> Machine:
    wanted = [load_requirements().tools[tool] for tool in tools]
    with probing(wanted, Path(), seconds=seconds) as answers:
        return answers()


@pytest.mark.parametrize(
    ("tool", "program", "output", "version"),
    [
        ("uv", "uv", "uv 0.9.26 (abc 2026-01-02)", "0.9.26"),
        ("git", "git", "git version 2.39.5 (Apple Git-154)", "2.39.5"),
        ("git", "git", "git version 2.47.0.windows.1", "2.47.0"),
        ("java", "java", 'openjdk version "17.0.15" 2025-04-15', "17.0.15"),
        ("java", "java", 'Picked up JAVA_TOOL_OPTIONS: -Xmx1g\njava version "1.8.0_292"', "8.0"),
        ("cxx", "c++", "c++ (Debian 12.2.0-14) 12.2.0", "12.2.0"),
        ("cxx", "clang++", "Apple clang version 16.0.0 (clang-1600.0.26.6)", "16.0.0"),
        ("node", "node", "v20.20.2", "20.20.2"),
        ("npm", "npm", "11.19.1", "11.19.1"),
        ("docker", "docker", "28.2.2", "28.2.2"),
        ("podman", "podman", "4.3.1", "4.3.1"),
        ("nvidia", "nvidia-smi", "580.65.06, NVIDIA H200", "580.65.06"),
    ],
)
def test_version(fake: Fake, tool: str, program: str, output: str, version: str) -> None:
    """The version is found in what each program says, on whichever stream."""
    fake(program, f"printf '%s\\n' '{output}' >&2")

    assert version == ask(tool).found[tool].versions[0]


def test_model_server(fake: Fake) -> None:
    """TensorFlow Serving says its version in a sentence."""
    fake("tensorflow_model_server", "echo TensorFlow ModelServer: 2.19.1-rc1")

    assert ("2.19.1",) == ask("tensorflow_model_server").found["tensorflow_model_server"].versions


def test_card(fake: Fake) -> None:
    """The card's name comes with the driver."""
    fake("nvidia-smi", "echo 580.65.06, NVIDIA H200")

    assert Found(versions=("580.65.06",), detail="NVIDIA H200") == ask("nvidia").found["nvidia"]


def test_several_versions(fake: Fake) -> None:
    """All Pythons that answer count, this one first; one that does not answer is passed over."""
    fake("python3.13", "echo Python 3.13.5")
    fake("python3.12", "echo pyenv: python3.12: command not found; exit 127")
    fake("python3", "echo Python 3.13.5")
    own = ".".join(str(number) for number in sys.version_info[:3])

    assert Found(versions=(own, "3.13.5")) == ask("python").found["python"]


@pytest.mark.parametrize(
    ("script", "problem", "detail"),
    [
        (
            "echo Client: 28; echo 'Cannot connect to the daemon.' >&2; exit 1",
            "does not work",
            "`docker version` says: Cannot connect to the daemon.",
        ),
        ("exit 3", "does not work", "`docker version` fails with code 3"),
        ("kill -SEGV $$", "does not work", "`docker version` fails with code -11"),
        ("echo hello", "does not say its version", "`docker version`"),
        ("printf '\\033[31merror\\007'; exit 1", "does not work", "`docker version` says: [31merror"),
        ("exec /no/such/program", "does not work", None),
    ],
)
def test_broken_program(fake: Fake, script: str, problem: str, detail: str | None) -> None:
    """One that is there and cannot be used says why, without control characters."""
    fake("docker", script)
    found = ask("docker").found["docker"]

    assert (problem, ()) == (found.problem, found.versions)
    assert detail is None or detail == found.detail


@pytest.mark.parametrize(
    "said",
    [
        "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
        "Got permission denied while trying to connect to the Docker daemon socket",
    ],
)
def test_program_that_is_denied(fake: Fake, said: str) -> None:
    """A program that runs for others is told from one that does not run; a file that is none is neither."""
    fake("docker", f"echo '{said}' >&2; exit 1")
    fake("podman", "echo 'Cannot connect to Podman.' >&2; exit 125")
    found = ask("docker", "podman").found

    assert (True, False) == (found["docker"].denied, found["podman"].denied)


@pytest.mark.parametrize(("system", "named"), [("Darwin", True), ("Linux", False)])
def test_homebrew(fake: Fake, monkeypatch: pytest.MonkeyPatch, system: str, named: bool) -> None:
    """Its commands here are those for macOS: on Linux it has no casks."""
    fake("brew", "exit 0")
    monkeypatch.setattr(platform, "system", lambda: system)

    assert named == ("brew" in systems())


def test_no_program_at_all() -> None:
    """Nothing on the PATH is no failure."""
    tools = [name for name in load_requirements().tools if name != "python"]
    found = ask(*tools).found

    assert {Found()} == {found[name] for name in tools if name not in {"glibc", "macos"}}


def test_not_a_program(fake: Fake) -> None:
    """A file that the system cannot run is told, and so is a folder of that name passed over."""
    fake("git", "").write_bytes(b"\x00\x01\x02\x03")
    (Path(os.environ["PATH"]) / "java").mkdir()

    assert "cannot be run" == ask("git").found["git"].problem
    assert Found() == ask("java").found["java"]


def test_one_that_hangs(fake: Fake, tmp_path: Path) -> None:
    """A hanging program costs the time limit once, and is gone afterwards, also if it ignores signals."""
    fake("docker", f"trap '' TERM INT HUP; echo $$ >{tmp_path}/pid; while :; do /bin/sleep 60; done")
    fake("podman", "while :; do /bin/sleep 60; done")
    started = time.monotonic()
    found = ask("docker", "podman", seconds=1.0).found
    elapsed = time.monotonic() - started

    assert (True, "does not answer within 1 seconds") == (found["docker"].unsure, found["docker"].problem)
    assert found["podman"].unsure
    assert elapsed < 10  # and not the 60 seconds of either
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_one_that_leaves_a_child(fake: Fake) -> None:
    """A child that keeps the output open does not keep us waiting."""
    fake("npm", "/bin/sleep 20 & echo 11.0.0")
    started = time.monotonic()

    assert ("11.0.0",) == ask("npm").found["npm"].versions
    assert time.monotonic() - started < 15


def test_flood(fake: Fake) -> None:
    """What a program says beyond measure is not read."""
    fake("npm", "echo 11.0.0; i=0; while [ $i -lt 20000 ]; do echo error error error; i=$((i+1)); done")

    assert Found(versions=("11.0.0",)) == ask("npm").found["npm"]


def test_home_variable(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JAVA_HOME says where Java is, even where that is wrong: so does TorchServe's start in a project."""
    fake("java", "echo 'version \"21.0.1\"'")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))

    assert Found() == ask("java").found["java"]


def test_loaded_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without nvidia-smi the kernel says which driver it has loaded."""
    driver = tmp_path / "version"
    driver.write_text(
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.15  Thu Jan\n", encoding="utf-8"
    )
    monkeypatch.setattr(probes, "NVIDIA_DRIVER", driver)

    assert ("570.86.15",) == ask("nvidia").found["nvidia"].versions
    assert "gpu" == detect_accelerator()


def test_accelerator(fake: Fake) -> None:
    """nvidia-smi on the PATH means gpu, and nothing of NVIDIA cpu."""
    assert "cpu" == detect_accelerator()
    fake("nvidia-smi", "exit 1")
    assert "gpu" == detect_accelerator()


def test_facts(tmp_path: Path) -> None:
    """Without a program: this Python, the system, the disk of the nearest folder that exists."""
    machine = facts(tmp_path / "new" / "project")

    assert str(tmp_path) == machine.folder
    assert machine.free_gigabytes is not None
    assert machine.free_gigabytes > 0
    assert ".".join(str(number) for number in sys.version_info[:3]) == machine.found["python"].versions[0]
    assert machine.platform.partition("-")[0] == machine.systems[-1]
