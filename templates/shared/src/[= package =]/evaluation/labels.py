"""Labels for files, no matter who computes the logits: a run's model, or a server."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..data.codec import ACCEPTED_FILES, FILE, InputSpec, is_sample_file, read_file
from ..errors import ProjectError
from .softmax import log_softmax

FILES_AT_ONCE = 256  # bounds the memory that a large folder takes


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """The most probable label of one file, and how probable the model finds it, between 0 and 1."""

    file: str
    label: str
    probability: float


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A file that could not be read, and why."""

    file: str
    error: str


def label_files(
    paths: Sequence[Path],
    compute_logits: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
    *,
    input_spec: InputSpec,
    class_names: Sequence[str],
) -> list[Prediction | Failure]:
    """Return a prediction for every file among `paths` and in the folders among them, in that order.

    `compute_logits` gets inputs (samples, *shape of `input_spec`), uint8, and returns (samples, classes).
    A file that cannot be read is answered with a failure of its own; the others are not affected.

    Raises:
        ProjectError: a folder holds no sample.
    """
    files = [file for path in paths for file in _files_in(path)]
    answers: list[Prediction | Failure] = []
    for start in range(0, len(files), FILES_AT_ONCE):
        samples = [_read(file, input_spec) for file in files[start : start + FILES_AT_ONCE]]
        readable = [sample.values for sample in samples if isinstance(sample, _Sample)]
        logits = iter(compute_logits(np.stack(readable)) if readable else ())
        answers += [
            sample if isinstance(sample, Failure) else _labelled(sample, next(logits), class_names)
            for sample in samples
        ]
    return answers


@dataclass(frozen=True)
class _Sample:
    file: str
    values: NDArray[np.uint8]


def _files_in(path: Path) -> list[Path]:
    """Return `path` itself, or the files of samples below it in the order of their names if it is a folder.

    Names in the folder that begin with a dot are passed over, as in training: macOS writes `._1.png`.
    """
    if not path.is_dir():
        return [path]
    files = sorted(
        file for file in path.rglob("*") if is_sample_file(file) and not _is_hidden(file.relative_to(path))
    )
    if not files:
        raise ProjectError(f"{path} holds no {FILE}.", fix=ACCEPTED_FILES)
    return files


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _read(file: Path, input_spec: InputSpec) -> _Sample | Failure:
    try:
        return _Sample(str(file), read_file(file, input_spec))
    except ProjectError as error:
        return Failure(file=str(file), error=str(error))


def _labelled(sample: _Sample, logits: NDArray[np.float32], class_names: Sequence[str]) -> Prediction:
    probabilities = np.exp(log_softmax(logits[np.newaxis]))[0]
    best = int(probabilities.argmax())
    return Prediction(file=sample.file, label=class_names[best], probability=float(probabilities[best]))
