"""The page's own runtime modules, run by Node: how an artifact is measured before it counts as exported."""

import shutil
import subprocess
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

import numpy as np

from ...data.codec import InputSpec
from ...errors import ProjectError
from ...export.artifact import Inputs, Logits

START_SECONDS = 120  # to load a runtime and a model
SCRIPT = Path(__file__).with_name("measure.mjs")


class NodeRuntime:
    """An artifact in a Node process, which ends with this object or with Python.

    The process runs the very files that the browser gets, the runtime's WebAssembly or JavaScript
    included, disguised as a web worker. Samples go to it one by one through a pipe.
    """

    def __init__(self, folder: Path, model: str, input_spec: InputSpec) -> None:
        """Load the `model`, a path within `folder`, an export whose page and runtimes are there.

        Raises:
            ProjectError: there is no Node, or the runtime does not load the model.
        """
        self._model = model
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        arguments = [node_path(), str(SCRIPT), str(folder.resolve()), model, *map(str, input_spec.shape)]
        self._process = subprocess.Popen(  # noqa: S603 - no shell, and every argument is our own
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )
        self._pixels = cast("IO[bytes]", self._process.stdin)
        self._logits = cast("IO[bytes]", self._process.stdout)
        watchdog = threading.Timer(START_SECONDS, self._process.kill)
        watchdog.start()
        try:
            self._num_classes = int.from_bytes(self._read(4), "little")
        finally:
            watchdog.cancel()

    def __del__(self) -> None:
        """End the process."""
        if not hasattr(self, "_logits"):
            return
        self._process.kill()
        self._process.wait()
        for file in (self._pixels, self._logits, self._errors):
            with suppress(OSError):  # bytes that nobody reads any more
                file.close()

    def compute_logits(self, inputs: Inputs) -> Logits:
        """Return logits (samples, classes) for inputs (samples, *shape of the input specification).

        Raises:
            ProjectError: the runtime failed.
        """
        logits = np.empty((len(inputs), self._num_classes), dtype=np.float32)
        for number, sample in enumerate(inputs):
            with suppress(OSError):  # it has ended: reading says why
                self._pixels.write(sample.astype("<f4").tobytes())
                self._pixels.flush()
            logits[number] = np.frombuffer(self._read(4 * self._num_classes), dtype="<f4")
        return logits

    def _read(self, num_bytes: int) -> bytes:
        data = self._logits.read(num_bytes)
        if len(data) < num_bytes:
            self._process.wait()
            self._errors.seek(0)
            lines = self._errors.read().decode(errors="replace").splitlines()
            reasons = [line.strip()[:300] for line in lines if "Error" in line]
            raise ProjectError(
                f"Node could not run {self._model} ({(reasons or lines or ['no reason given'])[-1]}).",
                fix="Use Node.js 20 or newer. If it is, report this with the versions in manifest.json.",
            )
        return data


def node_path() -> str:
    """Return the path of Node.

    Raises:
        ProjectError: it is not on the PATH.
    """
    node = shutil.which("node")
    if node is None:
        raise ProjectError(
            "Node.js is not on the PATH; what is exported for browsers is run by it once.",
            fix="Install Node.js 20 or newer, and export again.",
        )
    return node


def node_version() -> str:
    """Return Node's version: "20.20.2"."""
    result = subprocess.run([node_path(), "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return result.stdout.strip().removeprefix("v")
