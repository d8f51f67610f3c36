"""What an exporter gets and what it returns: the contract between `export` and its targets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..data.splits import Split
from ..model.network import Classifier
from ..runs.run import Run, RunRecord

Logits = NDArray[np.float32]  # (samples, classes)
Inputs = NDArray[np.uint8]  # (samples, height, width, channels), 0 to 255


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A run's best model, and test samples with its logits, which every artifact is compared with."""

    name: str  # the model's at servers: the package's name
    run: Run
    record: RunRecord
    model: Classifier
    train: Split  # only for quantizers
    inputs: Inputs
    labels: NDArray[np.int64]
    logits: Logits


@dataclass(frozen=True, kw_only=True)
class Gate:
    """How far an artifact may be from the trained model; None is no limit."""

    logit_difference: float | None = None  # at most: the absolute difference of any logit
    agreement: float | None = None  # at least: the share of samples with the trained model's label, 0 to 1
    accuracy_loss: float | None = None  # at most: the loss of test accuracy, 0 to 1


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """One form of the model in an export, and what its runtime makes of it."""

    variant: str  # "float32", "int8"
    runtime: str  # "ONNX Runtime 1.31.0": what `compute_logits` runs on
    path: str  # the file or folder that the runtime loads, relative to the export's folder
    gate: Gate
    compute_logits: Callable[[Inputs], Logits]  # any number of samples, one included
    any_batch: bool = True  # whether the file takes any number of samples, or one at a time


class Target(Protocol):
    """A module that writes one kind of export."""

    def write(self, trained: Trained, folder: Path, previous: Path | None) -> Sequence[Artifact]:
        """Write artifacts into `folder`, which is empty; `previous` is the export that this one replaces.

        Raises:
            ProjectError: something that it needs is missing, or the model cannot be converted.
        """
        ...
