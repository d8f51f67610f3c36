"""Samples that show a quantizer how large the numbers within the network get."""

import numpy as np

from ...data.splits import Split
from ...export.artifact import Inputs

NUM_SAMPLES = 256  # the ranges of the numbers hardly change with more


def calibration_inputs(train: Split) -> Inputs:
    """Return inputs of the training split, evenly spread over it; test samples would flatter the result."""
    chosen = np.linspace(0, len(train) - 1, min(NUM_SAMPLES, len(train))).astype(np.int64)
    return train.inputs[chosen]
