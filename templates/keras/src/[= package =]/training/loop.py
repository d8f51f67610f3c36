"""Training with `fit`: what it does with a batch, where batches come from, and all that changes meanwhile."""

import math
import time
from collections.abc import Callable, Iterator, Mapping

import keras
import numpy as np
import tensorflow as tf

from ..config.settings import Config, TrainConfig
from ..data.batches import READ_AHEAD, Batch, normalization_inputs, sample_order, training_batches
from ..data.splits import Splits
from ..errors import ProjectError
from ..evaluation.evaluate import measure
from ..model.checkpoint import State, assign_variables, variables_as_state
from ..model.device import choose_device, computing_on, num_threads
from ..model.network import NORMALIZATION, Classifier, build_model, set_normalization
from ..runs.metrics import EpochMetrics
from .losses import check_losses, class_weights, mean_loss
from .optimizer import build_optimizer

AfterBatch = Callable[[int], None]


class TrainingStep(keras.Model):  # type: ignore[misc]  # Keras comes without types
    """What `fit` does with a batch.

    All that a batch changes is a variable of `model`, `average` or the optimizer, or one of `figures`.
    """

    def __init__(
        self, model: Classifier, average: Classifier | None, config: TrainConfig, splits: Splits
    ) -> None:
        super().__init__(name="training")
        self.model, self.average = model, average
        self.accumulate_batches, self.ema_decay = config.accumulate_batches, config.ema_decay
        self.class_weights = tf.constant(class_weights(splits, config))
        self.num_batches = math.ceil(len(splits.train) / config.batch_size)
        self.num_done = self._figure("num_done", dtype="int64")
        self.num_correct = self._figure("num_correct", dtype="int64")
        self.batch_losses = self._figure("batch_losses", shape=(self.num_batches,))
        self.gradient_sums = []
        if self.accumulate_batches > 1:
            self.gradient_sums = [
                self._figure(f"gradient_{number}", shape=weight.shape)
                for number, weight in enumerate(model.trainable_weights)
            ]

    def _figure(self, name: str, *, shape: tuple[int, ...] = (), dtype: str = "float32") -> keras.Variable:
        return self.add_weight(name=name, shape=shape, dtype=dtype, initializer="zeros", trainable=False)

    @property
    def figures(self) -> list[keras.Variable]:
        """What is counted and added up from one batch to the next."""
        return [self.num_done, self.num_correct, self.batch_losses, *self.gradient_sums]

    def train_step(self, batch: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Compute the loss of a batch, averaged over its samples, and step now or after a few more."""
        inputs, labels, *_ = batch  # Keras sometimes adds a weight of None
        weights = self.model.trainable_weights
        with tf.GradientTape() as tape:
            logits = self.model(inputs, training=True)
            losses = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
            loss = tf.reduce_mean(losses * tf.gather(self.class_weights, labels))
        gradients = tape.gradient(loss, weights)
        self.batch_losses.value.scatter_nd_update([[self.num_done.value]], [loss])
        self.num_correct.assign_add(tf.math.count_nonzero(tf.argmax(logits, axis=1) == labels))
        self.num_done.assign_add(1)
        if self.accumulate_batches == 1:
            self._step(gradients)
        else:
            self._accumulate(gradients)
        return {"loss": loss}

    def _accumulate(self, gradients: list[tf.Tensor]) -> None:
        """Add up the gradients; change the weights after every few batches and after the epoch's last."""
        for total, gradient in zip(self.gradient_sums, gradients, strict=True):
            total.assign_add(gradient / self.accumulate_batches)

        def step_and_forget() -> None:
            self._step([total.value for total in self.gradient_sums])
            for total in self.gradient_sums:
                total.assign(tf.zeros_like(total.value))

        is_last = tf.equal(self.num_done.value, self.num_batches)
        is_due = tf.equal(self.num_done.value % self.accumulate_batches, 0) | is_last
        tf.cond(is_due, step_and_forget, lambda: None)

    def _step(self, gradients: list[tf.Tensor]) -> None:
        """Change the weights once, and let the moving average follow them."""
        self.optimizer.apply(gradients, self.model.trainable_weights)
        if self.average is None:
            return
        # The average starts with the weights after the first step.
        decay = tf.where(self.optimizer.iterations.value == 1, 0.0, self.ema_decay)
        # The first layer, the normalization, is not trained.
        given = len(self.model.get_layer(NORMALIZATION).weights)
        for averaged, weight in zip(self.average.weights[given:], self.model.weights[given:], strict=True):
            averaged.assign(decay * averaged.value + (1 - decay) * weight.value)


class Trainer:
    """The model, and all that changes while it is trained.

    `epoch` is the one that is being trained, counted from 1; `num_done` is the number of its batches so far.
    """

    def __init__(self, config: Config, splits: Splits, decided: Mapping[str, str] | None = None) -> None:
        """Build the untrained model from the seed; what was `decided` when its run began is repeated."""
        if config.train.deterministic:
            tf.config.experimental.enable_op_determinism()
        self.config, self.splits = config, splits
        self.device = choose_device(config.train.device, (decided or {}).get("device"))
        # Right before the model is built: anything built in between would change the first weights.
        keras.utils.set_random_seed(config.seed)
        with computing_on(self.device):
            self.model = self._untrained_model()
            average = self._untrained_model() if config.train.ema_decay else None
            self.step = TrainingStep(self.model, average, config.train, splits)
            self.num_batches = self.step.num_batches
            self.optimizer = build_optimizer(self.model, config.train, self.num_batches)
            self.step.compile(
                optimizer=self.optimizer,
                steps_per_execution=_batches_at_once(config, splits),
                jit_compile="auto" if self.device == "gpu" else False,  # on a CPU XLA is slower
            )
        with tf.device("cpu:0"):  # where streams are made
            self.order = tf.Variable(np.zeros(0, np.int64), shape=(None,))
            self.stream = self._stream()
        self.unreadable: ProjectError | None = None
        self.decided = {"device": str(self.device), "threads": str(num_threads())}
        self.epoch, self.num_done, self.seconds = 1, 0, 0.0

    @property
    def trained_model(self) -> Classifier:
        """The model to measure and keep: the moving average of the weights, if there is one."""
        return self.step.average or self.model

    def run_epoch(self, after_batch: AfterBatch) -> EpochMetrics:
        """Train on the rest of the epoch, evaluate the validation split, and move on to the next epoch.

        `after_batch` is called after one or more batches with their number of samples; the state may be
        saved then.
        """
        with computing_on(self.device):
            self._train(after_batch)
            started = time.perf_counter()
            validation = measure(self.trained_model, self.splits.validation, self.splits.class_names)
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
        order = sample_order(len(self.splits.train), seed=self.config.seed, epoch=self.epoch)
        self.order.assign(order[first * self.config.train.batch_size :])
        try:
            self.step.fit(
                self.stream,
                steps_per_epoch=self.num_batches - first,
                shuffle=False,  # the stream has its order
                callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=after_batches)],
                verbose=0,
            )
        except tf.errors.OpError as error:
            if self.unreadable is None:
                raise
            raise self.unreadable from error

    def _num_samples(self, num_batches: int) -> int:
        return min(num_batches * self.config.train.batch_size, len(self.splits.train))

    def _stream(self) -> tf.data.Dataset:
        """Return the rest of the current epoch's batches, whichever it is when iteration starts.

        A batch: inputs (batch, height, width, channels), uint8, and labels (batch,); the last may be smaller.
        """
        if self.config.augment.is_on or not isinstance(self.splits.train.inputs, np.ndarray):
            inputs = tf.TensorSpec((None, *self.splits.input_spec.shape), self.splits.input_spec.dtype)
            labels = tf.TensorSpec((None,), tf.int64)
            stream = tf.data.Dataset.from_generator(self._batches, output_signature=(inputs, labels))
            stream = stream.prefetch(READ_AHEAD)
        else:
            stream = self._quick_batches()
        options = tf.data.Options()
        options.autotune.enabled = False
        return stream.with_options(options)

    def _batches(self) -> Iterator[Batch]:
        """Yield the rest of the epoch's batches, decoded and augmented with Pillow and NumPy."""
        try:
            yield from training_batches(
                self.splits.train,
                sample_order(len(self.splits.train), seed=self.config.seed, epoch=self.epoch),
                batch_size=self.config.train.batch_size,
                first=self.num_done,
                augmentation=self.config.augment,
                seed=(self.config.seed, self.epoch),
            )
        except ProjectError as error:
            self.unreadable = error  # TensorFlow passes on only its text
            raise

    def _quick_batches(self) -> tf.data.Dataset:
        """Return the same batches, gathered from memory by TensorFlow alone."""
        split = self.splits.train
        inputs, labels = tf.constant(split.inputs), tf.constant(split.labels)
        orders = tf.data.Dataset.range(1).flat_map(
            lambda _: tf.data.Dataset.from_tensor_slices(self.order.value())
        )
        batches = orders.batch(self.config.train.batch_size)
        batches = batches.map(lambda batch: (tf.gather(inputs, batch), tf.gather(labels, batch)))
        # On a CPU, reading ahead would take time from the model.
        return batches.prefetch(READ_AHEAD) if self.device == "gpu" else batches

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
        return state

    def restore(self, state: State) -> None:
        """Continue as the trainer that returned `state`."""
        for name, variables in self._variables().items():
            assign_variables(variables, state, name)
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
        )
        set_normalization(model, normalization_inputs(self.splits.train))
        return model


def fits(config: Config, splits: Splits, batch_size: int) -> bool:
    """Return whether the gradients of so many samples fit into memory, tried with another trainer."""
    indices = np.zeros(batch_size, dtype=np.int64)
    try:
        trainer = Trainer(config, splits)
        with computing_on(trainer.device):
            trainer.step.train_on_batch(splits.train.inputs[indices], splits.train.labels[indices])
    except (MemoryError, tf.errors.ResourceExhaustedError):
        return False
    return True


def _batches_at_once(config: Config, splits: Splits) -> int:
    """Return how many batches `fit` computes before it returns to Python: several if they are small.

    A return takes as long as a batch of a few digits, and only then can the state be saved or training stop.
    """
    return max(1, min(8, 2**18 // (config.train.batch_size * math.prod(splits.input_spec.shape[:2]))))
