"""Training with `fit`, an epoch at a time, and all that changes meanwhile."""

import math
import time
from collections.abc import Callable, Mapping

import keras
import numpy as np
import tensorflow as tf

from ..config.settings import Config
from ..data.batches import normalization_inputs
from ..data.splits import Splits
from ..evaluation.evaluate import compute_metrics, logits_of
from ..model.backbones.fetched import Fetched
from ..model.backbones.find import find_backbone
from ..model.checkpoint import State, assign_variables, variables_as_state
from ..model.device import choose_device, computing_on, free_memory, num_threads
from ..model.network import NORMALIZATION, Classifier, build_model, count_parameters, set_normalization
from ..model.pretrained import freeze_batch_norm, head_weights, load_pretrained
from ..runs.backbone import Backbone
from ..runs.evaluation import Metrics
from ..runs.metrics import EpochMetrics
from .batches import TrainingBatches
from .compilation import wanted_compilation
from .distributed import ALONE, Group
from .finetuning import head_epochs
from .losses import check_losses, mean_loss
from .optimizer import build_optimizer
from .shared_step import SharedStep
from .shares import Share
from .step import TrainingStep

AfterBatch = Callable[[int], None]
HAS_AVERAGE = "average/has_begun"  # in a state: a further run takes it over with the average


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
        """Build the untrained model from the seed; what was `decided` when its run began is repeated.

        With the `backbone` that its run began with, pretrained weights are not read: the state has them all.
        """
        if config.train.deterministic:
            tf.config.experimental.enable_op_determinism()
        self.config, self.splits, self.group, begun = config, splits, group, decided or {}
        self.device = choose_device(config.train.device, begun.get("device"))
        fetched = find_backbone(config.model.backbone) if config.model.backbone and not backbone else None
        self.backbone = fetched.backbone if fetched else backbone
        self.num_head_epochs = head_epochs(config, splits) if self.backbone else 0
        # Right before the model is built: anything built in between would change the first weights.
        keras.utils.set_random_seed(config.seed)
        with computing_on(self.device):
            self.model = self._first_model(fetched)
            average = self._untrained_model() if config.train.ema_decay else None
            share = Share(group.world) if group.world.size > 1 else None
            self.batches = TrainingBatches(splits.train, splits.input_spec, config, self.device, share)
            self.num_batches = self.batches.num_batches
            self.step = self._untrained_step(average, share)
            self.optimizer = build_optimizer(self.model, config, self.num_batches, self.num_head_epochs)
            self._compile(share, begun.get("compile"))
        self.decided = {
            "device": str(self.device),
            "threads": str(num_threads()),
            "batches": self.batches.source,
            "compile": str(self.step.is_compiled_by_xla).lower(),
        }
        self.epoch, self.num_done, self.seconds = 1, 0, 0.0

    @property
    def trained_model(self) -> Classifier:
        """The model to measure and keep: the moving average of the weights, if there is one."""
        return self.step.average or self.model

    def whole_model(self) -> Classifier:
        """Return `trained_model` with all of its weights; all processes have to ask for it."""
        return self.trained_model

    def run_epoch(self, after_batch: AfterBatch) -> EpochMetrics:
        """Train on the rest of the epoch, evaluate the validation split, and move on to the next epoch.

        `after_batch` is called after one or more batches with their number of samples; the state may be
        saved then.
        """
        with computing_on(self.device):
            self._train(after_batch)
            started = time.perf_counter()
            validation = self._measure()
        losses, num_samples = self.step.batch_losses.numpy(), len(self.splits.train)
        metrics = EpochMetrics(
            epoch=self.epoch,
            train_loss=mean_loss(losses, num_samples=num_samples, batch_size=self.config.train.batch_size),
            train_accuracy=int(self.step.num_correct) / num_samples,
            validation_loss=validation.loss,
            validation_accuracy=validation.accuracy,
            learning_rate=float(self.optimizer.learning_rate),
            samples_per_second=num_samples / self.seconds,
            seconds=self.seconds + time.perf_counter() - started,
        )
        self.epoch, self.num_done, self.seconds = self.epoch + 1, 0, 0.0
        self.step.num_done.assign(0)
        self.step.num_correct.assign(0)
        return metrics

    def _measure(self) -> Metrics:
        """Return the metrics of the whole validation split; each process computes its share of the logits."""
        validation = self.splits.validation
        logits = logits_of(self.trained_model, validation.share(self.group.world))
        whole = self.group.gather(logits, len(validation))
        return compute_metrics(whole, validation.labels, self.splits.class_names)

    def _train(self, after_batch: AfterBatch) -> None:
        """Let `fit` compute the rest of the epoch's batches."""
        first, started = self.num_done, time.perf_counter()

        def after_batches(batch: int, **_logs: object) -> None:
            nonlocal started
            before, self.num_done = self.num_done, min(first + batch + 1, self.num_batches)
            if self.num_done // 50 > before // 50 or self.num_done == self.num_batches:
                self.check_losses()
            self.seconds += time.perf_counter() - started
            after_batch(self._num_samples(self.num_done) - self._num_samples(before))
            started = time.perf_counter()

        if first == self.num_batches:
            return
        self.batches.begin(self.epoch, first=first)
        self.step.train_head_alone(self.epoch <= self.num_head_epochs)
        self.step.epoch.assign(self.epoch)
        try:
            with self.group.waiting():
                self.step.fit(
                    self.batches.stream,
                    steps_per_epoch=self.num_batches - first,
                    shuffle=False,  # the stream has its order
                    callbacks=WithoutLogs(
                        [keras.callbacks.LambdaCallback(on_train_batch_end=after_batches)],
                        add_history=True,
                        model=self.step,
                    ),
                    verbose=0,
                )
        except tf.errors.OpError as error:
            if self.batches.unreadable is None:
                raise
            raise self.batches.unreadable from error

    def learning_parameters(self) -> tuple[int, int]:
        """Return how many numbers learn while the last layer is trained alone, and after that."""
        whole = count_parameters(self.model)
        if not self.backbone:
            return whole, whole
        return sum(math.prod(weight.shape) for weight in head_weights(self.model)), whole

    def _num_samples(self, num_batches: int) -> int:
        return min(num_batches * self.config.train.batch_size, len(self.splits.train))

    def check_losses(self) -> None:
        """Stop if a loss of this epoch is not finite; it has not been saved yet."""
        done = self.step.batch_losses.numpy()[: self.num_done]
        check_losses(done, epoch=self.epoch, num_batches=self.num_batches)

    def state(self) -> State:
        """Return all that is needed to continue with exactly the same weights."""
        numbers = {"epoch": self.epoch, "num_done": self.num_done, "seconds": self.seconds}
        state = {name: np.array(value) for name, value in (numbers | {"threads": num_threads()}).items()}
        for name, variables in self._variables().items():
            state |= variables_as_state(variables, name)
        return state | {HAS_AVERAGE: self.step.has_average.numpy()}

    def restore(self, state: State) -> None:
        """Continue as the trainer that returned `state`."""
        for name, variables in self._variables().items():
            assign_variables(variables, state, name)
        self.step.has_average.assign(state.get(HAS_AVERAGE, 1.0))  # states of 0.11.0 lack it
        for model in filter(None, (self.model, self.step.average)):
            model.get_layer(NORMALIZATION).finalize_state()
        self.epoch, self.num_done = int(state["epoch"]), int(state["num_done"])
        self.seconds = float(state["seconds"])

    def _variables(self) -> dict[str, list[keras.Variable]]:
        # `variables`, not `weights`, which lack the random state of the dropout.
        return {
            "model": self.model.variables,
            "average": self.step.average.variables if self.step.average else [],
            "optimizer": self.optimizer.variables,
            "figures": self.step.figures,
        }

    def _untrained_model(self) -> Classifier:
        model = build_model(
            self.config.model,
            input_spec=self.splits.input_spec,
            num_classes=len(self.splits.class_names),
            backbone=self.backbone,
        )
        if not self.backbone:
            set_normalization(model, normalization_inputs(self.splits.train))
        elif self.config.finetune.batch_norm == "frozen":
            freeze_batch_norm(model)
        return model

    def _first_model(self, fetched: Fetched | None) -> Classifier:
        model = self._untrained_model()
        if fetched:
            load_pretrained(model, fetched)
        # Another kind of processor may round what is drawn in another way.
        self.group.follow_first(weight for weight in model.variables if "float" in weight.dtype)
        return model

    def _compile(self, share: Share | None, begun: str | None) -> None:
        xla = wanted_compilation(self.config.train, self.device, begun, share)
        # What several processes sum, they sum from Python: TensorFlow cannot do it within a loop.
        at_once = 1 if share else _batches_at_once(self.config, self.splits)
        self.step.compile_with(self.optimizer, xla, steps_per_execution=at_once)

    def _untrained_step(self, average: Classifier | None, share: Share | None) -> TrainingStep:
        parts = (self.model, average, self.config, self.splits, self.num_batches)
        return SharedStep(*parts, group=self.group, share=share) if share else TrainingStep(*parts)


class WithoutLogs(keras.callbacks.CallbackList):  # type: ignore[misc]  # Keras comes without types
    """Callbacks that are told no loss of a batch: a GPU would have to wait while Keras reads it for them."""

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:  # noqa: ARG002
        """Tell the number of the batch."""
        super().on_train_batch_end(batch)


def fits(config: Config, splits: Splits, batch_size: int, backbone: Backbone | None = None) -> bool:
    """Return whether a step with so many samples fits into memory, tried with another trainer.

    What it took is free again when this returns.
    """
    try:
        _try_step(Trainer(config, splits, backbone=backbone), batch_size)
    except (MemoryError, tf.errors.ResourceExhaustedError):
        fitted = False
    else:
        fitted = True
    free_memory()
    return fitted


def _try_step(trainer: Trainer, batch_size: int) -> None:
    train, indices = trainer.splits.train, np.zeros(batch_size, dtype=np.int64)
    with computing_on(trainer.device):
        trainer.step.train_on_batch(train.inputs[indices], train.labels[indices])


def _batches_at_once(config: Config, splits: Splits) -> int:
    """Return how many batches `fit` computes before it returns to Python: several if they are small.

    A return takes as long as a batch of a few digits, and only then can the state be saved or training stop.
    """
    return max(1, min(8, 2**18 // (config.train.batch_size * math.prod(splits.input_spec.shape[:2]))))
