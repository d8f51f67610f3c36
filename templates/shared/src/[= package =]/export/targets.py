"""What a model can be exported for, and where exports lie; light enough to be imported by `--help`."""

import importlib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from ..errors import ProjectError
from .manifest import FILE_NAME

DEFAULT_URL = "http://127.0.0.1:8080"
EXPORTS = Path("exports")
PACKAGE = __name__.partition(".")[0]
# Where each target's exporter is; those of targets that this project does not have are not there.
TARGETS = {
    "onnx": ".export.onnx",
    "torchserve": ".targets.torchserve.export",
    "saved-model": ".targets.tf_serving.export",
    "edge": ".targets.edge.export",
    "browser": ".targets.browser.export",
}
# A module that only projects with a deployment target have.
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
            fix="Others are added by fwstart, where the framework has them:"
            " fwstart update --deploy server --deploy edge names all that it then must run on.",
        )
    return importlib.import_module(modules[name], PACKAGE)


def export_folder(target: str, folder: Path | None = None) -> Path:
    """Return where the export for `target` lies: `folder`, or `exports/<target>`."""
    return folder or EXPORTS / target


def newest_export() -> Path:
    """Return the folder of the export that was written last, whatever it is for.

    Raises:
        ProjectError: there is none.
    """
    manifests = sorted(EXPORTS.glob(f"*/{FILE_NAME}"), key=lambda path: path.stat().st_mtime)
    if not manifests:
        raise ProjectError(
            f"{EXPORTS} holds no export.",
            fix="Write one first: the verb `export`. Or name a folder with its manifest: --export FOLDER",
        )
    return manifests[-1].parent


def command_to_add(target: str) -> str:
    """Return the command that adds a deployment target; it must name those that are there, to keep them."""
    wanted = {*available(DEPLOYMENTS), target}
    return " ".join(["fwstart update", *(f"--deploy {name}" for name in DEPLOYMENTS if name in wanted)])


def is_there(module: str) -> bool:
    """Whether this project has a module, named relative to the package."""
    try:
        return find_spec(module, PACKAGE) is not None
    except ModuleNotFoundError:  # the package that it would be in
        return False
