"""The model for browsers as PyTorch writes it: ONNX, for ONNX Runtime Web."""

import logging
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic

from ...export.artifact import Gate, Trained
from ...export.onnx import write_onnx
from .npm import BrowserModel, NpmPackage

# Versions are in package.json. A name that ends in .js is served as JavaScript by every host; .mjs is not.
ONNX_RUNTIME_WEB = NpmPackage(
    name="onnxruntime-web",
    files={
        "dist/ort.wasm.bundle.min.mjs": "onnxruntime/ort.wasm.bundle.min.js",
        "dist/ort-wasm-simd-threaded.wasm": "onnxruntime/ort-wasm-simd-threaded.wasm",
    },
)
FLOAT32 = Gate(logit_difference=1e-3)  # both compute in float32, in another order; measured: below 1e-4
INT8_WEIGHTS = Gate(agreement=0.99, accuracy_loss=0.01)  # logits move by some tenths: labels decide


def write_models(trained: Trained, folder: Path) -> list[BrowserModel]:
    """Write the model as float32, and with 8-bit weights: a third of the bytes, not quicker.

    Activations are quantized as they come: no calibration data is needed.
    """
    write_onnx(trained.model, trained.record.input_spec, folder / "model.onnx")
    _quantize(folder / "model.onnx", folder / "model-int8.onnx")
    return [
        _model("float32", "model.onnx", FLOAT32),
        _model("int8 weights", "model-int8.onnx", INT8_WEIGHTS),
    ]


def _quantize(source: Path, target: Path) -> None:
    model = onnx.load(source)
    del model.graph.value_info[:]  # ONNX Runtime < 1.32 transposes weights, not the shapes noted here
    logging.disable(logging.WARNING)  # it recommends a step that the exporter has done
    try:
        quantize_dynamic(model, target, weight_type=QuantType.QUInt8)
    finally:
        logging.disable(logging.NOTSET)


def _model(variant: str, path: str, gate: Gate) -> BrowserModel:
    return BrowserModel(
        variant=variant,
        runtime="ONNX Runtime Web",
        path=path,
        packages=(ONNX_RUNTIME_WEB,),
        gate=gate,
    )
