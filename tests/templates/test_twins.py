"""The project for PyTorch and the one for Keras are twins."""

from __future__ import annotations

import ast
import filecmp
from typing import TYPE_CHECKING

import pytest
from support.rendered_projects import FRAMEWORKS, projects, rendered

if TYPE_CHECKING:
    from pathlib import Path

    from fwstart.template.render import Framework

__all__ = ["projects"]  # a fixture

# The modules that are written twice, once for each framework.
NATIVE_MODULES = (
    "export.onnx_conversion",
    "model.backbones.from_folder",
    "model.backbones.from_timm",
    "model.backbones.networks",
    "model.backbones.sources",
    "model.checkpoint",
    "model.device",
    "model.network",
    "model.pretrained",
    "runs.tensorboard",
    "training.augment",
    "training.batches",
    "training.distributed",
    "training.loop",
    "training.launching.meeting",
    "training.optimizer",
)
EDGE_MODULES = ("src/demo/targets/edge/conversion.py", "src/demo/targets/edge/runtime.py")
NATIVE_FILES = (
    *(f"src/demo/{module.replace('.', '/')}.py" for module in NATIVE_MODULES),
    "src/demo/model/backbones/from_torchhub.py",  # PyTorch has these sources alone
    "src/demo/model/backbones/from_torchvision.py",
    "src/demo/__init__.py",  # says which framework it is
    "src/demo/training/compilation.py",  # decides by what each framework can tell
    "src/demo/training/average.py",
    "src/demo/training/first_model.py",
    "src/demo/training/parallel.py",
    "src/demo/training/launching/pulse.py",
    "src/demo/training/sharding.py",
    "src/demo/training/step.py",
    "tests/model/test_network.py",
    "tests/model/test_sources.py",
    "tests/model/test_torchhub.py",
    "tests/pretrained_doubles.py",
    "tests/several_processes.py",
    "tests/training/test_augmentation.py",
    "tests/training/test_compilation.py",
    "tests/training/test_distributed.py",
    "tests/training/test_gpu.py",
    "tests/training/test_loop.py",
    "tests/training/test_phases.py",
    "tests/training/launching/test_pulse.py",
    "tests/training/test_step.py",
    "tests/training/test_train.py",
    "tests/training/test_training_batches.py",
    "tests/training/test_workers.py",
)


def test_shared_files_are_the_same_in_both(projects: dict[Framework, Path]) -> None:
    """What lies in templates/shared arrives in both projects byte for byte, pictures included."""
    names = [
        name
        for folder in ("examples", "src", "tests")
        for path in (projects["pytorch"] / folder).rglob("*")
        if path.is_file() and (name := path.relative_to(projects["pytorch"]).as_posix()) not in NATIVE_FILES
    ]

    _, different, missing = filecmp.cmpfiles(projects["pytorch"], projects["keras"], names, shallow=False)
    assert ([], []) == (different, missing)
    assert len(names) > 30


def public_names(module: Path) -> dict[str, list[str] | None]:
    """Return the parameters of every public function of a module, None for classes and aliases."""
    names: dict[str, list[str] | None] = {}
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            names[node.name] = [argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)]
        elif isinstance(node, ast.ClassDef):
            names[node.name] = None
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names[node.target.id] = None
        elif isinstance(node, ast.Assign):
            names |= dict.fromkeys(target.id for target in node.targets if isinstance(target, ast.Name))
    return {name: parameters for name, parameters in names.items() if not name.startswith("_")}


def imported_names(path: Path, module: str) -> set[str]:
    """Return what a file imports from the project's module."""
    beside = f"{path.parent.name}."  # what one dot means there
    return {
        name.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
        if f"{beside if node.level == 1 else ''}{node.module}".removeprefix("demo.") == module
        for name in node.names
    }


@pytest.mark.parametrize("module", NATIVE_MODULES)
def test_native_modules_are_twins(projects: dict[Framework, Path], module: str) -> None:
    """What shared code imports is in both modules, and a function that is in both has the same parameters."""
    file = f"src/demo/{module.replace('.', '/')}.py"
    first, second = (public_names(project / file) for project in projects.values())
    shared_files = [
        path
        for folder in ("src", "tests")
        for path in (projects["pytorch"] / folder).rglob("*.py")
        if path.relative_to(projects["pytorch"]).as_posix() not in NATIVE_FILES
    ]
    needed = {name for path in shared_files for name in imported_names(path, module)}
    common = first.keys() & second.keys()

    assert common
    assert needed <= common
    assert {name: first[name] for name in common} == {name: second[name] for name in common}


@pytest.mark.parametrize("module", EDGE_MODULES)
def test_edge_modules_are_twins(tmp_path: Path, module: str) -> None:
    """What the exporter for devices takes from either framework has the same names and parameters in both."""
    first, second = (
        public_names(rendered(tmp_path / framework, framework=framework, deploy=("edge",)) / module)
        for framework in FRAMEWORKS
    )

    assert first == second


def test_modules_import_one_way(projects: dict[Framework, Path]) -> None:
    """No two modules of a generated project import each other, directly or around corners."""
    for project in projects.values():
        remaining = {
            path.stem: {
                node.module
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module
            }
            for path in (project / "src" / "demo").glob("*.py")
        }
        while free := {name for name, needs in remaining.items() if not needs & remaining.keys()}:
            remaining = {name: needs for name, needs in remaining.items() if name not in free}

        assert {} == remaining
