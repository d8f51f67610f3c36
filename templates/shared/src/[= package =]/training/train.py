"""One run, from its beginning or from where it stopped, to its end."""

import math
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ..config.settings import Config, TrainConfig
from ..data.codec import SAMPLES, SETTING
from ..data.load import load_splits
from ..data.splits import Splits
from ..errors import ProjectError, command
from ..model.checkpoint import load_state, save_model, save_state
from ..model.device import LIBRARIES, free_memory, is_out_of_memory, peak_memory
from ..model.network import count_parameters
from ..processes import Interrupts
from ..runs.backbone import Backbone
from ..runs.metrics import EpochMetrics
from ..runs.plots import plot_learning_curve
from ..runs.run import Run, RunRecord, create_run
from ..runs.samples import check_resumable, load_run_splits, record_source, write_samples
from ..runs.tracking import Trackers, require_trackers, tracking
from .finetuning import head_epochs, notes, phases
from .loop import Trainer, fits
from .losses import warn_of_imbalance

OTHER_BITS = "the last bits of the weights may differ from an uninterrupted run's."
OTHER_LIBRARY = (
    "begun before 0.9.0. From here on another library varies the samples, within the same limits:"
    " the weights will differ from those of a run that was trained by one release."
)


def train(config: Config, *, resume: Run | None = None, further: Run | None = None) -> Run:
    """Train a model as `config` says, or resume a run, and return the run.

    With `further`, a run that was trained to its end, a new run begins with its last weights and its splits.

    The seed decides the split, the first weights, the order of the samples, their augmentation and the
    dropout.

    Raises:
        ProjectError: the data, the memory or the loss does not allow it, or the run cannot be resumed.
        KeyboardInterrupt: Ctrl-C or SIGTERM; the state is saved.
    """
    require_trackers(config.track)
    earlier = resume or further
    splits = (
        load_run_splits(earlier, "train", config.data) if earlier else load_splits(config.data, config.seed)
    )
    try:
        return _train(config, splits, resume, further)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
    # The memory of the failed batch is free only out here: an exception keeps the variables of its frames.
    free_memory()
    raise out_of_memory(config, splits, earlier.read_record().backbone if earlier else None)


def _train(config: Config, splits: Splits, resume: Run | None, further: Run | None) -> Run:
    earlier = resume or further
    record = earlier.read_record() if earlier else None
    trainer = Trainer(
        config, splits, record.decided if record and resume else None, record.backbone if record else None
    )
    if further:
        splits = replace(splits, notes=(*splits.notes, take_weights(trainer, further)))
    run = resume or _new_run(config, splits, trainer)
    with run.locked(), Interrupts() as interrupts:
        session = Session(run, trainer, interrupts)
        if resume:
            check_resumable(run, config, splits)
            record_source(run, config.data)
            session.resume()
        with tracking(run, config.track) as trackers:
            session.train_to_the_end(trackers)
    plot_learning_curve(run.read_metrics(), run.path / "learning-curve.png")
    return run


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
    weights = {key: value for key, value in state.items() if key.partition("/")[0] in {"model", "average"}}
    trainer.restore(trainer.state() | weights)
    rate = config.finetune.learning_rate if record.backbone else config.train.learning_rate
    return (
        f"begins with the last weights of {run.path}, with a new schedule of {config.train.epochs} epochs:"
        f" the learning rate rises to {rate:g} again"
    )


def is_done(config: TrainConfig, num_epochs: int, best_epoch: int, num_head_epochs: int) -> bool:
    """Return whether so many epochs are all, or the last ones were no better for too long.

    Epochs that train the last layer of a pretrained network alone do not count, if others follow.
    """
    first = num_head_epochs if num_head_epochs < config.epochs else 0
    num_worse = num_epochs - max(best_epoch, first)
    return num_epochs >= config.epochs or num_worse >= config.early_stopping_patience


def _new_run(config: Config, splits: Splits, trainer: Trainer) -> Run:
    run = create_run(Path(config.runs_folder))
    record = RunRecord.now(
        config,
        splits=splits,
        num_parameters=count_parameters(trainer.model),
        packages=(*LIBRARIES, "numpy"),
        decided=trainer.decided,
        backbone=trainer.backbone,
    )
    run.write_record(record)
    for note in splits.notes:
        print(f"note: {note}")
    run.write_skipped(splits.skipped)
    write_samples(run, splits, config.data)
    warn_of_imbalance(splits, config.train)
    return run


class Session:
    """A run while it is trained: what is saved when, and when it ends."""

    def __init__(self, run: Run, trainer: Trainer, interrupts: Interrupts) -> None:
        self.run, self.trainer, self.interrupts = run, trainer, interrupts
        self.best_loss, self.best_epoch = math.inf, 0
        self.saved = time.monotonic()

    def resume(self) -> None:
        """Continue from the newest state that can be read, and forget what was written after it."""
        state = load_state(self.run)
        self.trainer.restore(state)
        self.best_loss, self.best_epoch = float(state["best_loss"]), int(state["best_epoch"])
        self.run.keep_metrics(self.trainer.epoch - 1)
        if self._is_done():
            print(f"{self.run.path} was trained to its end: nothing is left to do.")
        self._compare_with_begin(threads=str(state["threads"]))

    def _compare_with_begin(self, *, threads: str) -> None:
        """Say why the weights may become others than those of an uninterrupted run."""
        record, decided = self.run.read_record(), self.trainer.decided
        begun = {"device": decided["device"]} | record.decided | {"threads": threads}
        if begun["device"] != decided["device"]:
            print(f"warning: begun on {begun['device']}, resumed on {decided['device']}: {OTHER_BITS}")
        if begun["threads"] != decided["threads"]:
            words = f"begun with {begun['threads']} threads, resumed with {decided['threads']}"
            print(f"warning: {words}: {OTHER_BITS}")
        if not record.decided:  # begun before 0.9.0
            self.run.write_record(replace(record, decided=decided))
            if self.trainer.config.augment.is_on:
                print(f"warning: {OTHER_LIBRARY}")

    def train_to_the_end(self, trackers: Trackers) -> None:
        """Train until the last epoch, or until the validation loss has not improved for too long."""
        config, trainer = self.trainer.config.train, self.trainer
        print(f"{self.run.path}: {count_parameters(trainer.model):,} parameters, {trainer.device}")
        print(f"{SAMPLES}: {trainer.splits.storage}")
        if made := trainer.decided.get("batches"):
            print(f"batches: {made}")
        if trainer.backbone:
            self._tell_phases(trainer.backbone)
        if trainer.decided.get("compile") == "true":
            print("network: compiled for faster steps; the first one takes longer")
        if trainer.config.augment.is_on:
            print(f"augmentation: {trainer.config.augment}")
        num_samples = len(trainer.splits.train)
        with tqdm(
            total=num_samples * config.epochs,
            initial=(trainer.epoch - 1) * num_samples + trainer.num_done * config.batch_size,
            unit=" samples",
            unit_scale=True,
            leave=False,
            disable=None,  # no bar where stderr is not a terminal
        ) as bar:
            while not self._is_done():
                self._run_epoch(bar, trackers)

    def _tell_phases(self, backbone: Backbone) -> None:
        """Say which weights the run began with, and which of them learn when."""
        config, trainer = self.trainer.config, self.trainer
        known = backbone.license or "unknown"
        print(f"backbone: {backbone.name}, {backbone.megabytes:g} MB, license {known}")
        head, whole = trainer.learning_parameters()
        print(f"fine-tuning: {phases(config, trainer.num_head_epochs, head=head, whole=whole)}")
        for note in notes(config, backbone, trainer.splits.input_spec.shape):
            print(f"note: {note}")

    def _is_done(self) -> bool:
        trainer = self.trainer
        return is_done(trainer.config.train, trainer.epoch - 1, self.best_epoch, trainer.num_head_epochs)

    def _run_epoch(self, bar: "tqdm[Any]", trackers: Trackers) -> None:
        def after_batch(num_samples: int) -> None:
            bar.update(num_samples)
            minutes = (time.monotonic() - self.saved) / 60
            if self.interrupts.requested or minutes >= self.trainer.config.train.checkpoint_minutes:
                self.save()
            if self.interrupts.requested:
                raise KeyboardInterrupt

        metrics = self.trainer.run_epoch(after_batch)
        self.run.append_metrics(metrics)
        trackers.log(metrics)
        is_best = metrics.validation_loss < self.best_loss
        if is_best:
            self.best_loss, self.best_epoch = metrics.validation_loss, metrics.epoch
            save_model(self.trainer.trained_model, self.run)
        self.save()
        line = epoch_line(metrics, epochs=self.trainer.config.train.epochs)
        bar.write(line + ("  best" if is_best else ""), file=sys.stdout)

    def save(self) -> None:
        """Save the state, unless a loss of this epoch is not finite, and record how much memory it takes."""
        self.trainer.check_losses()
        best = {"best_loss": self.best_loss, "best_epoch": self.best_epoch}
        save_state(self.trainer.state() | best, self.run)
        self.saved = time.monotonic()
        record, peak = self.run.read_record(), round(peak_memory(self.trainer.device) / 1e6)
        if peak > record.peak_memory_megabytes:  # also than before it was resumed
            self.run.write_record(replace(record, peak_memory_megabytes=peak))


def epoch_line(metrics: EpochMetrics, *, epochs: int) -> str:
    """Return the line that is printed after an epoch, one of `epochs`."""
    return (
        f"epoch {metrics.epoch:>{len(str(epochs))}}/{epochs}"
        f"  train: loss {metrics.train_loss:.4f}, accuracy {metrics.train_accuracy:.4f}"
        f"  val: {metrics.validation_loss:.4f}, {metrics.validation_accuracy:.4f}"
    )


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
