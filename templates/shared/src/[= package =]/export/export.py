"""From a run to files for a server, a device or a browser: complete or not at all, and only if they agree."""

import errno
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import cast

import numpy as np

from ..config.published import published
from ..config.settings import DataConfig
from ..errors import ProjectError, command
from ..files import sha256
from ..model.checkpoint import load_model
from ..model.device import compute_exactly
from ..model.network import predict_logits
from ..runs.run import Run, best_epoch
from ..runs.samples import load_run_splits
from .artifact import Artifact, Gate, Inputs, Logits, Target, Trained
from .manifest import Manifest, Tensor, Variant
from .model_card import write_model_card
from .targets import PACKAGE, TARGETS, chosen_module, export_folder

MAX_SAMPLES = 1024  # test samples that an artifact is measured on; of more, that many, evenly spread
LATENCY_SAMPLES = 200  # single predictions that are timed, after a tenth as many to warm up
WRITE_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def export(
    run: Run,
    target: str,
    *,
    folder: Path | None = None,
    data: DataConfig | None = None,
    exporter: Target | None = None,
) -> Manifest:
    """Write the run's best model for `target` to `folder` (`exports/<target>`); return its manifest.

    Every artifact runs on its real runtime with test samples; one that is further from the trained model
    than its gate allows is not written. An earlier export in the folder stays until this one is complete.
    `data` says where the run's samples are now, if they were moved; `exporter` replaces that of the target.

    Raises:
        ProjectError: this project does not have the target, the run has no model, the folder is not an
            export, or no artifact agrees with the trained model.
    """
    exporter = exporter or cast("Target", chosen_module("target", target, TARGETS))
    folder = export_folder(target, folder)
    trained = load_trained(run, data)
    with _replaced(folder) as (temporary, previous):
        print(f"Converting the model for {target}; this can take a minute.", file=sys.stderr)
        artifacts = exporter.write(trained, temporary, previous)
        print(f"Comparing it with the trained model on {len(trained.inputs)} test samples.", file=sys.stderr)
        variants = _accepted(artifacts, trained, temporary)
        if not variants:
            raise ProjectError(
                f"{target}: no artifact agrees with the trained model; nothing was written to {folder}.",
                fix="Train longer. If that does not help, a layer of this model may not be supported.",
            )
        batch = -1 if all(artifact.any_batch for artifact in artifacts) else 1
        manifest = _manifest(target, trained, temporary, variants, batch)
        write_model_card(temporary, manifest)
        manifest.write(temporary)
    return manifest


def load_trained(run: Run, data: DataConfig | None) -> Trained:
    """Return the run's best model with test samples and its logits; `data` says where its samples are now."""
    record = run.read_record()
    compute_exactly()
    model = load_model(run)
    splits = load_run_splits(run, "test", data)
    split = splits.test
    if len(split) > MAX_SAMPLES:
        split = split.taken(np.linspace(0, len(split) - 1, MAX_SAMPLES).astype(np.int64))
    inputs = split.inputs[:]
    return Trained(
        name=PACKAGE,
        run=run,
        record=record,
        model=model,
        train=splits.train,
        inputs=inputs,
        labels=split.labels,
        logits=predict_logits(model, inputs),
    )


def _accepted(artifacts: Sequence[Artifact], trained: Trained, folder: Path) -> list[Variant]:
    """Return what was measured of the artifacts that pass their gates; the others are removed."""
    variants = []
    for artifact in artifacts:
        variant = _measured(artifact, trained, folder)
        if problem := _refusal(artifact.gate, variant, _accuracy(trained.logits, trained)):
            print(f"not written: {artifact.variant}, {problem}.", file=sys.stderr)
            path = folder / artifact.path
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        else:
            variants.append(variant)
    return variants


@contextmanager
def _replaced(folder: Path) -> Iterator[tuple[Path, Path | None]]:
    """Yield an empty folder, which replaces `folder` if the block succeeds, and the one that is there now.

    Where `folder` is a link, it stays, and the folder that it leads to is replaced.
    """
    place = _place(folder)
    temporary, old = (place.with_name(f".{place.name}.{suffix}") for suffix in ("new", "old"))
    with _writing(folder):
        if old.exists() and not place.exists():  # an export was killed while it replaced it
            old.rename(place)
    if place.exists() and not (place / "manifest.json").is_file():
        raise ProjectError(
            f"{folder} exists and is not an export: it has no manifest.json.",
            fix="Choose another folder with --output, or remove it.",
        )
    try:
        with _writing(folder):
            _remove(temporary)  # of an export that was killed
            temporary.mkdir(parents=True)
        with _writing(folder, only=temporary):
            yield temporary, place if place.exists() else None
        with _writing(folder):
            _put_in_place(temporary, place, old)
    finally:
        _remove(temporary)


def _place(folder: Path) -> Path:
    """Return the folder itself or, if it is a link, the one that it leads to."""
    real = folder.resolve()
    return folder if folder.name and real == folder.parent.resolve() / folder.name else real


def _put_in_place(new: Path, place: Path, old: Path) -> None:
    """Let `new` replace what is at `place`, which is called `old` meanwhile; it comes back if that fails."""
    _remove(old)
    try:
        if place.exists():
            place.rename(old)
        new.rename(place)
    finally:
        if not place.exists():
            with suppress(OSError):  # then the next export does so
                old.rename(place)
    _remove(old)


def _remove(path: Path) -> None:
    """Remove a folder with all that is in it; of a link, the link."""
    shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        path.unlink()  # `rmtree` refuses links


@contextmanager
def _writing(folder: Path, *, only: Path | None = None) -> Iterator[None]:
    """Turn an OSError of the block into a ProjectError; if `only` is given, only one from writing there."""
    try:
        yield
    except OSError as error:
        if only and not _is_from_writing(error, only):
            raise
        raise ProjectError(
            f"{folder} cannot be written ({error.strerror or error}).",
            fix="Make room on the disk, or choose another folder with --output.",
        ) from error


def _is_from_writing(error: OSError, folder: Path) -> bool:
    if error.filename is None:  # a file that is open
        return error.errno in WRITE_ERRORS or isinstance(error, shutil.Error)
    names = (name for name in (error.filename, error.filename2) if isinstance(name, str))
    return any(folder.resolve() in (path := Path(name).resolve(), *path.parents) for name in names)


def _measured(artifact: Artifact, trained: Trained, folder: Path) -> Variant:
    logits = artifact.compute_logits(trained.inputs)
    p50, p99 = np.percentile(_latencies(artifact, trained.inputs), (50, 99))
    return Variant(
        variant=artifact.variant,
        runtime=artifact.runtime,
        path=artifact.path,
        num_bytes=sum(file.stat().st_size for file in _files(folder / artifact.path)),
        test_accuracy=_accuracy(logits, trained),
        agreement=float(np.mean(logits.argmax(axis=1) == trained.logits.argmax(axis=1))),
        logit_difference=float(np.abs(logits - trained.logits).max()),
        latency_p50_ms=round(float(p50), 4),
        latency_p99_ms=round(float(p99), 4),
    )


def _latencies(artifact: Artifact, inputs: Inputs) -> list[float]:
    """Return how many milliseconds single predictions took, without those to warm up."""
    warm_up = LATENCY_SAMPLES // 10
    milliseconds = []
    for number in range(warm_up + LATENCY_SAMPLES):
        sample = inputs[number % len(inputs)][np.newaxis]
        started = time.perf_counter()
        artifact.compute_logits(sample)
        milliseconds.append((time.perf_counter() - started) * 1000)
    return milliseconds[warm_up:]


def _accuracy(logits: Logits, trained: Trained) -> float:
    return float(np.mean(logits.argmax(axis=1) == trained.labels))


def _refusal(gate: Gate, variant: Variant, trained_accuracy: float) -> str:
    """Return why the variant may not be used, an empty string if it may; NaN never passes."""
    limit = gate.logit_difference
    if limit is not None and not variant.logit_difference <= limit:
        return f"its logits differ by {variant.logit_difference:.3g} and may differ by {limit:g}"
    if gate.agreement is not None and not variant.agreement >= gate.agreement:
        return f"it agrees on {variant.agreement:.4f} of the labels and must on {gate.agreement:g}"
    loss = trained_accuracy - variant.test_accuracy
    if gate.accuracy_loss is not None and not loss <= gate.accuracy_loss:
        return f"it loses {loss:.4f} of test accuracy and may lose {gate.accuracy_loss:g}"
    return ""


def _files(path: Path) -> list[Path]:
    """Return the file at `path`, or the files in that folder and below."""
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())


def _manifest(
    target: str, trained: Trained, folder: Path, variants: Sequence[Variant], batch: int
) -> Manifest:
    record = trained.record
    spec = record.input_spec
    return Manifest(
        target=target,
        name=trained.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        versions={name: version(name) for name in record.versions if name != "python"},
        run=trained.run.path.name,
        git_commit=_git_commit(),
        config=published(record.config).model_dump(),
        num_parameters=record.num_parameters,
        num_samples=record.num_samples,
        metrics=_metrics(trained.run),
        class_names=record.class_names,
        input_spec=spec,
        inputs=(Tensor(name=spec.name, dtype="float32", shape=(batch, *spec.shape)),),
        outputs=(Tensor(name="logits", dtype="float32", shape=(batch, len(record.class_names))),),
        variants=tuple(variants),
        backbone=record.published().backbone,
        sha256={path.relative_to(folder).as_posix(): sha256(path) for path in _files(folder)},
    )


def _metrics(run: Run) -> dict[str, float]:
    """Return the best epoch's metrics, and the test split's where `evaluate` has run."""
    best = best_epoch(run)
    if best is None:
        raise ProjectError(
            f"{run.path} has ended no epoch yet.",
            fix=f"Continue it: {command('train --resume')}. Or choose another run with --run.",
        )
    metrics = {"validation_accuracy": best.validation_accuracy, "validation_loss": best.validation_loss}
    if evaluation := run.read_evaluation():
        metrics |= {"test_accuracy": evaluation.accuracy, "test_loss": evaluation.loss}
    return metrics


def _git_commit() -> str | None:
    """Return the commit that is checked out, with "-dirty" if files were changed since; None without git."""
    described = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        return subprocess.run(described, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
