"""The samples of a run: those that are there now must be those that it was trained with."""

import csv
from pathlib import Path

from ..config.settings import DIGITS, DataConfig
from ..data.codec import SAMPLES
from ..data.load import load_splits
from ..data.splits import SPLIT_NAMES, SplitName, Splits
from ..errors import ProjectError
from ..files import replacing
from .run import Run, RunRecord

FILE_NAME = "samples.csv"  # in the run's folder
# The model was fitted to the first of these splits, and chosen by the second: figures on them are too good.
SEEN: dict[SplitName, tuple[SplitName, ...]] = {
    "train": (),
    "validation": ("train",),
    "test": ("train", "validation"),
}
AS_IT_WAS = "Put the data back as it was, or begin a new run: `train` without --resume."


def load_run_splits(run: Run, split: SplitName, data: DataConfig | None = None) -> Splits:
    """Return the splits that the run was trained with, drawn again; `data` says where its data is now.

    Raises:
        ProjectError: the data is not there, has other classes, or some of `split` are now samples that
            the run learned from.
    """
    record = run.read_record()
    data = data or record.config.data
    if data.source != DIGITS and not Path(data.source).is_dir():
        raise ProjectError(
            f'{run.path} was trained with the {SAMPLES} in "{data.source}": there is no such folder.',
            fix="If it was moved, say where it is now: --set data.source=FOLDER",
        )
    splits = load_splits(data, record.config.seed)
    check_classes(run, record, splits)
    _check_unseen(run, split, _names(splits, data.source))
    return splits


def check_classes(run: Run, record: RunRecord, splits: Splits) -> None:
    """Make sure that the labels of `splits` mean what they meant when the run began.

    Raises:
        ProjectError: they do not.
    """
    if list(record.class_names) != list(splits.class_names):
        raise ProjectError(
            f"{run.path} learned {len(record.class_names)} classes ({', '.join(record.class_names)}),"
            f" but the data now has {len(splits.class_names)} ({', '.join(splits.class_names)}).",
            fix=AS_IT_WAS,
        )


def write_samples(run: Run, splits: Splits, source: str) -> None:
    """Write which sample was in which split; nothing for samples that come without files."""
    names = _names(splits, source)
    if not names:
        return
    with (
        replacing(run.path / FILE_NAME) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(("split", "file"))
        writer.writerows((split, name) for split in SPLIT_NAMES for name in names[split])


def changed_samples(run: Run, splits: Splits, source: str) -> list[str]:
    """Return a line for each split that no longer has the samples which it had when the run began."""
    then, now = _read_samples(run), _names(splits, source)
    return [
        f"{split} split: {len(others)} other {SAMPLES} than when it began, for example {others[0]}"
        for split in SPLIT_NAMES
        if then and (others := sorted(set(now.get(split, ())) - set(then[split])))
    ]


def _check_unseen(run: Run, split: SplitName, names: dict[SplitName, list[str]]) -> None:
    then = _read_samples(run)
    seen = {name for earlier in SEEN[split] for name in then.get(earlier, ())}
    known = [name for name in names.get(split, ()) if name in seen]
    if known:
        raise ProjectError(
            f"{run.path} has learned from {len(known)} of the {len(names[split])} {SAMPLES} that are now the"
            f" {split} split, for example {known[0]}: the folder has changed, and figures would be too good.",
            fix=AS_IT_WAS,
        )


def _read_samples(run: Run) -> dict[SplitName, list[str]]:
    """Return the names by split; empty for the digits, and for a run from before they were written."""
    path = run.path / FILE_NAME
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {split: [row["file"] for row in rows if row["split"] == split] for split in SPLIT_NAMES}


def _names(splits: Splits, source: str) -> dict[SplitName, list[str]]:
    """Return where each split's samples lie within the data folder; empty if no files are behind them."""
    files = {split: splits.named(split).files for split in SPLIT_NAMES}
    return {
        split: [file.relative_to(source).as_posix() for file in paths]
        for split, paths in files.items()
        if paths is not None
    }
