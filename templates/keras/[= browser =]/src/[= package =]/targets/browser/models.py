"""The model for browsers as Keras writes it: LiteRT for LiteRT.js, and a graph model for TensorFlow.js."""

import sys
from pathlib import Path

from ...errors import ProjectError
from ...export.artifact import Gate, Trained
from ..litert.conversion import Precision, write_litert
from .npm import BrowserModel, NpmPackage
from .tensorflow_js_conversion import write_graph_model

# Versions are in package.json.
LITERT_JS = NpmPackage(
    name="@litertjs/core",
    files={
        "dist/index.js": "litert/litert.js",
        "wasm/litert_wasm_internal.js": "litert/litert_wasm_internal.js",
        "wasm/litert_wasm_internal.wasm": "litert/litert_wasm_internal.wasm",
        # For browsers without relaxed SIMD.
        "wasm/litert_wasm_compat_internal.js": "litert/litert_wasm_compat_internal.js",
        "wasm/litert_wasm_compat_internal.wasm": "litert/litert_wasm_compat_internal.wasm",
    },
)
LITERT_WASM_UTILS = NpmPackage(
    name="@litertjs/wasm-utils",
    files={"dist/index.js": "litert/wasm-utils.js"},
)
TENSORFLOW_JS = NpmPackage(
    name="@tensorflow/tfjs",
    files={"dist/tf.fesm.min.js": "tensorflow/tf.fesm.min.js"},
)
FLOAT32 = Gate(logit_difference=1e-3)  # both compute in float32, in another order; measured: below 1e-4
FLOAT16 = Gate(
    logit_difference=0.1, agreement=0.99
)  # weights of 11 bits: logits of about 10 move by hundredths
INT8_WEIGHTS = Gate(agreement=0.99, accuracy_loss=0.01)  # logits move by some tenths: labels decide


def write_models(trained: Trained, folder: Path) -> list[BrowserModel]:
    """Write the model for LiteRT.js, which is maintained, and for TensorFlow.js, dormant since 2024-10.

    Where the converter of TensorFlow.js cannot be had, that is said and the others are written.
    """
    models = [
        _litert("float32", "model.tflite", FLOAT32),
        _litert("float16", "model-float16.tflite", FLOAT16),
        _litert("int8 weights", "model-int8.tflite", INT8_WEIGHTS),
    ]
    shape = trained.record.input_spec
    precisions: tuple[Precision, ...] = ("float32", "float16", "dynamic")
    for model, precision in zip(models, precisions, strict=True):
        write_litert(trained.model, shape, folder / model.path, precision=precision)
    graph = _graph_model()
    try:
        write_graph_model(trained.model, shape, folder / graph.path)
    except ProjectError as error:
        print(f"not written: TensorFlow.js graph model. {error}", file=sys.stderr)
        return models
    return [*models, graph]


def _litert(variant: str, path: str, gate: Gate) -> BrowserModel:
    packages = (LITERT_JS, LITERT_WASM_UTILS)
    return BrowserModel(variant=variant, runtime="LiteRT.js", path=path, packages=packages, gate=gate)


def _graph_model() -> BrowserModel:
    return BrowserModel(
        variant="float32",
        runtime="TensorFlow.js",
        path="model.tfjs",
        packages=(TENSORFLOW_JS,),
        gate=FLOAT32,
    )
