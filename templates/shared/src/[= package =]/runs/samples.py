"""Whether the data and the settings of a run are still those with which it was begun."""

import csv
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..config.settings import DIGITS, Config, DataConfig, in_toml
from ..data.codec import SAMPLES
from ..data.load import load_splits
from ..data.splits import SPLIT_NAMES, Split, SplitName, Splits
from ..errors import ProjectError, command, quoted
from ..files import is_folder, is_there, replacing
from .run import OTHER_RUN, Run, RunRecord

FILE_NAME = "samples.csv"  # in the run's folder
# The model was fitted to the first of these splits, and chosen by the second: figures on them are too good.
SEEN: dict[SplitName, tuple[SplitName, ...]] = {
    "train": (),
    "validation": ("train",),
    "test": ("train", "validation"),
}
AS_IT_WAS = f"Put the data back as it was, or start a new run: {command('train')}"


def load_run_splits(run: Run, split: SplitName, data: DataConfig | None = None) -> Splits:
    """Return the splits that the run was trained with; `data` says where its data is now.

    Where the run recorded them and all samples are still there, those that were added since are left out.

    Raises:
        ProjectError: the data is not there, has other classes, or the run has learned from some of the
            samples that `split` has now.
    """
    record = run.read_record()
    data = data or record.config.data
    if data.source != DIGITS and not is_there(data.path):
        raise ProjectError(
            f'{run.path} was trained with the {SAMPLES} in "{data.source}", which is not there.',
            fix="If it was moved, say where it is now: --set data.source=PATH",
        )
    splits = load_splits(
        data,
        record.config.seed,
        bits=record.input_spec.bits,
        recorded=lambda everything: recorded_places(run, everything, data),
    )
    _check_classes(run, record, splits)
    seen = {name for earlier in SEEN[split] for name in _read_samples(run).get(earlier, ())}
    names = _names(splits, data).get(split, [])
    if known := [name for name in names if name in seen]:
        raise ProjectError(
            f"{run.path} has learned from {len(known)} of the {len(names)} {SAMPLES} that are now the"
            f" {split} split, for example {known[0]}: the folder has changed, and figures would be too good.",
            fix=AS_IT_WAS,
        )
    return splits


def recorded_places(
    run: Run, everything: Split, data: DataConfig
) -> dict[SplitName, NDArray[np.int64]] | None:
    """Return where each split's samples are in `everything`; None if that is unknown or some are gone."""
    then = _read_samples(run)
    if not then or everything.files is None:
        return None
    places = {name: place for place, name in enumerate(_file_names(everything.files, data))}
    if any(name not in places for names in then.values() for name in names):
        return None
    if added := len(places) - sum(map(len, then.values())):
        print(f"{SAMPLES} added since {run.path} was trained are not used: {added}", file=sys.stderr)
    return {split: np.array([places[name] for name in names], np.int64) for split, names in then.items()}


def check_resumable(run: Run, config: Config, splits: Splits) -> None:
    """Make sure that `config` and `splits` are those with which the run was begun.

    Raises:
        ProjectError: what differs, old and new.
    """
    record = run.read_record()
    _check_classes(run, record, splits)
    then, now = _read_samples(run), _names(splits, config.data)
    # Where samples are may differ if they are known to be the same.
    source = {"source": config.data.source} if then else {}
    before = record.config.model_copy(update={"data": record.config.data.model_copy(update=source)})
    differences = changes(before, config)
    for split in SPLIT_NAMES:
        count_then, count_now = record.num_samples[split], len(splits.named(split))
        if count_then != count_now:
            differences.append(f"{split} split: {count_then} samples when it began, {count_now} now")
        elif then and (others := sorted(set(now.get(split, ())) - set(then[split]))):
            differences.append(
                f"{split} split: {len(others)} other {SAMPLES} than when it began, for example {others[0]}"
            )
    if differences:
        settings = quoted(settings_of(before, config))
        raise ProjectError(
            f"{run.path} cannot be resumed, this has changed:\n  " + "\n  ".join(differences),
            fix=f"Add to the command: {settings}. Or start a new run: {command('train')}"
            if settings
            else AS_IT_WAS,
        )


def record_source(run: Run, data: DataConfig) -> None:
    """Write where the run's samples are now into its record, if they were moved."""
    record = run.read_record()
    if record.config.data.source != data.source:
        moved = record.config.data.model_copy(update={"source": data.source})
        run.write_record(replace(record, config=record.config.model_copy(update={"data": moved})))
        print(f"{run.path}: its {SAMPLES} are now those in {data.source}, which are the same.")


def changes(before: Config, now: Config) -> list[str]:
    """Return a line, old and new, for each changed setting that decides what is learned."""
    changed = _changed(before, now).items()
    return [f"{name}: {then!r} when it began, {value!r} now" for name, (then, value) in changed]


def settings_of(before: Config, now: Config) -> list[str]:
    """Return options that set back each changed setting that decides what is learned."""
    changed = _changed(before, now).items()
    return [word for name, (then, _) in changed for word in ("--set", f"{name}={in_toml(then)}")]


def _changed(before: Config, now: Config) -> dict[str, tuple[object, object]]:
    then, today = before.learned_settings(), now.learned_settings()
    return {name: (then[name], value) for name, value in today.items() if then[name] != value}


def write_samples(run: Run, splits: Splits, data: DataConfig) -> None:
    """Write which sample is in which split; nothing for samples that do not come from files."""
    names = _names(splits, data)
    if not names:
        return
    with (
        replacing(run.path / FILE_NAME) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(("split", "file"))
        writer.writerows((split, name) for split in SPLIT_NAMES for name in names[split])


def _check_classes(run: Run, record: RunRecord, splits: Splits) -> None:
    """Make sure that the labels of `splits` mean what they meant when the run began."""
    if record.class_names != splits.class_names:
        raise ProjectError(
            f"{run.path} learned {len(record.class_names)} classes ({', '.join(record.class_names)}),"
            f" but the data now has {len(splits.class_names)} ({', '.join(splits.class_names)}).",
            fix=AS_IT_WAS,
        )


def _read_samples(run: Run) -> dict[SplitName, list[str]]:
    """Return the names by split; empty for the digits, and for a run that is older than this file."""
    path = run.path / FILE_NAME
    if not path.exists():
        return {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, strict=True))
        return {split: [row["file"] for row in rows if row["split"] == split] for split in SPLIT_NAMES}
    except (OSError, ValueError, KeyError, csv.Error) as error:
        # Without it nobody knows what the run has learned from.
        raise ProjectError(f"{path} is damaged ({error}).", fix=OTHER_RUN) from error


def _names(splits: Splits, data: DataConfig) -> dict[SplitName, list[str]]:
    """Return each split's files, relative to the data folder; empty if the samples are in no files."""
    files = {split: splits.named(split).files for split in SPLIT_NAMES}
    return {split: _file_names(paths, data) for split, paths in files.items() if paths is not None}


def _file_names(files: Sequence[Path], data: DataConfig) -> list[str]:
    folder = data.path if is_folder(data.path) else data.path.parent
    return [
        _in_utf8((file.relative_to(folder) if folder in file.parents else file).as_posix()) for file in files
    ]


def _in_utf8(name: str) -> str:
    """Return a file's name with an escape for each byte that is not UTF-8."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
