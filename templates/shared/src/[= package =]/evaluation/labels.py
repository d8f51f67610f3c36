"""Labels for image files, whoever computes the logits: a run's model, or a server."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..data.images import SUFFIXES, ImageShape, read_image
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
    image_shape: ImageShape,
    class_names: Sequence[str],
) -> list[Prediction | Failure]:
    """Return a prediction for every image among `paths` and in the folders among them, in that order.

    `compute_logits` gets uint8 images (samples, height, width, channels) and returns (samples, classes).
    A file that cannot be read is answered with a failure of its own; the others are not affected.

    Raises:
        ProjectError: a folder holds no image.
    """
    files = [file for path in paths for file in _images_in(path)]
    answers: list[Prediction | Failure] = []
    for start in range(0, len(files), FILES_AT_ONCE):
        images = [_read(file, image_shape) for file in files[start : start + FILES_AT_ONCE]]
        readable = [image.pixels for image in images if isinstance(image, _Image)]
        logits = iter(compute_logits(np.stack(readable)) if readable else ())
        answers += [
            image if isinstance(image, Failure) else _labelled(image, next(logits), class_names)
            for image in images
        ]
    return answers


@dataclass(frozen=True)
class _Image:
    file: str
    pixels: NDArray[np.uint8]


def _images_in(path: Path) -> list[Path]:
    """Return `path` itself, or the images below it in the order of their names if it is a folder.

    Names in the folder that begin with a dot are passed over, as in training: macOS writes `._1.png`.
    """
    if not path.is_dir():
        return [path]
    files = sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in SUFFIXES and not _is_hidden(file.relative_to(path))
    )
    if not files:
        raise ProjectError(
            f"{path} holds no image file.", fix=f"These are taken as images: {', '.join(SUFFIXES)}."
        )
    return files


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _read(file: Path, image_shape: ImageShape) -> _Image | Failure:
    try:
        return _Image(str(file), read_image(file, image_shape))
    except ProjectError as error:
        return Failure(file=str(file), error=str(error))


def _labelled(image: _Image, logits: NDArray[np.float32], class_names: Sequence[str]) -> Prediction:
    probabilities = np.exp(log_softmax(logits[np.newaxis]))[0]
    best = int(probabilities.argmax())
    return Prediction(file=image.file, label=class_names[best], probability=float(probabilities[best]))
