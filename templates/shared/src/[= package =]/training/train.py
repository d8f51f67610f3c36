"""One run, from its beginning or from where it stopped, to its end."""

import math
import sys
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ..config.settings import Config
from ..data.codec import SAMPLES, SETTING
from ..data.load import load_splits
from ..data.splits import Splits
from ..errors import ProjectError
from ..model.checkpoint import load_state, save_model, save_state
from ..model.device import LIBRARIES, is_out_of_memory, num_threads
from ..model.network import count_parameters
from ..processes import Interrupts
from ..runs.metrics import EpochMetrics
from ..runs.plots import plot_learning_curve
from ..runs.run import Run, RunRecord, create_run
from ..runs.samples import check_resumable, load_run_splits, record_source, write_samples
from ..runs.tracking import Trackers, require_trackers, tracking
from .loop import Trainer, fits
from .losses import warn_of_imbalance


def train(config: Config, *, resume: Run | None = None) -> Run:
    """Train a model as `config` says, or resume a run, and return the run.

    The seed decides the split, the first weights, the order of the samples, their augmentation and the
    dropout.

    Raises:
        ProjectError: the data, the memory or the loss does not allow it, or the run cannot be resumed.
        KeyboardInterrupt: Ctrl-C or SIGTERM; the state is saved.
    """
    require_trackers(config.track)
    splits = (
        load_run_splits(resume, "train", config.data) if resume else load_splits(config.data, config.seed)
    )
    try:
        return _train(config, splits, resume)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
    # The memory of the failed batch is free only out here: an exception keeps the variables of its frames.
    raise out_of_memory(config, splits)


def _train(config: Config, splits: Splits, resume: Run | None) -> Run:
    trainer = Trainer(config, splits)
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


def _new_run(config: Config, splits: Splits, trainer: Trainer) -> Run:
    run = create_run(Path(config.runs_folder))
    packages, num_parameters = (*LIBRARIES, "numpy"), count_parameters(trainer.model)
    run.write_record(RunRecord.now(config, splits=splits, num_parameters=num_parameters, packages=packages))
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
        if state["threads"] != num_threads():
            print(
                f"warning: begun with {state['threads']} threads, resumed with {num_threads()}:"
                " the last bits of the weights may differ from an uninterrupted run's."
            )

    def train_to_the_end(self, trackers: Trackers) -> None:
        """Train until the last epoch, or until the validation loss has not improved for too long."""
        config, trainer = self.trainer.config.train, self.trainer
        print(f"{self.run.path}: {count_parameters(trainer.model):,} parameters, {trainer.device}")
        print(f"{SAMPLES}: {trainer.splits.storage}")
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

    def _is_done(self) -> bool:
        config, num_epochs = self.trainer.config.train, self.trainer.epoch - 1
        return num_epochs >= config.epochs or num_epochs - self.best_epoch >= config.early_stopping_patience

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
        """Save the state, unless a loss of this epoch is not finite."""
        self.trainer.check_losses()
        best = {"best_loss": self.best_loss, "best_epoch": self.best_epoch}
        save_state(self.trainer.state() | best, self.run)
        self.saved = time.monotonic()


def epoch_line(metrics: EpochMetrics, *, epochs: int) -> str:
    """Return the line that is printed after an epoch, one of `epochs`."""
    return (
        f"epoch {metrics.epoch:>{len(str(epochs))}}/{epochs}"
        f"  train: loss {metrics.train_loss:.4f}, accuracy {metrics.train_accuracy:.4f}"
        f"  val: {metrics.validation_loss:.4f}, {metrics.validation_accuracy:.4f}"
    )


def out_of_memory(config: Config, splits: Splits) -> ProjectError:
    """Return the error for a batch that did not fit, with the largest half, quarter … of it that does."""
    batch_size = config.train.batch_size
    fitting = batch_size // 2
    while fitting > 0 and not fits(config, splits, fitting):
        fitting //= 2
    problem = f"A batch of {batch_size} {SAMPLES} of {splits.input_spec} does not fit into memory."
    if fitting == 0:
        return ProjectError(problem, fix=f"Not even one fits: set a smaller [model] size or {SETTING}.")
    return ProjectError(
        problem,
        fix=f"Set [train] batch_size = {fitting}, which fits, and accumulate_batches ="
        f" {batch_size // fitting * config.train.accumulate_batches} for steps as large as before.",
    )
