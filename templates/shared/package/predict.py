"""What a run's best model sees in image files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .checkpoint import load_model
from .errors import ProjectError
from .images import SUFFIXES, read_image
from .metrics import log_softmax
from .model import predict_logits
from .runs import Run

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


def predict(run: Run, paths: Sequence[Path]) -> list[Prediction | Failure]:
    """Return a prediction for every image among `paths` and in the folders among them, in that order.

    A file that cannot be read is answered with a failure of its own; the others are not affected.

    Raises:
        ProjectError: the run has no readable model, or a folder holds no image.
    """
    files = [file for path in paths for file in _images_in(path)]
    record = run.read_record()
    model = load_model(run)
    answers: list[Prediction | Failure] = []
    for start in range(0, len(files), FILES_AT_ONCE):
        images = [_read(file, record.image_shape) for file in files[start : start + FILES_AT_ONCE]]
        readable = [image.pixels for image in images if isinstance(image, _Image)]
        logits = iter(predict_logits(model, np.stack(readable)) if readable else ())
        answers += [
            image if isinstance(image, Failure) else _labelled(image, next(logits), record.class_names)
            for image in images
        ]
    return answers


@dataclass(frozen=True)
class _Image:
    file: str
    pixels: NDArray[np.uint8]


def _images_in(path: Path) -> list[Path]:
    """Return `path` itself, or the images below it in the order of their names if it is a folder."""
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
    if not files:
        raise ProjectError(
            f"{path} holds no image file.", fix=f"These are taken as images: {', '.join(SUFFIXES)}."
        )
    return files


def _read(file: Path, image_shape: tuple[int, int, int]) -> _Image | Failure:
    try:
        return _Image(str(file), read_image(file, image_shape))
    except ProjectError as error:
        return Failure(file=str(file), error=str(error))


def _labelled(image: _Image, logits: NDArray[np.float32], class_names: tuple[str, ...]) -> Prediction:
    probabilities = np.exp(log_softmax(logits[np.newaxis]))[0]
    best = int(probabilities.argmax())
    return Prediction(file=image.file, label=class_names[best], probability=float(probabilities[best]))
