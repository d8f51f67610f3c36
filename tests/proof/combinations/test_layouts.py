"""The templates are the same in a checkout, with links or without, in a wheel, an sdist and a release."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest
from plain_templates import FRAMEWORKS, LINK, plain_files
from support import CHECKOUT
from support.rendered_projects import SUBSETS
from support.small_releases import git
from support.trees import ANSWERS
from support.update.history import copy_checkout

from fwstart.template.render import Framework, Target, render

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.combinations

TOOLS = Path(sys.executable).parent
WITHIN_WHEEL = "fwstart/template/"
SHARED = "templates/shared/"  # what the links lead to


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository with this checkout's files, committed."""
    folder = copy_checkout(tmp_path_factory.mktemp("layouts") / "checkout")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    git(folder, *who, "commit", "--quiet", "--no-verify", "--message", "all")
    return folder


@pytest.fixture(scope="module")
def without_links(checkout: Path) -> Path:
    """Return a clone as git makes it on Windows: a link is a file that holds the link's target."""
    clone = checkout.with_name("without-links")
    git(checkout, "clone", "--quiet", "--config", "core.symlinks=false", ".", str(clone))
    for framework in FRAMEWORKS:
        assert "../shared" == (clone / "templates" / framework / LINK).read_text()
    return clone


@pytest.fixture(scope="module")
def plain(checkout: Path) -> dict[str, bytes]:
    """Return the contents of the plain templates, by path."""
    return contents(plain_files(checkout))


def contents(files: Mapping[str, Path]) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in files.items()}


def build(kind: str, source: Path, folder: Path) -> Path:
    """Build a wheel or an sdist of a checkout or an sdist, and return it."""
    words = ("build", "--quiet", f"--{kind}", "--out-dir", folder, source)
    subprocess.run([TOOLS / "uv", *words], check=True)
    (built,) = folder.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built


@pytest.mark.parametrize("by_sdist", [False, True])
@pytest.mark.parametrize("source", ["checkout", "without_links"])
def test_wheel_holds_the_plain_templates(
    plain: dict[str, bytes], source: str, by_sdist: bool, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Whatever a wheel is built from, it has the same files, each once, and nothing compiled."""
    folder: Path = request.getfixturevalue(source)
    if by_sdist:
        folder = build("sdist", folder, tmp_path / "sdist")
    with zipfile.ZipFile(build("wheel", folder, tmp_path / "wheel")) as wheel:
        names = wheel.namelist()
        modules = {f"{WITHIN_WHEEL}{path.name}" for path in (CHECKOUT / "src" / WITHIN_WHEEL).glob("*.*")}
        carried = {
            name: wheel.read(name) for name in names if name.startswith(WITHIN_WHEEL) and name not in modules
        }

    assert {WITHIN_WHEEL + name: content for name, content in plain.items()} == carried
    assert len(set(names)) == len(names)
    assert [] == [name for name in names if name.endswith((".pyc", ".pyo")) or "__pycache__" in name]


def test_plain_templates_stay_as_they_are(plain: dict[str, bytes], tmp_path: Path) -> None:
    """What was laid out plainly is laid out so again, as from an unpacked sdist."""
    write(plain, tmp_path)

    assert plain == contents(plain_files(tmp_path))


def write(files: Mapping[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def test_checkout_is_the_plain_templates_seen_through_links(checkout: Path, plain: dict[str, bytes]) -> None:
    """Copier follows links, and so finds in a checkout what a wheel holds."""
    found = {"copier.yml": (checkout / "copier.yml").read_bytes()}
    for folder, _, names in os.walk(checkout / "templates", followlinks=True):
        for path in (Path(folder, name) for name in names):
            found[path.relative_to(checkout).as_posix()] = path.read_bytes()

    assert plain == {name: content for name, content in found.items() if not name.startswith(SHARED)}


@pytest.mark.parametrize("framework", get_args(Framework))
@pytest.mark.parametrize("deploy", SUBSETS, ids="+".join)
def test_same_project_from_both(
    checkout: Path, plain: dict[str, bytes], framework: Framework, deploy: tuple[Target, ...], tmp_path: Path
) -> None:
    """A project made from a checkout is, byte for byte, the one made from a wheel or a release."""
    write(plain, tmp_path / "plain")
    answers = replace(ANSWERS, framework=framework, deploy=deploy)
    projects = tmp_path / "linked-project", tmp_path / "plain-project"
    for root, project in zip((checkout, tmp_path / "plain"), projects, strict=True):
        project.mkdir()
        render(root, project, answers, {})

    assert files_of(projects[0]) == files_of(projects[1])


def test_copy_where_git_makes_no_links(checkout: Path, tmp_path: Path) -> None:
    """As on Windows: Copier, whose own clone has text files for links, says so and makes nothing."""
    setting = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.symlinks", "GIT_CONFIG_VALUE_0": "false"}
    words = ["copy", "--quiet", "--defaults", str(checkout), str(tmp_path / "copy")]
    done = subprocess.run(
        [TOOLS / "copier", *words], env=os.environ | setting, capture_output=True, text=True, check=False
    )

    (line,) = (line for line in done.stderr.splitlines() if not line.startswith("No git tags found"))
    assert "[= shared =] must be a link to templates/shared, but git did not create one." in line
    assert 1 == done.returncode
    assert not (tmp_path / "copy").exists()


def files_of(project: Path) -> dict[str, bytes]:
    """Return the contents of a project's files but its answers file, which says where it came from."""
    paths = (path for path in project.rglob("*") if path.is_file() and path.name != ".copier-answers.yml")
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.parametrize("framework", get_args(Framework))
def test_copy_of_a_checkout(checkout: Path, framework: Framework, tmp_path: Path) -> None:
    """`copier copy <checkout>`, which clones it, gives what `fwstart new` gives."""
    answers = replace(ANSWERS, framework=framework, deploy=get_args(Target))
    (tmp_path / "new").mkdir()
    render(checkout, tmp_path / "new", answers, {})
    given = asdict(answers) | {"deploy": list(answers.deploy)}
    data = [f"--data={name}={value}" for name, value in given.items()]
    words = ["copy", "--quiet", "--defaults", *data, str(checkout), str(tmp_path / "copy")]
    subprocess.run([TOOLS / "copier", *words], check=True, capture_output=True)

    assert files_of(tmp_path / "new") == files_of(tmp_path / "copy")
