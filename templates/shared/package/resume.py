"""Whether a run can go on where it stopped: only with the settings and the data that it began with."""

from .config import Config
from .errors import ProjectError
from .runs import Run, RunRecord
from .splits import Splits

# These change where and how quickly it computes, not what.
FREE = {
    "runs_folder",
    "data.cache_megabytes",
    "data.workers",
    "train.checkpoint_minutes",
    "train.device",
}


def check_resumable(run: Run, config: Config, splits: Splits) -> RunRecord:
    """Return the run's record if `config` and `splits` are those that it began with.

    Raises:
        ProjectError: what differs, old and new.
    """
    record = run.read_record()
    if list(record.class_names) != list(splits.class_names):
        raise ProjectError(
            f"{run.path} learned {len(record.class_names)} classes ({', '.join(record.class_names)}),"
            f" but the data now has {len(splits.class_names)} ({', '.join(splits.class_names)}).",
            fix="Put the data back as it was, or begin a new run: `train` without --resume.",
        )
    differences = changes(record.config, config)
    differences += [
        f"{name} split: {record.num_samples[name]} samples when it began, {count} now"
        for name, count in splits.num_samples().items()
        if record.num_samples[name] != count
    ]
    if differences:
        raise ProjectError(
            f"{run.path} cannot go on, something changed since:\n  " + "\n  ".join(differences),
            fix="Put it back (repeat the same --set), or begin a new run: `train` without --resume.",
        )
    return record


def changes(before: Config, now: Config) -> list[str]:
    """Return each setting that is no longer what it was and that decides what is learned, old and new."""
    then = before.named_settings()
    return [
        f"{name}: {then[name]!r} when it began, {value!r} now"
        for name, value in now.named_settings().items()
        if then[name] != value and name not in FREE
    ]
