"""From PyTorch to ExecuTorch: a `.pte` file in each precision, to be computed by XNNPACK."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ...export.artifact import Inputs
from ...export.onnx_conversion import ChannelsLast
from ...model.network import Classifier
from ..quiet import quiet

VARIANTS = ("float32", "int8")


def write_variant(variant: str, model: Classifier, calibration: Inputs, path: Path) -> None:
    """Write the model to `path`: `pixels` float32 (1, height, width, channels) in, `logits` out.

    The numbers go in and come out as float32 in every variant. `calibration` are inputs that int8 takes
    its ranges from; the other variant needs none.
    """
    exportable: nn.Module = ChannelsLast(deepcopy(model).cpu()).eval()
    samples = torch.from_numpy(calibration.astype(np.float32)).split(1)
    with quiet():
        if variant == "int8":
            exportable = _quantized(exportable, samples)
        path.write_bytes(_program(exportable, samples[0]))


def _quantized(model: nn.Module, samples: tuple[Tensor, ...]) -> nn.Module:
    """Return the model with weights (a scale a channel) and activations of 8 bits.

    Source: https://docs.pytorch.org/executorch/1.5/backends/xnnpack/xnnpack-quantization.html (2026-11).
    """
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
        XNNPACKQuantizer,
        get_symmetric_quantization_config,
    )
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    quantizer = XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=True))
    observed = prepare_pt2e(torch.export.export(model, (samples[0],)).module(), quantizer)
    with torch.inference_mode(), _one_thread():
        for sample in samples:
            observed(sample)
    quantized: nn.Module = convert_pt2e(observed)
    return quantized


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute on one core: at single samples threads wait for each other, eight times as long (digits)."""
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(num_threads)


def _program(model: nn.Module, sample: Tensor) -> bytes:
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower

    exported = torch.export.export(model, (sample,))
    lowered = to_edge_transform_and_lower(exported, partitioner=[XnnpackPartitioner()])
    return bytes(lowered.to_executorch().buffer)
