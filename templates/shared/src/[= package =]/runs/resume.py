"""Whether a run can be resumed: only with the settings and the data that it began with."""

from ..config.settings import Config
from ..data.splits import Splits
from ..errors import ProjectError
from .run import Run, RunRecord
from .samples import changed_samples, check_classes


def check_resumable(run: Run, config: Config, splits: Splits) -> RunRecord:
    """Return the run's record if `config` and `splits` are those that it began with.

    Raises:
        ProjectError: what differs, old and new.
    """
    record = run.read_record()
    check_classes(run, record, splits)
    counts = [
        f"{name} split: {record.num_samples[name]} samples when it began, {count} now"
        for name, count in splits.num_samples().items()
        if record.num_samples[name] != count
    ]
    samples = counts or changed_samples(run, splits, config.data.source)
    differences = changes(record.config, config) + samples
    if differences:
        raise ProjectError(
            f"{run.path} cannot be resumed, something changed since:\n  " + "\n  ".join(differences),
            fix="Put it back (repeat the same --set), or begin a new run: `train` without --resume.",
        )
    return record


def changes(before: Config, now: Config) -> list[str]:
    """Return each setting that is no longer what it was and that decides what is learned, old and new."""
    then = before.learned_settings()
    return [
        f"{name}: {then[name]!r} when it began, {value!r} now"
        for name, value in now.learned_settings().items()
        if then[name] != value
    ]
