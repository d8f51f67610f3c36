"""The training loop, written out: every step that changes the weights is on this page."""

import math
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR

from .checkpoint import save_model
from .config import Config, TrainConfig
from .data import Splits, load_splits
from .device import choose_device
from .metrics import compute_metrics
from .model import (
    Classifier,
    build_model,
    count_parameters,
    predict_logits,
    set_normalisation,
    to_tensor,
)
from .plots import plot_learning_curve
from .progress import Progress
from .runs import EpochMetrics, Run, RunRecord, create_run


def train(config: Config) -> Run:
    """Train a model as `config` says and return its run.

    The seed decides the split, the first weights, the order of the samples and the dropout.
    """
    splits = load_splits(config.data, config.seed)
    trainer = Trainer(config, splits)
    run = create_run(Path(config.runs_folder))
    run.write_record(
        RunRecord.now(
            config,
            class_names=splits.class_names,
            image_shape=splits.image_shape,
            num_parameters=count_parameters(trainer.model),
            packages=("torch", "numpy"),
        )
    )
    title = f"{run.path}: {count_parameters(trainer.model):,} parameters, {trainer.device}"
    best_loss, best_epoch = math.inf, 0
    with Progress(title=title, num_samples=len(splits.train), epochs=config.train.epochs) as progress:
        for epoch in range(1, config.train.epochs + 1):
            metrics = trainer.run_epoch(epoch, progress)
            run.append_metrics(metrics)
            save_model(trainer.model, run, "last")
            is_best = metrics.validation_loss < best_loss
            if is_best:
                best_loss, best_epoch = metrics.validation_loss, epoch
                save_model(trainer.model, run, "best")
            progress.end_epoch(metrics, is_best=is_best)
            if epoch - best_epoch >= config.train.early_stopping_patience:
                break
    plot_learning_curve(run.read_metrics(), run.path / "learning-curve.png")
    return run


class Trainer:
    """The model and all that changes with it while it is trained."""

    def __init__(self, config: Config, splits: Splits) -> None:
        """Build the model from the seed and put the training split on the device."""
        torch.manual_seed(config.seed)
        self.config = config
        self.splits = splits
        self.device = choose_device(config.train.device)
        model = build_model(config.model, image_shape=splits.image_shape, num_classes=len(splits.class_names))
        set_normalisation(model, splits.train.images)
        self.model = model.to(self.device)
        # The whole split stays on the device, one byte a pixel: no loader is quicker than that.
        self.images = to_tensor(splits.train.images, self.device)
        self.labels = torch.from_numpy(splits.train.labels).to(self.device)
        self.optimizer = _optimizer(self.model, config.train)
        num_batches = math.ceil(len(splits.train) / config.train.batch_size)
        self.schedule = _schedule(self.optimizer, config.train, num_batches)

    def run_epoch(self, epoch: int, progress: Progress) -> EpochMetrics:
        """Train on every sample once, then measure on the validation split."""
        started = time.perf_counter()
        train_loss, train_accuracy = self._train_on_all(epoch, progress)
        trained = time.perf_counter()
        split = self.splits.validation
        logits = predict_logits(self.model, split.images)
        validation = compute_metrics(logits, split.labels, self.splits.class_names)
        return EpochMetrics(
            epoch=epoch,
            train_loss=train_loss,
            train_accuracy=train_accuracy,
            validation_loss=validation.loss,
            validation_accuracy=validation.accuracy,
            learning_rate=self.optimizer.param_groups[0]["lr"],
            samples_per_second=len(self.labels) / (trained - started),
            seconds=time.perf_counter() - started,
        )

    def _train_on_all(self, epoch: int, progress: Progress) -> tuple[float, float]:
        """Take one step a batch, in the epoch's own order; return loss and accuracy averaged over samples."""
        self.model.train()
        # Sums stay on the device: reading one at every step would make a GPU wait.
        loss_sum = torch.zeros((), device=self.device)
        num_correct = torch.zeros((), device=self.device)
        order = sample_order(len(self.labels), seed=self.config.seed, epoch=epoch)
        for batch in order.to(self.device).split(self.config.train.batch_size):
            labels = self.labels[batch]
            logits, loss = self._step(self.images[batch], labels)
            loss_sum += loss * len(batch)
            num_correct += (logits.argmax(dim=1) == labels).sum()
            progress.advance(len(batch))
        return float(loss_sum) / len(self.labels), float(num_correct) / len(self.labels)

    def _step(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Change the weights once; return logits (batch, classes) and the mean loss, both detached."""
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.device.type == "cuda"):
            logits = self.model(images)
            loss = cross_entropy(logits, labels)
        self.optimizer.zero_grad()
        loss.backward()
        clip_grad_norm_(self.model.parameters(), self.config.train.gradient_clip_norm)
        self.optimizer.step()
        self.schedule.step()
        return logits.detach(), loss.detach()


def sample_order(num_samples: int, *, seed: int, epoch: int) -> Tensor:
    """Return a permutation (num_samples,) that depends on nothing but the seed and the epoch."""
    # 1,000,003 is prime and larger than any number of epochs: no two runs share an order.
    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    return torch.randperm(num_samples, generator=generator)


def _optimizer(model: Classifier, config: TrainConfig) -> AdamW:
    """Return AdamW that decays matrices and kernels, but neither biases nor normalisation."""
    parameters = list(model.parameters())
    groups: list[dict[str, Any]] = [
        {"params": [tensor for tensor in parameters if tensor.dim() > 1]},
        {"params": [tensor for tensor in parameters if tensor.dim() <= 1], "weight_decay": 0.0},
    ]
    # Fused: one kernel for all parameters, the quickest on a CPU as well.
    return AdamW(groups, lr=config.learning_rate, weight_decay=config.weight_decay, fused=True)


def _schedule(optimizer: Optimizer, config: TrainConfig, num_batches: int) -> LambdaLR:
    """Return a learning rate that rises in a line over the warm-up and then falls to 0 as a cosine."""
    num_warmup = config.warmup_epochs * num_batches
    num_steps = config.epochs * num_batches

    def factor(step: int) -> float:
        if step < num_warmup:
            return (step + 1) / (num_warmup + 1)
        remaining = (num_steps - step) / max(num_steps - num_warmup, 1)
        return 0.5 * (1 - math.cos(math.pi * remaining))

    return LambdaLR(optimizer, factor)
