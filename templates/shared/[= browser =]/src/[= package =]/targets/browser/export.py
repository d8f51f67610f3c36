"""The model for browsers: its artifacts, their runtimes and a page, in a folder for any static host."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from ...export.artifact import Artifact, Trained
from .models import write_models
from .node import NodeRuntime, node_path, node_version
from .npm import BrowserModel, place

PAGE = Path(__file__).with_name("page")
SERVING_PAGE = Path(__file__).parents[2] / "serving" / "page"
SHARED_WITH_SERVING = ("drawing.js", "file.js", "page.css", "pillow.js", "widgets.js")


def write(trained: Trained, folder: Path, previous: Path | None) -> Sequence[Artifact]:  # noqa: ARG001
    """Write the models, the page and the runtimes that npm fetches into `folder`.

    Every model is measured in Node with the page's own modules, so the runtime is the browser's.

    Raises:
        ProjectError: npm or Node is missing, or a runtime cannot be fetched.
    """
    node_path()  # before anything is converted
    write_page(folder)
    models = write_models(trained, folder)
    place([package for model in models for package in model.packages], folder / "runtime")
    return [_artifact(model, trained, folder) for model in models]


def write_page(folder: Path) -> None:
    """Write the page into `folder`, but for the models and the runtimes that it loads."""
    shutil.copytree(PAGE, folder / "page", ignore=shutil.ignore_patterns("index.html"))
    shutil.copy(PAGE / "index.html", folder)
    for name in SHARED_WITH_SERVING:
        shutil.copy(SERVING_PAGE / name, folder / "page")
    (folder / "package.json").write_text('{"private": true, "type": "module"}\n', encoding="utf-8")


def _artifact(model: BrowserModel, trained: Trained, folder: Path) -> Artifact:
    runtime = NodeRuntime(folder, model.path, trained.record.input_spec)
    package = model.packages[0]
    return Artifact(
        variant=model.variant,
        runtime=f"{model.runtime} {package.version} in Node {node_version()}",
        path=model.path,
        gate=model.gate,
        compute_logits=runtime.compute_logits,
    )
