"""Samples in files, decoded once: kept in memory, or on the disk where later commands find them again.

The key stands for the names, sizes and times of the files, for the input specification, and for what decodes:
the modules of this project and Pillow's version. Processes that want the same samples wait for the one that
decodes; what a killed one left is removed by the next. A file is tried again at every use if the system, not
what is in it, was why it could not be read.
"""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray
from tqdm import tqdm

from ..config.settings import DataConfig
from ..errors import ProjectError
from . import codec, images
from .cache_folders import (
    CONTENTS,
    INPUTS,
    KEY_LENGTH,
    cache_folder,
    contents_of,
    is_whole,
    lock_of,
    partial_of,
)
from .codec import SAMPLES, InputSpec, read_file
from .splits import SampleFiles, StoredSamples

FORMAT = 1  # of the folders; another number is another key
SPARE_BYTES = 200_000_000  # that stay free on the disk
_CHUNK = 256  # files whose samples may wait in memory at once


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The samples of the files that can be read, what is wrong with the others, and where the samples are."""

    inputs: NDArray[np.uint8] | SampleFiles | StoredSamples
    damaged: dict[Path, str]
    storage: str


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why a file cannot be read; if the system is why, not what is in the file, that may pass."""

    reason: str
    may_pass: bool


def open_samples(files: Sequence[Path], spec: InputSpec, config: DataConfig) -> Opened:
    """Decode every file, in parallel, and keep the samples where there is room for them.

    In memory up to `cache_megabytes`; beyond that on the disk, up to `disk_cache_gigabytes`; beyond that, or
    if the disk cannot be written, nowhere: files are decoded now to find damaged ones, and whenever they
    are used.
    """
    num_bytes = len(files) * int(np.prod(spec.shape))
    size = f"{num_bytes / 1e6:,.0f} MB"
    if num_bytes <= config.cache_megabytes * 1e6:
        inputs, damaged = _in_memory(files, spec, config.workers)
        return Opened(inputs=inputs, damaged=damaged, storage=f"in memory, {size}")
    why = f"{size} are more than cache_megabytes = {config.cache_megabytes}"
    try:
        if num_bytes > config.disk_cache_gigabytes * 1e9:
            raise OSError(f"more than disk_cache_gigabytes = {config.disk_cache_gigabytes:g}")
        folder = _stored(files, spec, config, num_bytes)
        stored, damaged = _read(folder, files, spec)
    except OSError as error:
        failed = f"and the disk cache is not used: {error.strerror or error}"
        streamed, damaged = _streamed(files, spec, config.workers)
        return Opened(inputs=streamed, damaged=damaged, storage=f"decoded at every use ({why}, {failed})")
    return Opened(inputs=stored, damaged=damaged, storage=f"on the disk, in {folder} ({why})")


def _in_memory(
    files: Sequence[Path], spec: InputSpec, workers: int
) -> tuple[NDArray[np.uint8], dict[Path, str]]:
    inputs = np.empty((len(files), *spec.shape), dtype=np.uint8)
    num_read, damaged = 0, {}
    for file, sample in zip(files, _decoded(files, spec, workers), strict=True):
        if isinstance(sample, Problem):
            damaged[file] = sample.reason
        else:
            inputs[num_read] = sample
            num_read += 1
    return inputs[:num_read], damaged


def _streamed(files: Sequence[Path], spec: InputSpec, workers: int) -> tuple[SampleFiles, dict[Path, str]]:
    samples = zip(files, _decoded(files, spec, workers), strict=True)
    damaged = {file: sample.reason for file, sample in samples if isinstance(sample, Problem)}
    usable = tuple(file for file in files if file not in damaged)
    return SampleFiles(files=usable, input_spec=spec, workers=workers), damaged


def _decoded(files: Sequence[Path], spec: InputSpec, workers: int) -> Iterator[NDArray[np.uint8] | Problem]:
    """Yield the sample of every file in order, or what is wrong with it; a bar shows images per second."""
    decode = partial(_sample_or_problem, spec=spec)
    # Pillow decodes without Python's lock: threads are enough.
    with (
        ThreadPoolExecutor(workers) as pool,
        tqdm(total=len(files), unit=f" {SAMPLES}", desc="decoding", leave=False, disable=None) as bar,
    ):
        for start in range(0, len(files), _CHUNK):
            for sample in pool.map(decode, files[start : start + _CHUNK]):
                bar.update()
                yield sample


def _sample_or_problem(file: Path, spec: InputSpec) -> NDArray[np.uint8] | Problem:
    try:
        return read_file(file, spec)
    except ProjectError as error:
        reason = error.problem.removeprefix(f"{file} ").removesuffix(".")  # the path is shown next to it
        # The system gives its errors a number, Pillow does not.
        number = getattr(error.__cause__, "errno", None)
        return Problem(reason=reason, may_pass=number is not None or isinstance(error.__cause__, MemoryError))


def _stored(files: Sequence[Path], spec: InputSpec, config: DataConfig, num_bytes: int) -> Path:
    """Return the folder of these samples; decode them into it if it is not there yet.

    Raises:
        OSError: there is no room for it, or it cannot be written.
    """
    folder = cache_folder(config) / _key(files, spec)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        if not is_whole(folder) or _has_passed(folder, files, spec):
            _make_room(folder, num_bytes)
            _fill(folder, files, spec, config.workers)
    os.utime(folder)  # when it was last used
    return folder


def _has_passed(folder: Path, files: Sequence[Path], spec: InputSpec) -> bool:
    """Return whether a file can be read, or is damaged, that the system did not let anybody read before."""
    again = (_sample_or_problem(files[index], spec) for index in contents_of(folder).get("may_pass", ()))
    return any(not isinstance(sample, Problem) or not sample.may_pass for sample in again)


def _make_room(folder: Path, num_bytes: int) -> None:
    """Remove what is left of an earlier attempt, and make sure that the samples fit."""
    for left in (folder, partial_of(folder)):
        if left.exists():
            shutil.rmtree(left)
    if num_bytes + SPARE_BYTES > (free := shutil.disk_usage(folder.parent).free):
        raise OSError(f"{free / 1e6:,.0f} MB are free in {folder.parent}")


def _fill(folder: Path, files: Sequence[Path], spec: InputSpec, workers: int) -> None:
    """Decode the files into a folder of another name, and rename it when all is on the disk."""
    partial_folder = partial_of(folder)
    partial_folder.mkdir()
    problems: dict[int, Problem] = {}
    try:
        with (partial_folder / INPUTS).open("wb") as output:
            for index, sample in enumerate(_decoded(files, spec, workers)):
                if isinstance(sample, Problem):
                    problems[index] = sample
                else:
                    output.write(sample.tobytes())
            output.flush()
            os.fsync(output.fileno())
        contents = {
            "source": _above(files) or "several drives",
            "shape": spec.shape,
            "samples": len(files) - len(problems),
            "damaged": {index: problem.reason for index, problem in problems.items()},
            "may_pass": [index for index, problem in problems.items() if problem.may_pass],
        }
        (partial_folder / CONTENTS).write_text(json.dumps(contents), encoding="utf-8")
        partial_folder.rename(folder)
    finally:
        shutil.rmtree(partial_folder, ignore_errors=True)


def _read(folder: Path, files: Sequence[Path], spec: InputSpec) -> tuple[StoredSamples, dict[Path, str]]:
    contents = contents_of(folder)
    damaged = {files[int(index)]: reason for index, reason in contents["damaged"].items()}
    shape = (contents["samples"], *spec.shape)
    stored: NDArray[np.uint8] = np.empty((0, *spec.shape), np.uint8)
    if contents["samples"]:  # an empty file cannot be mapped
        stored = np.memmap(folder / INPUTS, dtype=np.uint8, mode="r", shape=shape)
    return StoredSamples(stored=stored, indices=np.arange(len(stored))), damaged


def _key(files: Sequence[Path], spec: InputSpec) -> str:
    """Return the name of the folder for these files; a file that is replaced, or added, changes it."""
    digest = hashlib.sha256()
    top = _above(files)
    made_of = {"format": FORMAT, "spec": asdict(spec), "pillow": version("pillow")}
    digest.update(json.dumps(made_of, sort_keys=True).encode())
    for module in (codec.__file__, images.__file__):
        digest.update(Path(module).read_bytes())
    for file in files:
        status = file.stat()
        name = os.path.relpath(file, top) if top else file.absolute()
        digest.update(os.fsencode(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\0"))
    return digest.hexdigest()[:KEY_LENGTH]


def _above(files: Sequence[Path]) -> str:
    """Return the folder that all files are below; nothing if Windows has them on several drives."""
    try:
        return os.path.commonpath([file.absolute() for file in files])  # a table may mix paths
    except ValueError:
        return ""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from decoding into the folder at the same time; wait for one that does."""
    lock = FileLock(lock_of(folder))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"Another process decodes these {SAMPLES}; waiting for it.", file=sys.stderr)
        lock.acquire()  # it dies with its process
    try:
        yield
    finally:
        lock.release()
