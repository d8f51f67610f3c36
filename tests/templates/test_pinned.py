"""What projects pin for images, devices and converters has a version and a hash for everything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

import pytest
from make_requirements import commands, with_all

from fwstart.template.render import Framework

if TYPE_CHECKING:
    from pathlib import Path

PIN = re.compile(r"([\w.-]+)==([\w.]+)(?: ; [^\\]+)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
FILES = {
    "pytorch": [
        "deploy/server/requirements.torchserve.txt",
        "deploy/server/requirements.txt",
        "examples/edge/requirements.txt",
    ],
    "keras": [
        "deploy/server/requirements.txt",
        "examples/edge/requirements.txt",
        "pipelines/requirements.txt",
        "src/demo/targets/browser/tensorflow_js_requirements.txt",
    ],
}


@pytest.fixture(scope="module", params=get_args(Framework))
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project of each framework with all targets and a pipeline."""
    return with_all(request.param, tmp_path_factory.mktemp("projects"))


def pins(path: Path) -> dict[str, list[str]]:
    """Return the requirements of a file, each with its options."""
    text = re.sub(r"^ *#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return {line.partition("--")[0].strip(): re.findall(r"--\S+", line) for line in lines}


def test_files_with_pins(project: Path) -> None:
    """All of them are looked at."""
    found = sorted(path.relative_to(project).as_posix() for path in project.rglob("*requirements*.txt"))

    assert FILES[project.name] == found


def test_every_requirement_has_a_hash(project: Path) -> None:
    """A name, one version, and hashes; nothing names an index or a folder."""
    for name in FILES[project.name]:
        for requirement, options in pins(project / name).items():
            assert PIN.fullmatch(requirement), (name, requirement)
            assert options, (name, requirement)
            assert [] == [option for option in options if not HASH.fullmatch(option)]


def test_what_is_asked_for_is_pinned(project: Path) -> None:
    """The command at the top of a file reads files that are there, whose packages all have a pin."""
    made = dict(commands(project))

    assert {name for name in FILES[project.name] if not name.startswith("src/")} == made.keys()
    for name, command in made.items():
        pinned = {PIN.fullmatch(requirement)[1] for requirement in pins(project / name)}  # type: ignore[index]
        asked = [word for word in command.split() if word.endswith(".in")]
        lines = "".join((project / path).read_text(encoding="utf-8") for path in asked).splitlines()
        wanted = {re.split(r"[\[<>=]", line)[0] for line in lines if not line.startswith("#")}
        assert asked
        assert set() == wanted - pinned, name


def test_embedded_server_needs_no_training_framework(project: Path) -> None:
    """None is in its image."""
    names = " ".join(pins(project / "deploy" / "server" / "requirements.txt"))

    assert not re.search(r"\b(torch|keras|tensorflow|scikit)", names)
