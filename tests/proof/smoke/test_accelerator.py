"""What `accelerator` brings on each system, as uv itself reads and resolves it."""

from __future__ import annotations

import re
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest
from support.smoke.project import resolved

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Resolve = Callable[[str, str, str], set[str]]

pytestmark = pytest.mark.smoke

PLATFORMS = {"linux": "x86_64-manylinux_2_28", "windows": "windows", "macos": "aarch64-apple-darwin"}
# A version that no release has: whoever resolves to it has looked into the index that PyTorch's stands for.
NAMED = "2.99.0+named"
TAGS = ("manylinux_2_28_x86_64", "win_amd64", "macosx_14_0_arm64")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small package index, a stand-in for PyTorch's own, which tests cannot reach."""
    folder = tmp_path_factory.mktemp("index")
    (folder / "torch").mkdir()
    metadata = f"torch-{NAMED}.dist-info"
    for tag in TAGS:
        name = f"torch-{NAMED}-cp311-cp311-{tag}.whl"
        with zipfile.ZipFile(folder / "torch" / name, "w") as wheel:
            wheel.writestr(f"{metadata}/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {NAMED}\n")
            wheel.writestr(f"{metadata}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n")
            wheel.writestr(f"{metadata}/RECORD", "")
    links = (
        f'<a href="{path.name.replace("+", "%2B")}">{path.name}</a>' for path in (folder / "torch").iterdir()
    )
    (folder / "torch" / "index.html").write_text("\n".join(links))
    return folder


@pytest.fixture
def resolve(fwstart: Path, tmp_path: Path, index: Path) -> Resolve:
    """Return a function that says what uv would install: for framework, accelerator and system."""

    def resolve(framework: str, accelerator: str, system: str) -> set[str]:
        project = new_project(fwstart, tmp_path, framework, accelerator)
        settings = project / "pyproject.toml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(re.sub(r'url = "https://[^"]*"', f'url = "{index.as_uri()}"', text), "utf-8")
        return resolved(project, "--python-version", "3.11", "--python-platform", PLATFORMS[system])

    return resolve


def new_project(fwstart: Path, folder: Path, framework: str, accelerator: str) -> Path:
    """Return a project that trains on `accelerator`."""
    choices = ["--framework", framework, "--accelerator", accelerator, "--yes", "--no-git"]
    subprocess.run([fwstart, "new", folder / "project", *choices], check=True, capture_output=True)
    return folder / "project"


@pytest.mark.parametrize("system", PLATFORMS)
@pytest.mark.parametrize(("accelerator", "systems"), [("cpu", {"linux"}), ("gpu", {"linux", "windows"})])
def test_torch_comes_from_its_index(
    resolve: Resolve, accelerator: str, systems: set[str], system: str
) -> None:
    """PyTorch's index is asked where the plain wheel is another build, and nowhere else."""
    packages = resolve("pytorch", accelerator, system)

    assert (system in systems) == (f"torch=={NAMED}" in packages)
    assert any(package.startswith("torch==") for package in packages)


@pytest.mark.parametrize("system", PLATFORMS)
@pytest.mark.parametrize(("accelerator", "systems"), [("cpu", set()), ("gpu", {"linux"})])
def test_cuda_packages_of_tensorflow(
    resolve: Resolve, accelerator: str, systems: set[str], system: str
) -> None:
    """TensorFlow installs everywhere; CUDA comes with it where it has packages for it."""
    names = {package.partition("==")[0] for package in resolve("keras", accelerator, system)}

    assert "tensorflow" in names
    assert (system in systems) == ("nvidia-cudnn-cu12" in names)
