"""What a model can be exported for, and where exports lie; light enough to be imported by `--help`."""

import importlib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from ..errors import ProjectError, command
from .manifest import FILE_NAME

DEFAULT_URL = "http://127.0.0.1:8080"
EXPORTS = Path("exports")
PACKAGE = __name__.partition(".")[0]
# The module of each target's exporter; a project has those of its own targets.
TARGETS = {
    "onnx": ".export.onnx",
    "torchserve": ".targets.torchserve.export",
    "saved-model": ".targets.tf_serving.export",
    "edge": ".targets.edge.export",
    "browser": ".targets.browser.export",
}
# For each deployment target a module that only projects with it have.
DEPLOYMENTS = {
    "server": ".targets.hardened.serve",
    "edge": ".targets.edge.export",
    "browser": ".targets.browser.export",
}


def available(modules: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names whose modules, relative to the package, this project has."""
    return tuple(name for name, module in modules.items() if is_there(module))


def chosen_module(kind: str, name: str, modules: Mapping[str, str]) -> ModuleType:
    """Return the module that `modules` has for `name`; `kind` is what messages call it.

    Raises:
        ProjectError: this project does not have it.
    """
    if name not in available(modules):
        raise ProjectError(
            f"{name} is not a {kind} of this project; it must be one of {', '.join(available(modules))}.",
            fix="A deployment target brings others; name those that you have, too:"
            " fwstart update --deploy server --deploy edge",
        )
    return importlib.import_module(modules[name], PACKAGE)


def export_folder(target: str, folder: Path | None = None) -> Path:
    """Return the folder of the export for `target`: `folder`, or `exports/<target>`."""
    return folder or EXPORTS / target


def newest_export() -> Path:
    """Return the folder of the export that was written last, for any target.

    Raises:
        ProjectError: there is none.
    """
    manifests = sorted(EXPORTS.glob(f"*/{FILE_NAME}"), key=lambda path: path.stat().st_mtime)
    if not manifests:
        raise ProjectError(
            f"{EXPORTS} holds no export.",
            fix=f"Write one first: {command('export')}. Or name the folder of one: --export FOLDER",
        )
    return manifests[-1].parent


def command_to_add(target: str) -> str:
    """Return the command that adds a deployment target; it names those that are there, which it keeps."""
    wanted = {*available(DEPLOYMENTS), target}
    return " ".join(["fwstart update", *(f"--deploy {name}" for name in DEPLOYMENTS if name in wanted)])


def is_there(module: str) -> bool:
    """Whether this project has a module, named relative to the package."""
    try:
        return find_spec(module, PACKAGE) is not None
    except ModuleNotFoundError:  # the package that it would be in
        return False
