"""The rooms of a generated package: a stranger finds model, data and loop, and imports run one way."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

import pytest
from rooms import that_say_image
from support.rendered_projects import FRAMEWORKS, TARGETS, rendered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fwstart.template.render import Framework

# Modules and folders at the top of the package: each imports only from those before it.
ORDER = (
    "importing", "errors", "files", "processes",
    "config", "data", "runs", "model", "evaluation", "training", "export", "serving", "targets",
    "tables", "backbone_verbs", "verbs", "train_verb", "__main__",
)  # fmt: skip
ABSENT: dict[str, set[str]] = {
    "pytorch": {"importing"},
    "keras": set(),
}  # what a framework's package has no need of
ENTRIES, FILES = 17, 16  # at the top of a package without __init__ and __main__; in a room
UNCOUNTED = {"__init__.py", "__main__.py", "__pycache__"}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[Framework, Path]:
    """Return both packages with all targets."""
    folder = tmp_path_factory.mktemp("packages")
    return {
        framework: rendered(folder / framework, framework=framework, deploy=TARGETS) / "src/demo"
        for framework in FRAMEWORKS
    }


def imports(package: Path) -> Iterator[tuple[str, str]]:
    """Yield each module with each thing of the package that it imports, both by their path below it."""
    for file in sorted(package.rglob("*.py")):
        folder = file.relative_to(package).parent.parts
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                base = folder[: len(folder) + 1 - node.level]
                names = node.module.split(".") if node.module else [node.names[0].name]
                yield file.relative_to(package).with_suffix("").as_posix(), "/".join([*base, *names])


def at_once_imported(file: Path, package: Path) -> tuple[set[Path], set[str]]:
    """Return what is imported as soon as a file is: files of the package, and names of other packages."""
    files, others, nodes = set(), set(), list(ast.parse(file.read_text(encoding="utf-8")).body)
    for node in nodes:
        if isinstance(node, ast.Try):
            nodes += node.body  # which this loop reaches, too
        elif isinstance(node, ast.Import):
            others |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            folder = file.parents[node.level - 1] if node.level else package.parent
            path = folder.joinpath(*(node.module or "").split("."))
            if path.is_dir():  # the names that are imported are its modules
                files |= {path / f"{alias.name}.py" for alias in node.names}
            elif path.is_relative_to(package):
                files.add(path.with_suffix(".py"))
            else:
                others.add(path.relative_to(folder).parts[0])
    return files, others


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_imports_run_one_way(packages: dict[Framework, Path], framework: Framework) -> None:
    """A room imports from those before it, and never from one after it."""
    places = {name: number for number, name in enumerate((*ORDER, "__init__"))}
    found = list(imports(packages[framework]))

    assert len(found) > 200
    assert [] == [
        (module, imported)
        for module, imported in found
        if places[module.split("/")[0]] < places[imported.split("/")[0]]
    ]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_other_rooms_speak_of_samples(packages: dict[Framework, Path], framework: Framework) -> None:
    """What a sample is, `data/` and `model/` know: for another kind of data only those are others.

    A message that needs the word takes it from `data/codec.py`.
    """
    assert [] == that_say_image(packages[framework])
    assert "image" not in (packages[framework] / "__init__.py").read_text(encoding="utf-8").lower()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_runtimes_know_nothing_of_each_other(packages: dict[Framework, Path], framework: Framework) -> None:
    """Each runtime's folder could be removed without another: only LiteRT's conversion serves two."""
    between = {
        (module.split("/")[1], imported.split("/")[1])
        for module, imported in imports(packages[framework])
        if module.startswith("targets/") and imported.startswith("targets/")
    }

    others = {pair for pair in between if pair[0] != pair[1] and pair[1] != "quiet"}
    assert others == ({("edge", "litert"), ("browser", "litert")} if framework == "keras" else set())


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_device_needs_pillow_and_numpy_alone(packages: dict[Framework, Path], framework: Framework) -> None:
    """The example for devices brings in no module of the package that imports anything else."""
    package = packages[framework]
    waiting = [package.parents[1] / "examples/edge/run.py"]
    read, needed = set(waiting), set()
    while waiting:
        files, others = at_once_imported(waiting.pop(), package)
        needed |= others
        waiting += files - read
        read |= files

    assert package / "export/manifest.py" in read
    assert needed - {"runtime"} - sys.stdlib_module_names == {"numpy", "PIL"}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_nothing_lies_flat_in_a_crowd(packages: dict[Framework, Path], framework: Framework) -> None:
    """The top of the package, and each room, is small enough to be read at a glance."""
    top = {path.name for path in packages[framework].iterdir()} - UNCOUNTED

    assert len(top) <= ENTRIES
    assert {name.removesuffix(".py") for name in top} == {*ORDER} - {"__main__"} - ABSENT[framework]
    for folder in (path for path in packages[framework].rglob("*") if path.is_dir()):
        assert len({path.name for path in folder.iterdir()} - UNCOUNTED) <= FILES, folder


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_folders_import_nothing(packages: dict[Framework, Path], framework: Framework) -> None:
    """The `__init__.py` of a room is a sentence: importing one module brings in no other."""
    for file in packages[framework].glob("*/**/__init__.py"):
        (sentence,) = ast.parse(file.read_text(encoding="utf-8")).body

        assert isinstance(sentence, ast.Expr), file


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_tests_lie_in_the_same_folders(packages: dict[Framework, Path], framework: Framework) -> None:
    """A module's tests are in the folder of the same name, so that they are found without a search."""
    package = packages[framework]
    tests = package.parents[1] / "tests"
    folders = {path.parent.relative_to(tests).as_posix() for path in tests.rglob("test_*.py")}

    assert folders - {"."} <= {path.relative_to(package).as_posix() for path in package.rglob("*")}
    assert {path.relative_to(tests).as_posix() for path in tests.glob("test_*.py")} == {
        "test_files.py",
        "test_main.py",
        "test_processes.py",
    }
