"""From Keras to a TensorFlow.js graph model, by a converter that needs a separate environment."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

import keras
from filelock import FileLock

from ...data.codec import InputSpec
from ...errors import ProjectError
from ...files import using_cache
from ...model.network import Classifier
from ..quiet import quiet
from .npm import cache_folder

# tensorflowjs 4.22.0, the last release (2024-10), wants TensorFlow 2.19, and ydf and setuptools of its age:
# nothing that fits the project's own environment. Made with
# `uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate` of
# tensorflowjs==4.22.0, ydf<0.12 and setuptools<81.
REQUIREMENTS = Path(__file__).with_name("tensorflow_js_requirements.txt")
PYTHON = "3.11"
INSTALL_SECONDS = 1800  # 600 MB are fetched
CONVERT_SECONDS = 600


def write_graph_model(model: Classifier, input_spec: InputSpec, folder: Path) -> None:
    """Write `model.json` and its weights into `folder`: `pixels` float32 (any batch) in, `logits` out.

    Raises:
        ProjectError: the converter's environment cannot be made, or it fails.
    """
    environment = converter_environment()
    pixels = keras.Input(input_spec.shape, dtype="float32", name="pixels")
    named = keras.Model(pixels, {"logits": model(pixels)})
    with tempfile.TemporaryDirectory() as temporary:
        with quiet():
            named.export(temporary, format="tf_saved_model", verbose=False)
        command = [
            *(str(_python(environment)), "-m", "tensorflowjs.converters.converter"),
            *("--input_format=tf_saved_model", "--output_format=tfjs_graph_model"),
            *("--signature_name=serving_default", temporary, os.fspath(folder)),
        ]
        problem = _problem(command, CONVERT_SECONDS)
    if problem or not (folder / "model.json").is_file():
        raise ProjectError(
            f"The TensorFlow.js converter failed ({problem or 'it wrote no model.json'}).",
            fix=f"A layer may not be supported. Remove {environment} to have the converter installed again.",
        )


def converter_environment() -> Path:
    """Return the folder of a Python environment with the converter; the first time it takes a minute.

    It is kept in the user's cache under the SHA-256 of what is pinned, for all projects that pin the same.

    Raises:
        ProjectError: there is no uv, no network, something that was fetched is not what is pinned, or the
            cache cannot be used.
    """
    digest = sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]
    environment = cache_folder() / f"tensorflow-js-{digest}"
    complete = environment / "complete"
    with using_cache(environment.parent):
        environment.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{environment}.lock"):
            if not complete.is_file():
                _make(environment)
                complete.touch()
    return environment


def _make(environment: Path) -> None:
    uv = shutil.which("uv")
    if uv is None:
        raise ProjectError(
            "uv is not on the PATH; it makes the environment that the TensorFlow.js converter needs.",
            fix="Install uv (docs.astral.sh/uv), and export again.",
        )
    print(
        f"Making the environment of the TensorFlow.js converter in {environment} (2.7 GB), once.",
        file=sys.stderr,
    )
    shutil.rmtree(environment, ignore_errors=True)  # of an attempt that was interrupted
    python = str(_python(environment))
    install = [
        uv,
        "pip",
        "install",
        "--require-hashes",
        "--no-build",
        "--python",
        python,
        "-r",
        str(REQUIREMENTS),
    ]
    for command in ([uv, "venv", "--no-project", "--python", PYTHON, str(environment)], install):
        if problem := _problem(command, INSTALL_SECONDS):
            raise ProjectError(
                f"uv could not make the environment of the TensorFlow.js converter ({problem}).",
                fix="Export once with a network; every later export uses what is there then.",
            )


def _python(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _problem(command: list[str], timeout_seconds: float) -> str:
    """Run a command; return what it says about its failure, nothing where it succeeds."""
    # TF_USE_LEGACY_KERAS and the like are for the project's own environment.
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("TF_", "KERAS_", "PYTHON"))
    }
    try:
        result = subprocess.run(  # noqa: S603 - no shell, and every argument is a constant or a path
            command, capture_output=True, text=True, check=False, timeout=timeout_seconds, env=variables
        )
    except subprocess.TimeoutExpired:
        return f"no end after {timeout_seconds:g} seconds"
    except OSError as error:
        return str(error)
    if result.returncode == 0:
        return ""
    lines = [re.sub(r"^\W+", "", line) for line in result.stderr.splitlines() if line.strip()]
    telling = [line for line in lines if re.match(r"error|failed|caused by|\w*Error\b", line, re.IGNORECASE)]
    return "; ".join(telling or lines[-1:] or [f"exit code {result.returncode}"])[:400]
