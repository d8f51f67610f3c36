"""What is made of what was found: no program runs here."""

import pytest
from support.machines_found import DEBIAN, FULL, machine

from fwstart.advice.questions import Framework
from fwstart.doctor.diagnosis import (
    Finding,
    Found,
    Machine,
    diagnose,
    fixes,
    meets,
    requiring_python,
    tools_to_ask,
)
from fwstart.doctor.requirements import load_requirements

MISSING = Found()
NEWER = "or newer is needed"
NO_SERVER = "it needs one of tensorflow_model_server (not found), Podman (not found), Docker"
APT, JAVA = "sudo apt-get install ", "openjdk-17-jre-headless"
UV = "curl -LsSf https://astral.sh/uv/install.sh | sh"
GLIBC = "PyTorch and TensorFlow need Linux with a newer glibc: use a newer release of the system."
DRIVER = "Install the driver of your NVIDIA GPU. Without a GPU, training runs on the CPU."
DENIED = Found(problem="does not work", detail="`docker version` says: permission denied", denied=True)
GROUP = "Docker runs, but not for this user: `sudo usermod -aG docker $USER`, then log in again."
BROKEN = Found(problem="does not work", detail="`docker version` says: Cannot connect")


def find(part_id: str, framework: Framework | None, found: Machine) -> Finding:
    requirements = load_requirements()
    (finding,) = diagnose([requirements.part(part_id, framework)], found, requirements)
    return finding


def test_full_machine() -> None:
    """Where everything is there, everything works, and there is nothing to do."""
    requirements = load_requirements()
    findings = diagnose(requirements.parts, machine(), requirements)

    assert all(finding.works for finding in findings)
    assert {} == fixes(findings)
    assert ("Java 17.0.15",) == find("server", "pytorch", machine()).met_by
    assert ("Docker 28.2.2",) == find("server", "keras", machine()).met_by


def version(*versions: str) -> Found:
    return Found(versions=versions)


@pytest.mark.parametrize(
    ("part_id", "framework", "change", "words", "todo"),
    [
        ("commands", None, {"uv": MISSING}, "uv was not found", UV),
        ("update", None, {"git": version("2.37.9")}, f"git is 2.37.9 where 2.38 {NEWER}", APT + "git"),
        ("server", "pytorch", {"java": MISSING}, "Java was not found", APT + JAVA),
        ("edge", "pytorch", {"cxx": MISSING}, "a C++ compiler was not found", APT + "g++"),
        ("server", "pytorch", {"java": version("11.0.2")}, f"Java is 11.0.2 where 17 {NEWER}", APT + JAVA),
        ("server", "keras", {"docker": MISSING}, f"{NO_SERVER} (not found)", APT + "podman"),
        ("server", "keras", {"docker": BROKEN}, f"{NO_SERVER} (does not work)", "Start Docker's engine."),
        ("server", "keras", {"docker": DENIED}, f"{NO_SERVER} (does not work)", GROUP),
        (
            "train",
            "keras",
            {"python": version("3.14.0", "3.10.1"), "uv": MISSING},
            "it needs one of Python (3.14.0, 3.10.1 where 3.11 to below 3.14 is needed), uv (not found)",
            UV,
        ),
        ("train", "pytorch", {"glibc": version("2.27")}, f"glibc is 2.27 where 2.28 {NEWER}", GLIBC),
        ("train", "pytorch", {"glibc": MISSING}, "glibc was not found", GLIBC),
        ("gpu", "pytorch", {"nvidia": MISSING}, "NVIDIA driver was not found", DRIVER),
        (
            "gpu",
            "pytorch",
            {"nvidia": version("570.86")},
            f"NVIDIA driver is 570.86 where 580 {NEWER}",
            DRIVER,
        ),
        ("browser", "keras", {"uv": MISSING}, "uv was not found", UV),
        ("browser", "pytorch", {"npm": MISSING}, "npm was not found", APT + "nodejs npm"),
    ],
)
def test_what_is_missing(
    part_id: str, framework: Framework | None, change: dict[str, Found], words: str, todo: str
) -> None:
    """One thing is missing on an otherwise full Debian 12; it is named, with what to do."""
    finding = find(part_id, framework, machine(change))

    assert not finding.works
    (lack,) = finding.lacks
    assert (words, todo) == (lack.words, lack.command or lack.advice)


@pytest.mark.parametrize(
    ("part_id", "framework", "change"),
    [
        ("train", "keras", {"python": version("3.14.0", "3.12.1"), "uv": MISSING}),  # an older one beside it
        ("train", "keras", {"python": version("3.14.0")}),  # uv fetches one
        ("train", "pytorch", {"python": version("3.14.0"), "uv": MISSING}),
        ("gpu", "keras", {"nvidia": version("570.86")}),
        ("server", "keras", {"docker": BROKEN, "podman": version("5.0")}),
        ("server", "keras", {"docker": MISSING, "tensorflow_model_server": version("2.19.1")}),
        ("browser", "pytorch", {"uv": MISSING}),
    ],
)
def test_what_works_all_the_same(part_id: str, framework: Framework | None, change: dict[str, Found]) -> None:
    """What another tool or version makes up for is not missing."""
    assert find(part_id, framework, machine(change)).works


@pytest.mark.parametrize(
    ("systems", "root", "command"),
    [
        (DEBIAN, False, "sudo apt-get install openjdk-17-jre-headless"),
        (DEBIAN, True, "apt-get install openjdk-17-jre-headless"),
        (("debian-13", *DEBIAN[1:]), False, "sudo apt-get install openjdk-21-jre-headless"),
        (("brew", "macos"), False, "brew install --cask temurin@17"),
        (("winget", "windows"), False, "winget install --id EclipseAdoptium.Temurin.17.JRE -e"),
        (("fedora-43", "fedora", "linux"), False, ""),
    ],
)
def test_command_of_the_system(systems: tuple[str, ...], root: bool, command: str) -> None:
    """The command is the one for this system, and where none is known there is a sentence."""
    (lack,) = find("server", "pytorch", machine(systems=systems, root=root, java=MISSING)).lacks

    assert command == lack.command
    assert bool(lack.advice) == (not command)


@pytest.mark.parametrize(
    ("found", "systems", "todo"),
    [
        (BROKEN, ("debian-12", "apt", "systemd", "linux"), "sudo systemctl start docker"),
        (DENIED, ("debian-12", "apt", "systemd", "linux"), GROUP),
    ],
)
def test_engine_that_runs_for_others(found: Found, systems: tuple[str, ...], todo: str) -> None:
    """An engine that refuses this user runs already: starting it would change nothing."""
    (lack,) = find("server", "keras", machine(systems=systems, docker=found)).lacks

    assert todo == (lack.command or lack.advice)


def test_training_comes_first() -> None:
    """Where a framework cannot be installed, none of its targets works."""
    found = machine(platform="macos-x86_64", systems=("macos",))
    lacks = find("edge", "pytorch", found).lacks

    wanted = "linux-x86_64, linux-arm64, macos-arm64, windows-x86_64"
    assert [f"this is macos-x86_64; packages exist for {wanted}"] == [lack.words for lack in lacks]


def test_no_glibc_on_macos() -> None:
    """What a system cannot have is not missing there; its own version counts."""
    found = {name: one for name, one in FULL.items() if name != "glibc"}

    def mac(version: str) -> Machine:
        return Machine(
            platform="macos-arm64",
            systems=("macos",),
            root=False,
            found={**found, "macos": Found(versions=(version,))},
            folder="/Users/ada",
            free_gigabytes=None,
        )

    assert find("train", "keras", mac("13.7")).works
    assert find("train", "pytorch", mac("14.1")).works
    assert not find("train", "pytorch", mac("13.7")).works


def test_little_disk() -> None:
    """Too little room is said with both figures; there is no command for it."""
    found = machine(free_gigabytes=1.54)

    assert find("train", "pytorch", found).works
    (lack,) = find("train", "keras", found).lacks
    assert "1.5 GB is free in /home/ada; about 2.0 GB is needed" == lack.words


def test_silence_is_not_certain() -> None:
    """A program that did not answer in time may work."""
    silent = Found(problem="does not answer within 2 seconds", unsure=True)
    (lack,) = find("server", "pytorch", machine(java=silent)).lacks

    assert lack.unsure


def test_one_thing_to_do_for_several_parts() -> None:
    """A command stands once, with all that it helps to."""
    requirements = load_requirements()
    todo = fixes(diagnose(requirements.parts, machine(npm=MISSING), requirements))

    names = {lack.command: [finding.part.name for finding in fixed] for lack, fixed in todo.items()}
    wanted = ["browser (ONNX Runtime Web)", "browser (TensorFlow.js)"]
    assert {"sudo apt-get install nodejs npm": wanted} == names


def test_newer_python_for_a_project() -> None:
    """A project for Python 3.13 needs that."""
    requirements = load_requirements()
    part = requiring_python(requirements.part("train", "pytorch"), "3.13")
    (finding,) = diagnose([part], machine(uv=MISSING), requirements)

    assert ["it needs one of Python (3.12.3 where 3.13 or newer is needed), uv (not found)"] == [
        lack.words for lack in finding.lacks
    ]


def test_only_open_questions_are_asked() -> None:
    """What is known without a program is not asked for: with this Python, none for training."""
    requirements = load_requirements()
    parts = [requirements.part("train", "keras"), requirements.part("server", "pytorch")]
    ids = [tool.id for tool in tools_to_ask(parts, machine(java=MISSING), requirements)]

    assert ["java"] == ids


@pytest.mark.parametrize(
    ("version", "lowest", "below", "expected"),
    [
        ("2.39.5", "2.38", "", True),
        ("2.9", "2.38", "", False),
        ("3.14", "3.11", "3.14", False),
        ("3.13.9", "3.11", "3.14", True),
        ("17", "17", "", True),
        ("580.65.06", "580", "", True),
        ("anything", "", "", True),
    ],
)
def test_limits(version: str, lowest: str, below: str, expected: bool) -> None:
    """Versions are compared number by number."""
    assert expected == meets(version, lowest, below)
