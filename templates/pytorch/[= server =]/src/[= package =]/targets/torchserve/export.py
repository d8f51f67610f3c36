"""The model as a TorchServe archive (`.mar`): the run's weights and settings, and the handler's name."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import ProjectError, command, command_to_install, require_extra
from ...export.artifact import Artifact, Gate, Inputs, Logits, Trained
from ...runs.run import Run
from ...serving.contract import MAX_INSTANCES
from .context import InProcess
from .handler import TorchServeHandler
from .settings import MODEL_VERSION, STORE

TOLERANCE = 1e-4  # of logits: the same weights and operations, in batches of another size
_HANDLER = "torchserve_handler"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file can name


def write(trained: Trained, folder: Path, previous: Path | None) -> Sequence[Artifact]:  # noqa: ARG001
    """Write `model-store/<name>.mar` into `folder`: nothing in it can run but the handler's import.

    The archive is laid out as a run's folder, which the handler reads as every other command reads a run.
    The same run always gives the same bytes.

    Raises:
        ProjectError: the extra is not installed, or the archiver refuses the files.
    """
    require_extra("torchserve", module="model_archiver", wanted_by="export --to torchserve")
    backbone = trained.record.backbone
    if backbone and backbone.name.startswith("hub:"):
        raise ProjectError(
            f"{backbone.name} is code of a repository, which an archive does not hold.",
            fix=f"Export for another server: {command('export')}",
        )
    archive = folder / STORE / f"{trained.name}.mar"
    archive.parent.mkdir()
    with tempfile.TemporaryDirectory() as temporary:
        content = Path(temporary, "content")
        _copy_run(trained, content)
        handler = Path(temporary, f"{_HANDLER}.py")
        handler.write_text(handler_source(), encoding="utf-8")
        _pack(trained.name, content, handler, archive.parent)
    settle(archive, created=trained.record.started)
    return [
        Artifact(
            variant="float32",
            runtime=f"TorchServe {version('torchserve')}'s handler on PyTorch {version('torch')}",
            path=archive.relative_to(folder).as_posix(),
            gate=Gate(logit_difference=TOLERANCE),
            compute_logits=_Answering(archive).compute_logits,
        )
    ]


def handler_source() -> str:
    """Return the Python file that TorchServe loads: it must hold exactly one class."""
    module = TorchServeHandler.__module__
    return (
        '"""What TorchServe loads; the package must be installed where the server runs."""\n\n'
        f"from {module} import TorchServeHandler\n\n\n"
        "class Handler(TorchServeHandler):\n"
        '    """The package\'s handler, under a name of this file."""\n'
    )


def _copy_run(trained: Trained, folder: Path) -> None:
    weights = trained.run.checkpoints / "best.pt"
    copied = folder / weights.relative_to(trained.run.path)
    copied.parent.mkdir(parents=True)
    shutil.copyfile(weights, copied)
    Run(folder).write_record(trained.record.published())


def _pack(name: str, content: Path, handler: Path, store: Path) -> None:
    """Run the archiver with a temporary folder for it alone: it first empties `<temporary folder>/<name>`."""
    private = handler.parent / "archiver"
    private.mkdir()
    arguments = ["--model-name", name, "--version", MODEL_VERSION, "--handler", str(handler)]
    arguments += ["--extra-files", str(content), "--export-path", str(store)]
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "model_archiver.model_packaging", *arguments],
        env=os.environ | {"TMPDIR": str(private)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise ProjectError(
            f"torch-model-archiver cannot write the archive ({reason}).",
            fix=f"Install it again: {command_to_install('torchserve')}.",
        )


def settle(archive: Path, *, created: str) -> None:
    """Write the archive again without what changes each time: the times, and the order of the files."""
    with zipfile.ZipFile(archive) as written:
        files = {name: written.read(name) for name in sorted(written.namelist())}
    manifest = json.loads(files["MAR-INF/MANIFEST.json"]) | {"createdOn": created}
    files["MAR-INF/MANIFEST.json"] = json.dumps(manifest, indent=2).encode()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as settled:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            settled.writestr(entry, content)


class _Answering:
    """The handler that an archive names, loaded from its content as TorchServe's worker loads it."""

    def __init__(self, archive: Path) -> None:
        with tempfile.TemporaryDirectory() as temporary:
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(temporary)
            self._context = InProcess(Path(temporary))
            self._handler = _load_handler(Path(temporary))
            self._handler.initialize(self._context)

    def compute_logits(self, inputs: Inputs) -> Logits:
        """Return what the handler answers to requests in JSON, as many samples at once as it accepts."""
        rows: list[list[float]] = []
        for start in range(0, len(inputs), MAX_INSTANCES):
            instances = inputs[start : start + MAX_INSTANCES].tolist()
            request = {"body": json.dumps({"instances": instances}).encode()}
            answer = json.loads(self._handler.handle([request], self._context)[0])
            rows += [prediction["logits"] for prediction in answer["predictions"]]
        return np.array(rows, np.float32)


def _load_handler(folder: Path) -> TorchServeHandler:
    manifest: dict[str, Any] = json.loads((folder / "MAR-INF" / "MANIFEST.json").read_text(encoding="utf-8"))
    path = folder / manifest["model"]["handler"]
    specification = importlib.util.spec_from_file_location(path.stem, path)
    if specification is None or specification.loader is None:
        raise ImportError(str(path))
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    handler: TorchServeHandler = module.Handler()
    return handler
