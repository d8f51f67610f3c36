"""What a browser needs of one form of the model."""

from dataclasses import dataclass

from ...export.artifact import Gate
from .npm import NpmPackage


@dataclass(frozen=True, kw_only=True)
class BrowserModel:
    """One form of the model in an export, and what the page runs it with."""

    variant: str  # "float32"
    runtime: str  # "ONNX Runtime Web"
    path: str  # relative to the export's folder; page/runtimes.js chooses the runtime by its suffix
    packages: tuple[NpmPackage, ...]  # the runtime; the first one's version is the runtime's
    gate: Gate
