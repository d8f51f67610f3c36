"""The model as files for phones and small devices, in several precisions."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...data.splits import Split
from ...errors import ProjectError, require_extra
from ...export.artifact import Artifact, Gate, Inputs, Trained
from .runtime import MODULE, SUFFIX, edge_logits, runtime_name

NUM_CALIBRATION_SAMPLES = 256  # the ranges of the numbers hardly change with more
# Logits that move by d move a probability by d / 2 at most: the slope of the softmax is 1/4 at most, and the
# difference of two logits moves by 2 d. So float16 may cost 0.025 of probability; float32 has to compute
# the same in another order. Eight bits round too much for such a limit: there the answers count.
ROUNDED = Gate(agreement=0.98, accuracy_loss=0.01)
GATES = {
    "float32": Gate(logit_difference=1e-3),  # measured: below 1e-4
    "float16": Gate(logit_difference=0.05),  # weights of 11 bits, 5e-4 off each; measured: up to 0.014
    "dynamic": ROUNDED,  # weights of 8 bits, the numbers between the layers in float32
    "int8": ROUNDED,  # both
}


def write(trained: Trained, folder: Path, previous: Path | None) -> Sequence[Artifact]:  # noqa: ARG001
    """Write `model-<variant>` for every precision into `folder`: one sample at a time, float32 in and out."""
    require_extra("edge", module=MODULE, wanted_by="export --to edge")
    from .conversion import VARIANTS, write_variant

    calibration = calibration_inputs(trained.train)
    artifacts = []
    for variant in VARIANTS:
        path = folder / f"model-{variant}{SUFFIX}"
        print(f"Converting to {variant}.", file=sys.stderr)
        try:
            write_variant(variant, trained.model, calibration, path)
        except OSError:
            raise
        except Exception as error:  # converters raise whatever their libraries do
            raise ProjectError(
                f"{variant}: this model cannot be converted for {runtime_name()} ({error}).",
                fix="Use layers that the runtime supports: its guide is named in deploy/edge/README.md.",
            ) from error
        artifacts.append(
            Artifact(
                variant=variant,
                runtime=runtime_name(),
                path=path.name,
                gate=GATES[variant],
                compute_logits=edge_logits(path),
                any_batch=False,
            )
        )
    return artifacts


def calibration_inputs(train: Split) -> Inputs:
    """Return training samples, evenly spread, that show a quantizer how large the network's numbers get.

    Test samples would flatter the result.
    """
    chosen = np.linspace(0, len(train) - 1, min(NUM_CALIBRATION_SAMPLES, len(train))).astype(np.int64)
    return train.inputs[chosen]
