"""The training loop: every step that changes the weights is in this file."""

import time
from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ..config.settings import Config
from ..data.batches import normalization_inputs
from ..data.splits import Splits
from ..evaluation.evaluate import measure
from ..model.backbones.find import find_backbone
from ..model.checkpoint import State
from ..model.device import (
    choose_device,
    computing_on,
    free_memory,
    limit_threads,
    memory_format,
    num_threads,
    seed_device,
)
from ..model.network import Classifier, build_model, count_parameters, set_normalization
from ..model.pretrained import Frozen, PretrainedNetwork
from ..model.sizes import network_size
from ..runs.backbone import Backbone
from ..runs.metrics import EpochMetrics
from .augment import Augmentation, mixed, seed_draws
from .batches import Batch, TrainingBatches, lost_worker, read_batch
from .compilation import compiled, is_compiled
from .distributed import ALONE, Group
from .finetuning import head_epochs
from .losses import check_losses, class_weights, mean_loss
from .optimizer import build_optimizer

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
        torch.manual_seed(config.seed)
        torch.use_deterministic_algorithms(config.train.deterministic)
        self.device = choose_device(config.train.device, begun.get("device"))
        size, num_classes = network_size(config.model, splits.input_spec), len(splits.class_names)
        limit_threads(size, begun.get("threads"))
        self.memory_format, self.backbone = memory_format(size), backbone
        self.model = self._built_model().to(self.device)
        self.model.to(memory_format=self.memory_format)  # type: ignore[call-overload]
        compiles = is_compiled(self.model, config, splits, self.device, begun.get("compile"))
        self.forward = compiled(self.model, config.train.batch_size) if compiles else self.model
        self.average = moving_average(self.model, config.train.ema_decay)
        self.parameters = list(self.model.parameters())
        self.class_weights = torch.from_numpy(class_weights(splits, config.train)).to(self.device)
        # The share of one batch in the gradients of a step.
        self.share = torch.tensor(1 / config.train.accumulate_batches, device=self.device)
        self.batches = TrainingBatches(splits.train, config, self.device)
        self.num_batches = len(self.batches.order)
        self.augmentation = Augmentation(config.augment, num_classes) if config.augment.is_on else None
        self.num_head_epochs = head_epochs(config, splits) if self.backbone else 0
        num_epochs = self.num_head_epochs
        self.optimizer, self.schedule = build_optimizer(self.model, config, self.num_batches, num_epochs)
        self.decided = {"device": str(self.device), "threads": str(num_threads())}
        self.decided |= {"batches": self.batches.source, "compile": str(compiles).lower()}
        self.epoch, self.num_done, self.seconds = 1, 0, 0.0
        # These stay on the device: a GPU would have to wait if they were read after every batch.
        self.losses = torch.zeros(self.num_batches, device=self.device)
        self.num_correct = torch.zeros((), device=self.device)

    def _built_model(self) -> Classifier:
        """Return the model with its first weights: the pretrained ones, unless the state will bring them."""
        config, splits = self.config, self.splits
        begins = config.model.backbone and not self.backbone
        fetched = find_backbone(config.model.backbone) if begins else None
        self.backbone = fetched.backbone if fetched else self.backbone
        model = build_model(
            config.model,
            input_spec=splits.input_spec,
            num_classes=len(splits.class_names),
            backbone=self.backbone,
        )
        if not isinstance(model, PretrainedNetwork):
            set_normalization(model, normalization_inputs(splits.train))
        elif fetched:
            model.load_pretrained(fetched)
        return model

    @property
    def trained_model(self) -> Classifier:
        """The model to measure and keep: the moving average of the weights, if there is one."""
        return cast(Classifier, self.average.module) if self.average else self.model

    def whole_model(self) -> Classifier:
        """Return `trained_model` with all of its weights; all processes have to ask for it."""
        return self.trained_model

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
        validation = measure(self.trained_model, self.splits.validation, self.splits.class_names)
        losses, num_samples = self.losses.cpu().numpy(), len(self.splits.train)
        metrics = EpochMetrics(
            epoch=self.epoch,
            train_loss=mean_loss(losses, num_samples=num_samples, batch_size=self.config.train.batch_size),
            train_accuracy=float(self.num_correct) / num_samples,
            validation_loss=validation.loss,
            validation_accuracy=validation.accuracy,
            learning_rate=self.optimizer.param_groups[0]["lr"],
            samples_per_second=num_samples / self.seconds,
            seconds=self.seconds + time.perf_counter() - started,
        )
        self.epoch, self.num_done, self.seconds = self.epoch + 1, 0, 0.0
        self.num_correct.zero_()
        return metrics

    def _train(self, after_batch: AfterBatch) -> None:
        """Compute the rest of the epoch's batches, and step after each or after every few."""
        config = self.config.train
        self.model.train()
        if isinstance(self.model, PretrainedNetwork):
            self.model.freeze(self._frozen())
        # Dropout depends only on seed, epoch and batch: a resumed run drops what an uninterrupted one does.
        seeds = [mixed(self.config.seed, self.epoch, number) for number in range(self.num_batches)]
        started = time.perf_counter()
        for batch in self.batches.epoch(self.epoch, first=self.num_done):
            if self.augmentation:
                seed_draws(self.device, self.config.seed, self.epoch, self.num_done)
                batch = Batch(*self.augmentation(*batch))
            seed_device(self.device, seeds[self.num_done])
            self.add_gradients(batch)
            self.num_done += 1
            if self.num_done % config.accumulate_batches == 0 or self.num_done == self.num_batches:
                self._step()
            if self.num_done % 50 == 0 or self.num_done == self.num_batches:
                self.check_losses()
            self.seconds += time.perf_counter() - started
            after_batch(len(batch.labels))
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
        """Compute the loss of a batch, averaged over its samples, and add its gradients to those so far."""
        inputs, labels = batch.inputs.contiguous(memory_format=self.memory_format), batch.labels
        smoothing = self.config.train.label_smoothing
        with computing_on(self.device):
            logits = self.forward(inputs)
            losses = cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)
            if self.config.train.class_weights:
                losses = losses * self._weights(labels)
            loss = losses.mean()
        loss.backward(self.share)
        self.losses[self.num_done] = loss.detach()
        largest = labels if labels.dim() == 1 else labels.argmax(dim=1)
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
        done = self.losses[: self.num_done].cpu().numpy()
        check_losses(done, epoch=self.epoch, num_batches=self.num_batches)

    def state(self) -> State:
        """Return all that is needed to continue with exactly the same weights."""
        return {
            "model": self.model.state_dict(),
            "average": self.average.state_dict() if self.average else None,
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "gradients": [parameter.grad for parameter in self.model.parameters()],
            "epoch": self.epoch,
            "num_done": self.num_done,
            "seconds": self.seconds,
            "losses": self.losses,
            "num_correct": self.num_correct,
            "threads": torch.get_num_threads(),
        }

    def restore(self, state: State) -> None:
        """Continue as the trainer that returned `state`."""
        self.model.load_state_dict(state["model"])
        if self.average:
            self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        for parameter, gradient in zip(self.model.parameters(), state["gradients"], strict=True):
            parameter.grad = None if gradient is None else gradient.to(self.device)
        self.epoch, self.num_done, self.seconds = state["epoch"], state["num_done"], state["seconds"]
        self.losses, self.num_correct = state["losses"].to(self.device), state["num_correct"].to(self.device)


def follow(average: AveragedModel, model: nn.Module, decay: float) -> None:
    """Do what `average.update_parameters(model)` does, but for its copy of a number to the device.

    A GPU would have to wait for it after every step (PyTorch 2.13, 2026-11).
    """
    pairs = list(zip(average.module.state_dict().values(), model.state_dict().values(), strict=True))
    blend = get_ema_multi_avg_fn(decay)
    for kind in {averaged.dtype for averaged, _ in pairs}:
        averaged, weights = ([pair[side] for pair in pairs if pair[0].dtype == kind] for side in (0, 1))
        if average.n_averaged == 0:  # which is on the CPU
            torch._foreach_copy_(averaged, weights)
        else:
            blend(averaged, weights, average.n_averaged)
    average.n_averaged += 1


def moving_average(model: Classifier, decay: float) -> AveragedModel | None:
    """Return what follows the weights of the model slowly, None if `decay` is 0."""
    if not decay:
        return None
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)


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
