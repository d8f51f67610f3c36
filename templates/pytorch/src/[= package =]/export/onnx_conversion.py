"""From PyTorch to ONNX."""

import logging
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from ..data.codec import InputSpec
from ..model.network import Classifier


class ChannelsLast(nn.Module):
    """The model with the signature of every export: pixels float32 (batch, height, width, channels)."""

    def __init__(self, model: Classifier) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixels: Tensor) -> Tensor:
        """Return logits (batch, classes)."""
        logits: Tensor = self.model(pixels.permute(0, 3, 1, 2))
        return logits


def convert(model: Classifier, input_spec: InputSpec, path: Path) -> None:
    """Write the model to `path`: `pixels` float32 (batch, height, width, channels) in, `logits` out."""
    exportable = ChannelsLast(model).eval()
    pixels = torch.zeros(2, *input_spec.shape, device=model.pixel_mean.device)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it names each step
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations within torch itself
        torch.onnx.export(
            exportable,
            (pixels,),
            path,
            input_names=["pixels"],
            output_names=["logits"],
            dynamic_shapes={"pixels": {0: torch.export.Dim("batch")}},
            dynamo=True,
            external_data=False,  # else the weights are a second file
            verbose=False,
        )
