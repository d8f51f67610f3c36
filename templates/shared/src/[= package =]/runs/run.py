"""Run folders: one for each run, with all that is needed to load its model again.

runs/20260131T235959Z-1/        UTC time and a number
    run.json                    settings, class names, input specification, versions
    metrics.jsonl               one line for each epoch
    metrics.csv                 the same for a spreadsheet
    learning-curve.png
    checkpoints/                the best model; the last state, from which `train --resume` continues
    samples.csv                 which sample of a data folder was in which split
    skipped.txt                 files of the data folder that were not used, and why
    evaluation.json             written by `evaluate`, with confusion-matrix.png
"""

import csv
import json
import math
import platform
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout
from pydantic import TypeAdapter

from ..config.published import published, without_credentials
from ..config.read import check_config
from ..config.settings import Config
from ..data.codec import InputSpec
from ..data.splits import Skipped, SplitName, Splits
from ..errors import ProjectError, command
from ..files import write_json
from .backbone import Backbone
from .evaluation import Evaluation
from .metrics import JSON_LINES, EpochMetrics, lowest_loss, read_metrics, warn_once, write_metrics

Saved = Literal["model", "state"]
SWEEPS = "sweeps"  # in the folder of the runs: what `train --sweep` writes about its runs
OTHER_RUN = f"Choose another run. To list them, run: {command('runs')}"


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """What `run.json` holds: how to build the model again, and how it was trained."""

    config: Config
    class_names: tuple[str, ...]
    input_spec: InputSpec
    num_samples: dict[str, int]
    num_parameters: int
    versions: dict[str, str]
    started: str
    storage: str = ""  # where the decoded samples were, and why; unknown before 0.8.0
    notes: tuple[str, ...] = ()  # how the data was divided, where nobody expects it; new in 0.8.0
    # What nobody set: the device, its threads, how batches are made; new in 0.9.0.
    decided: dict[str, str] = field(default_factory=dict)
    # Of the GPU or, on a CPU, of the whole process; new in 0.10.0.
    peak_memory_megabytes: int = 0
    backbone: Backbone | None = None  # the pretrained weights that it began with; new in 0.10.0

    def published(self) -> "RunRecord":
        """Return the record as an export tells it: without folders and servers, and what the machine was."""
        config, backbone = published(self.config), self.backbone and self.backbone.published()
        return replace(
            self, config=config, storage="", decided={}, peak_memory_megabytes=0, backbone=backbone
        )

    @classmethod
    def now(
        cls,
        config: Config,
        *,
        splits: Splits,
        num_parameters: int,
        packages: tuple[str, ...],
        decided: dict[str, str] | None = None,
        backbone: Backbone | None = None,
    ) -> "RunRecord":
        """Return the record of a run that starts now, with the versions of Python and `packages`."""
        return cls(
            config=config,
            class_names=splits.class_names,
            input_spec=splits.input_spec,
            num_samples=splits.num_samples(),
            num_parameters=num_parameters,
            versions={"python": platform.python_version()} | {name: version(name) for name in packages},
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            storage=splits.storage,
            notes=tuple(splits.notes),
            decided=decided or {},
            backbone=backbone,
        )


@dataclass(frozen=True)
class Run:
    """A folder under `runs/`; the top of this file lists what is in it."""

    path: Path

    @property
    def checkpoints(self) -> Path:
        """The folder of the saved model and states."""
        return self.path / "checkpoints"

    def has(self, wanted: Saved) -> bool:
        """Whether a model has been saved that can be evaluated, or a state that can be resumed."""
        patterns = ("best.*",) if wanted == "model" else ("last.*", "previous.*")
        return any(any(self.checkpoints.glob(pattern)) for pattern in patterns)

    def write_record(self, record: RunRecord) -> None:
        """Write `run.json`."""
        write_json(self.path / "run.json", asdict(record) | {"config": record.config.model_dump()})

    def read_record(self) -> RunRecord:
        """Return what `run.json` holds.

        Raises:
            ProjectError: the file is missing or damaged.
        """
        path = self.path / "run.json"
        try:
            values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            # Until 0.7.0 a password was accepted there; it is not needed to use the run.
            values["config"]["track"]["mlflow"] = without_credentials(values["config"]["track"]["mlflow"])
            config = check_config(values["config"], source=f"{path}: config")
            read = {
                "config": config,
                "class_names": tuple(values["class_names"]),
                # 0.9.0 wrote "stretch" into the specification, whatever was done.
                "input_spec": replace(InputSpec.taken_from(values), resize=config.data.resize),
                "notes": tuple(values.get("notes", ())),
                "decided": dict(values.get("decided", {})),
                "backbone": Backbone.taken_from(values.get("backbone")),
            }
            return RunRecord(**values | read)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ProjectError(f"{path} cannot be read ({error}).", fix=OTHER_RUN) from error

    def write_skipped(self, skipped: Sequence[Skipped]) -> None:
        """Write which files were not used, and why, and print how many; nothing if all were used."""
        if not skipped:
            return
        path = self.path / "skipped.txt"
        lines = "".join(f"{entry.file}: {entry.reason}\n" for entry in skipped)
        path.write_text(lines, encoding="utf-8", errors="backslashreplace")
        files = "1 file of the data is" if len(skipped) == 1 else f"{len(skipped)} files of the data are"
        print(f"{files} not used; {path} says why.")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other process from training into this folder; the lock dies with its process.

        Raises:
            ProjectError: another process trains into it.
        """
        try:
            with FileLock(self.path / "run.lock", blocking=False):
                yield
        except Timeout as error:
            raise ProjectError(
                f"{self.path} is being trained by another process.",
                fix=f"Wait until it ends, or start a new run: {command('train')}",
            ) from error

    def append_metrics(self, metrics: EpochMetrics) -> None:
        """Add a line to `metrics.jsonl`."""
        write_metrics([*self.read_metrics(), metrics], self.path)

    def read_metrics(self) -> list[EpochMetrics]:
        """Return the metrics of the epochs so far."""
        return read_metrics(self.path / JSON_LINES)

    def keep_metrics(self, num_epochs: int) -> None:
        """Drop the lines of later epochs, which are trained again after a process was killed."""
        kept = [metrics for metrics in self.read_metrics() if metrics.epoch <= num_epochs]
        write_metrics(kept, self.path)

    def read_evaluation(self, split: SplitName = "test") -> Evaluation | None:
        """Return what `evaluate` wrote for `split`, None if it has not run yet.

        Raises:
            ProjectError: the file is damaged.
        """
        path = self.evaluation_path(split)
        if not path.exists():
            return None
        try:
            return TypeAdapter(Evaluation).validate_json(path.read_bytes())
        except (OSError, ValueError) as error:
            raise ProjectError(
                f"{path} is damaged: {str(error).splitlines()[0]}.",
                fix=f"Run: {command('evaluate')} --run {self.path}",
            ) from error

    def evaluation_path(self, split: SplitName) -> Path:
        """Return the file of the evaluation on `split`; that on the test split is the run's evaluation."""
        return self.path / ("evaluation.json" if split == "test" else f"evaluation-{split}.json")


def create_run(runs_folder: Path) -> Run:
    """Return a new, empty run."""
    run = Run(create_folder(runs_folder))
    run.checkpoints.mkdir()
    return run


def create_folder(parent: Path) -> Path:
    """Return a new, empty folder that is named after the time in UTC and the first free number."""
    time = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    number = 1
    while (path := parent / f"{time}-{number}").exists():
        number += 1
    try:
        path.mkdir(parents=True)
    except FileExistsError:  # another process was faster
        return create_folder(parent)
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be created ({error.strerror}).", fix="Set runs_folder to a folder you can write."
        ) from error
    return path


def list_runs(runs_folder: Path) -> list[Run]:
    """Return the runs in the folder, oldest first."""
    return [Run(record.parent) for record in sorted(runs_folder.glob("*/run.json"), key=_by_time_and_number)]


def _by_time_and_number(record: Path) -> tuple[str, int]:
    time, _, number = record.parent.name.rpartition("-")
    return time, int(number) if number.isdecimal() else 0


def find_run(which: str, runs_folder: Path, *, wanted: Saved = "model", itself: bool = False) -> Run:
    """Return the run that `which` names: `latest`, `best` or a folder.

    The latest is the best trial of its sweep if it is a trial, or that trial `itself`, such as to resume it.
    The best has the lowest validation loss among those that learned the same classes from the same source
    as the latest: losses on other data cannot be compared.

    Raises:
        ProjectError: there is no such run, it has not saved what is wanted, a model to evaluate or a state
            from which it can be trained, or the latest, to which others are compared, cannot be read.
    """
    if which not in {"latest", "best"}:
        for run in (Run(Path(which)), Run(runs_folder / which)):
            if run.has(wanted):
                return run
        raise ProjectError(
            f"{which} is not a run that has saved a {wanted}; it must be latest, best or a run's folder.",
            fix=OTHER_RUN,
        )
    runs = [run for run in list_runs(runs_folder) if run.has(wanted)]
    if not runs:
        raise ProjectError(
            f"No run in {runs_folder} has saved a {wanted} yet.",
            fix=f"Train one first. Run: {command('train')}",
        )
    if which == "latest":
        return runs[-1] if itself else _best_trial(runs[-1], runs_folder, wanted)
    latest = _learned(runs[-1].read_record())
    comparable = [run for run, record in readable(runs) if _learned(record) == latest]
    losses = {run: best.validation_loss for run in comparable if (best := best_epoch(run))}
    return min(comparable, key=lambda run: losses.get(run, math.inf))


def readable(runs: Iterable[Run]) -> Iterator[tuple[Run, RunRecord]]:
    """Yield the runs with their records; warn of those whose record cannot be read, and leave them out."""
    for run in runs:
        try:
            yield run, run.read_record()
        except ProjectError as error:
            warn_once(f"{error.problem} This run is left out.")


def _best_trial(run: Run, runs_folder: Path, wanted: Saved) -> Run:
    """Return the best trial of the sweep in which `run` is a trial, and say so; otherwise `run` itself."""
    for table in (runs_folder / SWEEPS).glob("*/sweep.csv"):  # its rows are trials, the best first
        with table.open(newline="", encoding="utf-8", errors="replace") as file:
            names = [row.get("run") for row in csv.DictReader(file)]
        if run.path.name in names:
            best = next(each for name in names if (each := Run(runs_folder / str(name))).has(wanted))
            print(f"{best.path} is used, the best trial of {table.parent}.", file=sys.stderr)
            return best
    return run


def best_epoch(run: Run) -> EpochMetrics | None:
    """Return the epoch with the lowest validation loss, None if no epoch has ended with a finite one."""
    return lowest_loss(run.read_metrics())


def _learned(record: RunRecord) -> tuple[str, tuple[str, ...]]:
    return record.config.data.source, record.class_names
