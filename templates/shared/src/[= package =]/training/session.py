"""A run while it is trained: what is said, what is saved when, and when it ends."""

import math
import sys
import time
from dataclasses import replace
from typing import Any, Final

from tqdm import tqdm

from ..config.settings import TrainConfig
from ..data.codec import SAMPLES
from ..model.checkpoint import load_state, save_model, save_state
from ..model.device import peak_memory
from ..processes import Interrupts, World
from ..runs.backbone import Backbone
from ..runs.metrics import EpochMetrics
from ..runs.run import Run
from ..runs.tracking import Trackers
from .finetuning import notes, phases
from .loop import Trainer

CONTINUE: Final = 0
SAVE: Final = 1
STOP: Final = 2
OTHER_BITS = "the last bits of the weights may differ from an uninterrupted run's."
OTHER_LIBRARY = (
    "begun before 0.9.0. From here on another library varies the samples, within the same limits:"
    " the weights will differ from those of a run that was trained by one release."
)


class Session:
    """A run while it is trained, by this process alone or by several: the first one writes and speaks."""

    def __init__(self, run: Run, trainer: Trainer, interrupts: Interrupts) -> None:
        self.run, self.trainer, self.interrupts = run, trainer, interrupts
        self.world = trainer.group.world
        self.best_loss, self.best_epoch = math.inf, 0
        self.saved = time.monotonic()

    def resume(self) -> None:
        """Continue from the newest state that can be read, and forget what was written after it."""
        state = load_state(self.run)
        self.trainer.restore(state)
        self.best_loss, self.best_epoch = float(state["best_loss"]), int(state["best_epoch"])
        if self.world.is_first:
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
        processes = int(begun.get("processes", "1"))
        if processes != self.world.size:
            words = f"begun with {_processes(processes)}, resumed with {_processes(self.world.size)}"
            print(f"warning: {words}: {OTHER_BITS}")
        if not record.decided and self.world.is_first:  # begun before 0.9.0
            self.run.write_record(replace(record, decided=decided))
            if self.trainer.config.augment.is_on:
                print(f"warning: {OTHER_LIBRARY}")

    def train_to_the_end(self, trackers: Trackers) -> None:
        """Train until the last epoch, or until the validation loss has not improved for too long."""
        config, trainer = self.trainer.config.train, self.trainer
        _, num_parameters = trainer.learning_parameters()
        print(f"{self.run.path}: {num_parameters:,} parameters, {trainer.device}")
        print(f"{SAMPLES}: {trainer.splits.storage}")
        if self.world.size > 1:
            print(f"processes: {self.world.size}")
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
            # No bar where stderr is not a terminal.
            disable=None if self.world.is_first else True,
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
        for note in notes(config, backbone, trainer.splits.input_spec):
            print(f"note: {note}")

    def _is_done(self) -> bool:
        trainer = self.trainer
        return is_done(trainer.config.train, trainer.epoch - 1, self.best_epoch, trainer.num_head_epochs)

    def _run_epoch(self, bar: "tqdm[Any]", trackers: Trackers) -> None:
        def after_batch(num_samples: int) -> None:
            bar.update(num_samples)
            wish = self.trainer.group.agree(self._wish())
            if wish != CONTINUE:
                self.save()
            if wish == STOP:
                raise KeyboardInterrupt

        metrics = self.trainer.run_epoch(after_batch)
        if self.world.is_first:
            self.run.append_metrics(metrics)
        trackers.log(metrics)
        self.trainer.group.wait()  # a server may be slow to answer the first one
        is_best = metrics.validation_loss < self.best_loss
        if is_best:
            self.best_loss, self.best_epoch = metrics.validation_loss, metrics.epoch
            self._save_model()
        self.save()
        line = epoch_line(metrics, epochs=self.trainer.config.train.epochs)
        bar.write(line + ("  best" if is_best else ""), file=sys.stdout)

    def _wish(self) -> int:
        """Return what this process wants to do after a batch; of several, the largest wish is done by all."""
        if self.interrupts.requested:
            return STOP
        minutes = (time.monotonic() - self.saved) / 60
        return SAVE if minutes >= self.trainer.config.train.checkpoint_minutes else CONTINUE

    def _save_model(self) -> None:
        model = self.trainer.whole_model()  # all processes take part in this
        if self.world.is_first:
            save_model(model, self.run)

    def save(self) -> None:
        """Save the state, unless a loss of this epoch is not finite, and record how much memory it takes."""
        self.trainer.check_losses()
        best = {"best_loss": self.best_loss, "best_epoch": self.best_epoch}
        state = self.trainer.state() | best  # all processes take part in this
        self.saved = time.monotonic()
        if not self.world.is_first:
            return
        save_state(state, self.run)
        self.saved = time.monotonic()
        record, peak = self.run.read_record(), round(peak_memory(self.trainer.device) / 1e6)
        if peak > record.peak_memory_megabytes:  # also than before it was resumed
            self.run.write_record(replace(record, peak_memory_megabytes=peak))


def shared_by(world: World) -> dict[str, str]:
    """Return what is written down of how many processes train a run: nothing of one that is alone."""
    return {"processes": str(world.size)} if world.size > 1 else {}


def _processes(number: int) -> str:
    return "1 process" if number == 1 else f"{number} processes"


def epoch_line(metrics: EpochMetrics, *, epochs: int) -> str:
    """Return the line that is printed after an epoch, one of `epochs`."""
    return (
        f"epoch {metrics.epoch:>{len(str(epochs))}}/{epochs}"
        f"  train: loss {metrics.train_loss:.4f}, accuracy {metrics.train_accuracy:.4f}"
        f"  val: {metrics.validation_loss:.4f}, {metrics.validation_accuracy:.4f}"
    )


def is_done(config: TrainConfig, num_epochs: int, best_epoch: int, num_head_epochs: int) -> bool:
    """Return whether so many epochs are all, or the last ones were no better for too long.

    Epochs that train the last layer of a pretrained network alone do not count, if others follow.
    """
    first = num_head_epochs if num_head_epochs < config.epochs else 0
    num_worse = num_epochs - max(best_epoch, first)
    return num_epochs >= config.epochs or num_worse >= config.early_stopping_patience
