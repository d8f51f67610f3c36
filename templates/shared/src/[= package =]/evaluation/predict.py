"""Labels for files, whether a run's model or a server computes the logits."""

import csv
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..data.codec import A_FILE, ACCEPTED_FILES, FILE, InputSpec, is_sample_file, read_file
from ..errors import ProjectError
from ..files import files_below, is_file, is_folder, is_there, replacing

if TYPE_CHECKING:  # servers and clients read this module without what a run needs
    from ..runs.run import Run

FILES_AT_ONCE = 256  # bounds the memory that a large folder takes


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """The most probable label of one file, and its probability, between 0 and 1.

    `probabilities` has those of all labels, or of as many as were asked for: the most probable one first.
    """

    file: str
    label: str
    probability: float
    probabilities: dict[str, float] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A file that could not be read, and why."""

    file: str
    error: str


def predict(run: "Run", paths: Sequence[Path], *, top: int | None = None) -> list[Prediction | Failure]:
    """Return what the run's best model sees in the files among `paths` and in the folders among them.

    `top` says how many labels each prediction has, the most probable ones; None: all.

    Raises:
        ProjectError: the run has no readable model, or a folder holds no sample.
    """
    from ..model.checkpoint import load_model
    from ..model.network import predict_logits

    record, model = run.read_record(), load_model(run)
    return label_files(
        paths,
        lambda inputs: predict_logits(model, inputs),
        input_spec=record.input_spec,
        class_names=record.class_names,
        top=top,
    )


def label_files(
    paths: Sequence[Path],
    compute_logits: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
    *,
    input_spec: InputSpec,
    class_names: Sequence[str],
    top: int | None = None,
) -> list[Prediction | Failure]:
    """Return a prediction for every file among `paths` and in the folders among them, in that order.

    `compute_logits` gets inputs (samples, *shape of `input_spec`), uint8, and returns (samples, classes).
    `top` says how many labels each prediction has; None: all.
    A file that cannot be read gets a failure in its place; the others are not affected.

    Raises:
        ProjectError: a folder holds no sample.
    """
    files = [file for path in paths for file in _files_in(path)]
    answers: list[Prediction | Failure] = []
    for start in range(0, len(files), FILES_AT_ONCE):
        chosen = files[start : start + FILES_AT_ONCE]
        samples = [_read(file, input_spec) for file in chosen]
        readable = [sample for sample in samples if not isinstance(sample, Failure)]
        logits = iter(compute_logits(np.stack(readable)) if readable else ())
        answers += [
            sample if isinstance(sample, Failure) else _labeled(file, next(logits), class_names, top)
            for file, sample in zip(chosen, samples, strict=True)
        ]
    return answers


def log_softmax(logits: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log-probabilities (samples, classes), in double precision and safe from overflow."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    log_probabilities: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return log_probabilities


def _files_in(path: Path) -> list[Path]:
    """Return `path` itself or, if it is a folder, the files of samples below it, sorted by path.

    How many other files there are is printed.
    """
    if not is_folder(path):
        return [path]
    found = files_below(path)
    # A link that leads nowhere is an answer with an error; what is neither file nor link cannot be read.
    files = [file for file in found if is_sample_file(file) and (is_file(file) or not is_there(file))]
    if not files:
        raise ProjectError(f"{path} holds no {FILE}.", fix=ACCEPTED_FILES)
    if others := len(found) - len(files):
        number = "1 file is" if others == 1 else f"{others} files are"
        print(f"{path}: {number} not used, not called like {A_FILE}.", file=sys.stderr)
    return files


def _read(file: Path, input_spec: InputSpec) -> NDArray[np.uint8] | Failure:
    try:
        return read_file(file, input_spec)
    except ProjectError as error:
        return Failure(file=str(file), error=str(error))


def _labeled(
    file: Path, logits: NDArray[np.float32], class_names: Sequence[str], top: int | None
) -> Prediction:
    probabilities = np.exp(log_softmax(logits[np.newaxis]))[0]
    # Of equal ones the first comes first, as for a server.
    ranked = {
        class_names[index]: float(probabilities[index])
        for index in np.argsort(-probabilities, kind="stable")[:top]
    }
    label, probability = next(iter(ranked.items()))
    return Prediction(file=str(file), label=label, probability=probability, probabilities=ranked)


def write_csv(answers: Sequence[Prediction | Failure], path: Path) -> None:
    """Write a row for each file: its label, a column for the probability of each class, and any error.

    Raises:
        ProjectError: the file cannot be written.
    """
    classes = sorted(
        {name for each in answers if isinstance(each, Prediction) for name in each.probabilities}
    )
    columns = ("file", "label", "probability", "error", *(f"probability_{name}" for name in classes))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            replacing(path) as temporary,
            temporary.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file,
        ):
            writer = csv.DictWriter(file, columns, extrasaction="ignore")
            writer.writeheader()
            for answer in answers:
                ranked = answer.probabilities if isinstance(answer, Prediction) else {}
                shares = {f"probability_{name}": probability for name, probability in ranked.items()}
                writer.writerow(vars(answer) | shares)
    except (OSError, ProjectError) as error:  # what `replacing` advises is for what a run saves
        reason = getattr(error.__cause__ or error, "strerror", None) or error
        raise ProjectError(
            f"{path} cannot be written ({reason}).", fix="Choose another place: --csv FILE."
        ) from error
