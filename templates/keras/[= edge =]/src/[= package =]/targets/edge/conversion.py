"""The variants of the model for devices."""

from pathlib import Path
from typing import cast, get_args

from ...data.codec import InputSpec
from ...export.artifact import Inputs
from ...model.network import Classifier
from ..litert.conversion import Precision, write_litert

VARIANTS: tuple[str, ...] = get_args(Precision)


def write_variant(variant: str, model: Classifier, calibration: Inputs, path: Path) -> None:
    """Write the model to `path`: `pixels` float32 (1, height, width, channels) in, `logits` out.

    The numbers go in and come out as float32 in every variant. `calibration` are inputs that int8 takes
    its ranges from; the other variants need none.
    """
    input_spec = InputSpec(shape=model.input_shape[1:])
    precision = cast(Precision, variant)
    write_litert(model, input_spec, path, precision=precision, calibration=calibration)
