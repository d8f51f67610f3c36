"""The containers of a project with a server are linted, closed and complete; none of them is run here."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
import yaml
from support.rendered_projects import rendered
from support.trees import ANSWERS

from fwstart.template.render import Framework, create

if TYPE_CHECKING:
    from collections.abc import Iterator

FRAMEWORKS: tuple[Framework, ...] = get_args(Framework)
BUILT = ("Dockerfile", "Dockerfile.torchserve")


@pytest.fixture(scope="module", params=FRAMEWORKS)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project of each framework with a server."""
    target = tmp_path_factory.mktemp("projects") / "project"
    create(
        target,
        replace(ANSWERS, framework=request.param, package="demo_package", python="3.12", deploy=("server",)),
        {},
    )
    return target


def dockerfiles(project: Path) -> list[Path]:
    """Return the files that describe an image."""
    return [path for name in BUILT if (path := project / "deploy" / "server" / name).exists()]


def services(project: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every service of every compose file."""
    for path in sorted((project / "deploy" / "server").glob("compose*.yaml")):
        yield from yaml.safe_load(path.read_text(encoding="utf-8"))["services"].items()


def test_every_server_that_we_can_build_has_an_image(project: Path) -> None:
    """The embedded server's is in both projects, TorchServe's in PyTorch's."""
    names = [path.name for path in dockerfiles(project)]
    is_pytorch = "torch" in (project / "pyproject.toml").read_text(encoding="utf-8")

    assert list(BUILT if is_pytorch else BUILT[:1]) == names


def test_images_are_linted(project: Path) -> None:
    """Hadolint has nothing to say."""
    assert (0, "") == linted(dockerfiles(project))


def linted(images: list[Path]) -> tuple[int, str]:
    """Return hadolint's exit code, and what it says."""
    hadolint = Path(sys.executable).with_name("hadolint")
    result = subprocess.run([hadolint, *images], capture_output=True, text=True, check=False)
    return result.returncode, result.stdout


@pytest.mark.parametrize(
    ("backbones", "expected"),
    [
        ("none", ["torch==2.13.0+cpu"]),
        ("hub", ["torch==2.13.0+cpu", "torchvision==0.28.0+cpu", "timm==1.0.31"]),
    ],
)
def test_torchserve_can_build_pretrained_networks(
    tmp_path: Path, backbones: str, expected: list[str]
) -> None:
    """If the project begins with them."""
    project = rendered(tmp_path / "project", framework="pytorch", deploy=("server",), backbones=backbones)
    image = project / "deploy" / "server" / "Dockerfile.torchserve"
    commands = re.findall(r"^(?!#).+$", image.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert expected == [word for line in commands for word in line.split() if "==" in word]
    assert (0, "") == linted([image])


def test_images_are_pinned_healthy_and_not_root(project: Path) -> None:
    """A base by its version, a user by a number that is not 0, and a check that makes a prediction."""
    for path in dockerfiles(project):
        text = path.read_text(encoding="utf-8")

        assert ["python:3.12-slim-bookworm"] == re.findall(r"^FROM (\S+)$", text, flags=re.MULTILINE)
        assert ["10001:10001"] == re.findall(r"^USER (\S+)$", text, flags=re.MULTILINE)
        assert 1 == len(re.findall(r"^HEALTHCHECK ", text, flags=re.MULTILINE))
        assert "/healthz" in text or "client health.png" in text
        assert not re.search(r"TOKEN=[^$]", text)  # no secret is part of an image


def test_images_get_all_that_they_copy_and_no_more(project: Path) -> None:
    """What is copied is let through to the builder, and is there but for the exports."""
    for path in dockerfiles(project):
        copied = {
            source.removeprefix("./")
            for line in re.findall(r"^COPY (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
            for source in line.split()[:-1]
        }
        ignored = path.with_name(f"{path.name}.dockerignore").read_text(encoding="utf-8").splitlines()

        assert copied == {line[1:] for line in ignored if line.startswith("!")}
        assert "*" in ignored
        assert [] == [
            name for name in copied if not name.startswith("exports/") and not (project / name).exists()
        ]


def test_services_are_closed(project: Path) -> None:
    """Nothing can be written but a temporary folder, no capability is left, and only this machine can ask."""
    for name, service in services(project):
        assert service["read_only"] is True, name
        assert ["ALL"] == service["cap_drop"], name
        assert ["no-new-privileges:true"] == service["security_opt"], name
        assert service["init"] is True, name
        assert all(mount.split(":")[0] == "/tmp" for mount in service["tmpfs"]), name  # noqa: S108
        assert all(port.startswith("127.0.0.1:") for port in service["ports"]), name
        assert not {"privileged", "network_mode", "pid", "cap_add", "devices"} & service.keys(), name
        secrets = [value for key, value in service.get("environment", {}).items() if "TOKEN" in key]
        assert all(value.startswith("${") and ":?" in value for value in secrets), name
        assert "build" in service or service["image"].startswith("${"), name


def test_services_are_built_from_our_files(project: Path) -> None:
    """Every build names a file that is there, from the project's folder."""
    folder = project / "deploy" / "server"
    for _, service in services(project):
        if build := service.get("build"):
            context = (folder / build["context"]).resolve()

            assert project.resolve() == context
            assert (context / build["dockerfile"]).is_file()
