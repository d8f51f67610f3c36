"""The training loop: every step that changes the weights is in this file."""

import time
from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_

from ..config.settings import Config
from ..data.splits import Splits
from ..evaluation.evaluate import compute_metrics, logits_of
from ..model.checkpoint import State
from ..model.device import (
    choose_device,
    computing_on,
    free_memory,
    limit_threads,
    memory_format,
    num_threads,
    seed_device,
    threads_together,
)
from ..model.network import Classifier, count_parameters
from ..model.pretrained import Frozen, PretrainedNetwork
from ..model.sizes import network_size
from ..runs.backbone import Backbone
from ..runs.evaluation import Metrics
from ..runs.metrics import EpochMetrics
from .augment import Augmentation, mixed, seed_draws
from .average import follow, moving_average
from .batches import Batch, TrainingBatches, lost_worker, read_batch
from .compilation import compiled, is_compiled
from .distributed import ALONE, Group
from .finetuning import head_epochs
from .first_model import first_model
from .losses import check_losses, class_weights, mean_loss
from .optimizer import build_optimizer
from .parallel import Parallel

AfterBatch = Callable[[int], None]


class Trainer:
    """The model, and all that changes while it is trained.

    `epoch` is the one that is being trained, counted from 1; `num_done` is the number of its batches so far.
    """

    def __init__(
        self,
        config: Config,
        splits: Splits,
        decided: Mapping[str, str] | None = None,
        backbone: Backbone | None = None,
        *,
        group: Group = ALONE,
    ) -> None:
        """Build the untrained model; what was `decided` when its run began is repeated.

        With the `backbone` that its run began with, pretrained weights are not read: the state has them all.
        """
        begun, self.config, self.splits, self.group = decided or {}, config, splits, group
        group.wait()  # until all have read the samples; from here on they are never far apart
        torch.manual_seed(config.seed)
        torch.use_deterministic_algorithms(config.train.deterministic)
        self.device = choose_device(config.train.device, begun.get("device"))
        size, num_classes = network_size(config.model, splits.input_spec), len(splits.class_names)
        limit_threads(size, threads_together(size, group.world, begun))
        self.memory_format = memory_format(size)
        self.model, self.backbone = first_model(config, splits, backbone)
        self.model.to(self.device)
        if config.train.sharding == "none":
            self.model.to(memory_format=self.memory_format)  # type: ignore[call-overload]
        compiles = is_compiled(self.model, config, splits, self.device, begun.get("compile"))
        self.batches = TrainingBatches(splits.train, config, self.device, group.world)
        self.num_batches = len(self.batches.order)
        self.decided = {"device": str(self.device), "threads": str(num_threads())}
        self.decided |= {"batches": self.batches.source, "compile": str(compiles).lower()}
        self.parallel = Parallel(self.model, config.train, group, self.device)
        self._make_network()
        self.average = moving_average(self.model, config.train.ema_decay)
        self.parameters = list(self.model.parameters())
        num_epochs = self.num_head_epochs = head_epochs(config, splits) if self.backbone else 0
        self.optimizer, self.schedule = build_optimizer(self.model, config, self.num_batches, num_epochs)
        varied = Augmentation(config.augment, num_classes, group.world)
        self.augmentation = varied if config.augment.is_on else None
        self.epoch, self.num_done, self.seconds = 1, 0, 0.0
        self._prepare_losses()

    def _prepare_losses(self) -> None:
        config, self.validation = self.config.train, self.splits.validation.share(self.group.world)
        self.class_weights = torch.from_numpy(class_weights(self.splits, config)).to(self.device)
        # The share of one batch in the gradients of a step, which are averaged over processes.
        self.share = torch.tensor(self.group.world.size / config.accumulate_batches, device=self.device)
        # These stay on the device: a GPU would have to wait if they were read after every batch. Each process
        # has its part of the sums.
        self.losses = torch.zeros(self.num_batches, device=self.device)
        self.num_correct = torch.zeros((), device=self.device)

    def _make_network(self) -> None:
        """Make what is called to compute: the model, compiled or not, for one process or for several."""
        self.network = self.parallel.network()
        self.forward: Callable[[Tensor], Tensor] = self.network
        if self.decided["compile"] == "true":
            order = self.batches.order
            self.forward = compiled(self.network, len(order.share(np.arange(order.batch_size))))

    @property
    def trained_model(self) -> Classifier:
        """The model to measure and keep: the moving average of the weights, if there is one."""
        return cast(Classifier, self.average.module) if self.average else self.model

    def whole_model(self) -> Classifier:
        """Return `trained_model` with all of its weights, to the first process; all have to ask for it."""
        if not (weights := self.parallel.whole_weights()):
            return self.trained_model
        model, _ = first_model(self.config, self.splits, self.backbone)
        model.load_state_dict(weights)
        return model

    def run_epoch(self, after_batch: AfterBatch) -> EpochMetrics:
        """Train on the rest of the epoch, evaluate the validation split, and move on to the next epoch.

        `after_batch` is called after each batch with its number of samples; the state may be saved then.
        """
        try:
            self._train(after_batch)
        except BaseException as error:
            signals = self.batches.close()  # the workers end with what went wrong, or with Ctrl-C
            if signals and isinstance(error, Exception):
                raise lost_worker(signals, self.config.data.workers) from error
            raise
        started = time.perf_counter()
        validation = self._validate()
        losses, num_samples = self.group.total(self.losses).cpu().numpy(), len(self.splits.train)
        metrics = EpochMetrics(
            epoch=self.epoch,
            train_loss=mean_loss(losses, num_samples=num_samples, batch_size=self.config.train.batch_size),
            train_accuracy=float(self.group.total(self.num_correct)) / num_samples,
            validation_loss=validation.loss,
            validation_accuracy=validation.accuracy,
            learning_rate=self.optimizer.param_groups[0]["lr"],
            samples_per_second=num_samples / self.seconds,
            seconds=self.seconds + time.perf_counter() - started,
        )
        self.epoch, self.num_done, self.seconds = self.epoch + 1, 0, 0.0
        self.num_correct.zero_()
        return metrics

    def _validate(self) -> Metrics:
        """Return the metrics of the validation split, of which each process predicts a share."""
        self.group.follow_first(self.trained_model.buffers())
        split = self.splits.validation
        logits = self.group.gather(logits_of(self.trained_model, self.validation), len(split))
        return compute_metrics(logits, split.labels, self.splits.class_names)

    def _train(self, after_batch: AfterBatch) -> None:
        """Compute the rest of the epoch's batches, and step after each or after every few."""
        self.model.train()
        if self.parallel.freeze(self._frozen()):
            self._make_network()
        # Dropout depends only on seed, epoch and batch: a resumed run drops what an uninterrupted one does.
        seeds = [mixed(self.config.seed, self.epoch, number) for number in range(self.num_batches)]
        started, num_samples = time.perf_counter(), 0
        for batch in self.batches.epoch(self.epoch, first=self.num_done):
            if self.augmentation:
                seed_draws(self.device, self.config.seed, self.epoch, self.num_done)
                batch = Batch(*self.augmentation(*batch, self.batches.order.size(self.num_done)))
            seed_device(self.device, seeds[self.num_done])
            self.add_gradients(batch)
            num_samples += self.batches.order.size(self.num_done)
            is_step = self.batches.ends_step(self.num_done)
            self.num_done += 1
            if is_step:
                self._step()
            if self.num_done % 50 == 0 or self.num_done == self.num_batches:
                self.check_losses()
            self.seconds += time.perf_counter() - started
            if is_step or self.group.world.size == 1:  # between them, gradients lie in all processes
                after_batch(num_samples)
                num_samples = 0
            started = time.perf_counter()

    def learning_parameters(self) -> tuple[int, int]:
        """Return how many numbers learn while the last layer is trained alone, and after that."""
        if not isinstance(self.model, PretrainedNetwork):
            return (whole := count_parameters(self.model)), whole
        return self.model.count_learning(batch_norm=self.config.finetune.batch_norm == "trained")

    def _frozen(self) -> Frozen:
        """Return which weights of a pretrained network do not learn in this epoch."""
        if self.epoch <= self.num_head_epochs:
            return "backbone"
        return "normalization" if self.config.finetune.batch_norm == "frozen" else "nothing"

    def add_gradients(self, batch: Batch) -> None:
        """Compute the loss of a batch, averaged over its samples, and add its gradients to those so far.

        Of several processes, each computes its share of the batch, and its part of the average.
        """
        inputs, labels = batch.inputs.contiguous(memory_format=self.memory_format), batch.labels
        smoothing = self.config.train.label_smoothing
        num_samples, world = self.batches.order.size(self.num_done), self.group.world
        ends_step = self.batches.ends_step(self.num_done)
        with self.parallel.batch(self.network, num_samples, ends_step), computing_on(self.device):
            logits = self.forward(inputs)
            losses = cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)
            if self.config.train.class_weights:
                losses = losses * self._weights(labels)
            loss = losses.mean() if world.size == 1 else losses.sum() / num_samples
            if world.rank >= num_samples:  # its one sample is another one's, too
                loss = loss * 0
            loss.backward(self.share)
        self.losses[self.num_done] = loss.detach()
        largest = labels if labels.dim() == 1 else labels.argmax(dim=1)
        if world.rank < num_samples:
            self.num_correct += (logits.argmax(dim=1) == largest).sum()

    def _weights(self, labels: Tensor) -> Tensor:
        """Return what each sample counts: the weight of its class, or of its shares of all classes."""
        if labels.dim() == 1:
            return self.class_weights[labels]
        return (labels * self.class_weights).sum(dim=1)

    def _step(self) -> None:
        """Change the weights once, and clear the gradients."""
        clip_grad_norm_(self.parameters, self.config.train.gradient_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.schedule.step()
        if self.average:
            follow(self.average, self.model, self.config.train.ema_decay)

    def check_losses(self) -> None:
        """Stop if a loss of this epoch is not finite; it has not been saved yet."""
        done = self.group.total(self.losses[: self.num_done]).cpu().numpy()
        check_losses(done, epoch=self.epoch, num_batches=self.num_batches)

    def state(self) -> State:
        """Return all that is needed to continue with exactly the same weights, in any number of processes.

        All processes have to ask for it; the state of the first one is whole.
        """
        weights = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict() if self.average else None,
            "optimizer": self.optimizer.state_dict(),
            "gradients": [parameter.grad for parameter in self.parameters],
        }
        return self.parallel.whole(weights) | {
            "schedule": self.schedule.state_dict(),
            "epoch": self.epoch,
            "num_done": self.num_done,
            "seconds": self.seconds,
            "losses": self.group.total(self.losses),
            "num_correct": self.group.total(self.num_correct),
            "threads": torch.get_num_threads(),
        }

    def restore(self, state: State) -> None:
        """Continue as the trainers that returned `state`, which is whole."""
        state = self.parallel.part(state, self.optimizer)
        self.model.load_state_dict(state["model"])
        if self.average:
            self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        for parameter, gradient in zip(self.parameters, state["gradients"], strict=True):
            parameter.grad = None if gradient is None else gradient.to(self.device)
        self.epoch, self.num_done, self.seconds = state["epoch"], state["num_done"], state["seconds"]
        self.losses, self.num_correct = state["losses"].to(self.device), state["num_correct"].to(self.device)


def fits(config: Config, splits: Splits, batch_size: int, backbone: Backbone | None = None) -> bool:
    """Return whether a step with so many samples fits into memory, tried with another trainer.

    What it took is free again when this returns.
    """
    try:
        _try_step(Trainer(config, splits, {"compile": "false"}, backbone), batch_size)
    except (MemoryError, RuntimeError):
        fitted = False
    else:
        fitted = True
    free_memory()
    return fitted


def _try_step(trainer: Trainer, batch_size: int) -> None:
    indices = np.zeros(batch_size, dtype=np.int64)
    batch = trainer.batches.on_device(read_batch(trainer.splits.train, indices))
    if trainer.augmentation:
        batch = Batch(*trainer.augmentation(*batch))
    trainer.add_gradients(batch)
    trainer._step()  # noqa: SLF001
