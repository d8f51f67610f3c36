"""One run, from its beginning or from where it stopped, to its end."""

import hashlib
from dataclasses import replace
from pathlib import Path

from ..config.settings import Config, TrackConfig, TrainConfig
from ..data.codec import SAMPLES, SETTING
from ..data.load import load_splits
from ..data.splits import Splits
from ..errors import ProjectError, command
from ..model.checkpoint import load_state
from ..model.device import LIBRARIES, free_memory, is_out_of_memory
from ..processes import Interrupts
from ..runs.backbone import Backbone
from ..runs.plots import plot_learning_curve
from ..runs.run import Run, RunRecord, create_run
from ..runs.samples import check_resumable, load_run_splits, record_source, write_samples
from ..runs.tracking import require_trackers, tracking
from .distributed import Group, joined
from .finetuning import head_epochs, highest_rates
from .launching.launched import record_run
from .loop import Trainer, fits
from .losses import warn_of_imbalance
from .session import Session, is_done, shared_by


def train(config: Config, *, resume: Run | None = None, further: Run | None = None) -> Run:
    """Train a model as `config` says, or resume a run, and return the run.

    With `further`, a run that was trained to its end, a new run begins with its last weights and its splits.
    If the environment says that this process is one of several, they train one model together.

    The seed decides the split, the first weights, the order of the samples, their augmentation and the
    dropout.

    Raises:
        ProjectError: the data, the memory or the loss does not allow it, or the run cannot be resumed.
        KeyboardInterrupt: Ctrl-C or SIGTERM; the state is saved.
    """
    require_trackers(config.track)
    with joined(_meeting(config.train, resume)) as group:
        return _train_in(group, config, resume, further)


def _meeting(config: TrainConfig, resume: Run | None) -> TrainConfig:
    """Return the settings with which processes meet: a run that was begun on a CPU stays there."""
    begun = resume.read_record().decided.get("device") if resume else None
    if config.device != "auto" or begun != "cpu":
        return config
    return config.model_copy(update={"device": "cpu"})


def _train_in(group: Group, config: Config, resume: Run | None, further: Run | None) -> Run:
    resume, further = _same_run(group, resume), _same_run(group, further)
    earlier = resume or further
    splits = (
        load_run_splits(earlier, "train", config.data) if earlier else load_splits(config.data, config.seed)
    )
    _check_same(group, config, splits)
    try:
        return _train(group, config, splits, resume, further)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
    # The memory of the failed batch is free only out here: an exception keeps the variables of its frames.
    free_memory()
    if group.world.size > 1:
        raise out_of_memory_together(config, splits, group)
    raise out_of_memory(config, splits, earlier.read_record().backbone if earlier else None)


def _same_run(group: Group, run: Run | None) -> Run | None:
    """Return the run that the first process has found: which one is the latest may change meanwhile."""
    path = group.same(str(run.path) if run else "")
    if group.world.size == 1 or not path:
        return run if group.world.size == 1 else None
    return Run(Path(path))


def _check_same(group: Group, config: Config, splits: Splits) -> None:
    """Make sure that all processes have the samples and the settings of the first one.

    Raises:
        ProjectError: this one has others, as on a machine where a file is missing.
    """
    paths = ("data.source", "model.backbone")  # each machine may have its own
    settings = {name: value for name, value in config.learned_settings().items() if name not in paths}
    digest = hashlib.sha256(repr((settings, splits.class_names)).encode())
    for split in (splits.train, splits.validation, splits.test):
        digest.update(split.labels.tobytes())
        digest.update(repr([file.name for file in split.files or ()]).encode())
    if group.same(digest.hexdigest()) != digest.hexdigest():
        raise ProjectError(
            f"Process {group.world.rank} of {group.world.size} has other samples or settings than the first.",
            fix=f"Give all machines the same data and config.toml; to compare, run: {command('check-data')}",
        )


def _train(group: Group, config: Config, splits: Splits, resume: Run | None, further: Run | None) -> Run:
    earlier = resume or further
    record = earlier.read_record() if earlier else None
    decided, backbone = (record.decided if resume else None, record.backbone) if record else (None, None)
    trainer = Trainer(config, splits, decided, backbone, group=group)
    if further:
        splits = replace(splits, notes=(*splits.notes, take_weights(trainer, further)))
    with Interrupts() as interrupts:
        if not group.world.is_first:
            run = Run(Path(group.same("")))
            _to_the_end(Session(run, trainer, interrupts), is_resumed=resume is not None)
            return run
        run = resume or _new_run(config, splits, trainer)
        with run.locked():
            if resume:
                check_resumable(run, config, splits)
                record_source(run, config.data)
            record_run(run.path)
            group.same(str(run.path))  # the others begin only now
            _to_the_end(Session(run, trainer, interrupts), is_resumed=resume is not None)
    plot_learning_curve(run.read_metrics(), run.path / "learning-curve.png")
    return run


def _to_the_end(session: Session, *, is_resumed: bool) -> None:
    trainer = session.trainer
    if is_resumed:
        session.resume()
    elif trainer.group.world.size > 1:
        session.save()  # so that all can begin again if one of them fails before the first checkpoint
    track = trainer.config.track if trainer.group.world.is_first else TrackConfig()
    with tracking(session.run, track) as trackers:
        trainer.group.wait()  # a server may be slow to answer the first one
        session.train_to_the_end(trackers)


def take_weights(trainer: Trainer, run: Run) -> str:
    """Have the trainer begin with the last weights of a run that was trained to its end; return a note.

    Raises:
        ProjectError: the run is not at its end, or its network, its samples or its averaging are others.
    """
    record, state = run.read_record(), load_state(run)
    past = record.config.train
    num_epochs, best_epoch = int(state["epoch"]) - 1, int(state["best_epoch"])
    num_head_epochs = head_epochs(record.config, trainer.splits) if record.backbone else 0
    if not is_done(past, num_epochs, best_epoch, num_head_epochs):
        raise ProjectError(
            f"{run.path} has trained {num_epochs} of its {past.epochs} epochs: it is not at its end.",
            fix=f"To let it end, run: {command(f'train --resume --run {run.path}')}",
        )
    config = trainer.config
    past_config = record.config
    other = {"train": past, "augment": past_config.augment, "finetune": past_config.finetune}  # may be new
    check_resumable(run, config.model_copy(update=other), trainer.splits)
    if (past.ema_decay > 0) != (config.train.ema_decay > 0):
        raise ProjectError(
            f"{run.path} was trained with ema_decay = {past.ema_decay:g}: its average cannot be switched.",
            fix=f"Add: --set train.ema_decay={past.ema_decay:g}",
        )
    own = {key: value for key, value in trainer.state().items() if not _is_learned(key)}
    trainer.restore(own | {key: value for key, value in state.items() if _is_learned(key)})
    one = (config.train.learning_rate,)
    rate, *later = highest_rates(config, trainer.num_head_epochs) if record.backbone else one
    return (
        f"begins with the last weights of {run.path}, with a new schedule of {config.train.epochs} epochs:"
        f" the learning rate rises to {rate:g} again" + "".join(f", and then to {each:g}" for each in later)
    )


def _is_learned(key: str) -> bool:
    """Return whether a part of a state is the model or the average of its weights."""
    return key.partition("/")[0] in {"model", "average"}


def _new_run(config: Config, splits: Splits, trainer: Trainer) -> Run:
    run = create_run(Path(config.runs_folder))
    record = RunRecord.now(
        config,
        splits=splits,
        num_parameters=trainer.learning_parameters()[1],
        packages=(*LIBRARIES, "numpy"),
        decided=trainer.decided | shared_by(trainer.group.world),
        backbone=trainer.backbone,
    )
    run.write_record(record)
    for note in splits.notes:
        print(f"note: {note}")
    run.write_skipped(splits.skipped)
    write_samples(run, splits, config.data)
    warn_of_imbalance(splits, config.train)
    return run


def out_of_memory(config: Config, splits: Splits, backbone: Backbone | None = None) -> ProjectError:
    """Return the error for a batch that did not fit, with the largest half, quarter … of it that does."""
    batch_size = config.train.batch_size
    fitting = batch_size // 2
    while fitting > 0 and not fits(config, splits, fitting, backbone):
        fitting //= 2
    problem = f"A batch of {batch_size} {SAMPLES} of {splits.input_spec} does not fit into memory."
    if fitting == 0:
        return ProjectError(problem, fix=f"Not even one fits: set a smaller [model] size or {SETTING}.")
    return ProjectError(
        problem,
        fix=f"Set [train] batch_size = {fitting}, which fits, and accumulate_batches ="
        f" {batch_size // fitting * config.train.accumulate_batches} for steps as large as before.",
    )


def out_of_memory_together(config: Config, splits: Splits, group: Group) -> ProjectError:
    """Return the error for a share of a batch that did not fit: what does is not tried by several at once."""
    world = group.world
    share = -(-config.train.batch_size // world.size)
    return ProjectError(
        f"A share of {share} {SAMPLES} of {splits.input_spec} does not fit into the memory of process"
        f" {world.rank} of {world.size}.",
        fix="Start more processes, or set a smaller [train] batch_size and a larger accumulate_batches.",
    )
