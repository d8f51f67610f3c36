"""What `fit` does with a batch: varies it, computes its loss, and changes the weights."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ..config.settings import Config
from ..data.splits import Splits
from ..model.network import NORMALIZATION, Classifier
from ..model.pretrained import head_weights, parts
from .augment import Augmentation, batch_key
from .compilation import Wanted
from .losses import class_weights
from .shares import Share


class TrainingStep(keras.Model):  # type: ignore[misc]  # Keras comes without types
    """What `fit` does with a batch.

    All that a batch changes is a variable of `model`, `average` or the optimizer, one of `figures`, or
    `has_average`: 1 once the average has begun, 0 before.
    """

    def __init__(
        self,
        model: Classifier,
        average: Classifier | None,
        config: Config,
        splits: Splits,
        num_batches: int,
        *,
        share: Share | None = None,
    ) -> None:
        super().__init__(name="training")
        self.model, self.average, self.num_batches = model, average, num_batches
        self.seed, self.num_classes = config.seed, len(splits.class_names)
        self.accumulate_batches, self.ema_decay = config.train.accumulate_batches, config.train.ema_decay
        self.label_smoothing = config.train.label_smoothing
        self.class_weights = tf.constant(class_weights(splits, config.train), keras.config.floatx())
        self.augmentation = None
        if config.augment.is_on:
            self.augmentation = Augmentation(config.augment, self.num_classes, share)
        self.learn = self._learn
        self.head_alone = False  # whether the last layer is trained alone, on pretrained features
        self.parts = parts(model) if config.model.backbone else None
        self.epoch = self._figure("epoch", dtype="int64")  # no part of the state: set before each epoch
        self.num_done = self._figure("num_done", dtype="int64")
        self.num_correct = self._figure("num_correct", dtype="int64")
        self.batch_losses = self._figure("batch_losses", shape=(self.num_batches,))
        self.has_average = self._figure("has_average")
        self.gradient_sums = []
        if self.accumulate_batches > 1:
            self.gradient_sums = [
                self._figure(f"gradient_{number}", shape=weight.shape)
                for number, weight in enumerate(model.trainable_weights)
            ]

    def compile_with(
        self, optimizer: keras.optimizers.Optimizer, xla: Wanted, *, steps_per_execution: int
    ) -> None:
        """Let `optimizer` change the weights, several batches after each other without a return to Python.

        XLA knows no cropping and no rotating: samples are varied before it.
        """
        self.compile(
            optimizer=optimizer,
            steps_per_execution=steps_per_execution,
            jit_compile=False if self.augmentation else xla,
        )
        self.is_compiled_by_xla = bool(xla if self.augmentation else self.jit_compile)
        self._prepare()

    def _prepare(self) -> None:
        if self.augmentation and self.is_compiled_by_xla:
            self.learn = tf.function(self._learn, jit_compile=True)

    def train_head_alone(self, alone: bool) -> None:
        """Train the last layer alone from now on, or all that learns."""
        if self.head_alone != alone:
            self.head_alone = alone
            self._prepare()
            self.make_train_function(force=True)  # what was traced has the other way

    def _figure(self, name: str, *, shape: tuple[int, ...] = (), dtype: str | None = None) -> keras.Variable:
        return self.add_weight(name=name, shape=shape, dtype=dtype, initializer="zeros", trainable=False)

    @property
    def figures(self) -> list[keras.Variable]:
        """What is counted and added up from one batch to the next."""
        return [self.num_done, self.num_correct, self.batch_losses, *self.gradient_sums]

    def train_step(self, batch: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Vary a batch, as depends on seed, epoch and its number alone, and learn from it."""
        inputs, labels, *_ = batch  # Keras sometimes adds a weight of None
        if self.augmentation:
            key = batch_key(self.seed, self.epoch.value, self.num_done.value)
            inputs, labels = self.augmentation(inputs, labels, key)
        return {"loss": self.learn(inputs, labels)}

    def _learn(self, inputs: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Compute the loss of a batch, averaged over its samples, and step now or after a few more.

        Labels: (batch,), or (batch, classes) if samples have a share in several classes.
        """
        with tf.GradientTape() as tape:
            logits = self.compute_logits(inputs)
            loss = tf.reduce_mean(self.losses_of(logits, labels))
        gradients = tape.gradient(loss, self.learning_weights)
        self._change(loss, self.count_correct(logits, labels), gradients)
        return loss

    def count_correct(self, logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Return of how many samples the largest logit is that of the label, or of the largest share."""
        meant = labels if len(labels.shape) == 1 else tf.argmax(labels, axis=1)
        return tf.math.count_nonzero(tf.argmax(logits, axis=1) == meant)

    def _change(self, loss: tf.Tensor, num_correct: tf.Tensor, gradients: Sequence[tf.Tensor]) -> None:
        """Note the figures of a batch, and step now or after a few more."""
        self.batch_losses.value.scatter_nd_update([[self.num_done.value]], [loss])
        self.num_correct.assign_add(num_correct)
        self.num_done.assign_add(1)
        if self.accumulate_batches == 1:
            self._step(gradients)
        else:
            self._accumulate(gradients)

    @property
    def learning_weights(self) -> list[keras.Variable]:
        """What a step changes."""
        return head_weights(self.model) if self.head_alone else self.model.trainable_weights

    def compute_logits(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return logits (batch, classes); what does not learn computes as in prediction."""
        if not self.head_alone or not self.parts:
            return self.model(inputs, training=True)
        backbone, head = self.parts
        return head(backbone(inputs, training=False), training=True)

    def losses_of(self, logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Return the loss of each sample, times the weight of its class, or of its share in each class."""
        if len(labels.shape) == 1 and not self.label_smoothing:
            losses = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
            return losses * tf.gather(self.class_weights, labels)
        shares = labels
        if len(labels.shape) == 1:
            shares = tf.one_hot(labels, self.num_classes, dtype=keras.config.floatx())
        losses = keras.losses.categorical_crossentropy(
            shares, logits, from_logits=True, label_smoothing=self.label_smoothing
        )
        return losses * tf.linalg.matvec(shares, self.class_weights)

    def _accumulate(self, gradients: Sequence[tf.Tensor]) -> None:
        """Add up the gradients; change the weights after every few batches and after the epoch's last."""
        learning = {id(weight) for weight in self.learning_weights}
        both = zip(self.model.trainable_weights, self.gradient_sums, strict=True)
        sums = [total for weight, total in both if id(weight) in learning]
        for total, gradient in zip(sums, gradients, strict=True):
            total.assign_add(gradient / self.accumulate_batches)

        def step_and_forget() -> None:
            self._step([total.value for total in sums])
            for total in sums:
                total.assign(tf.zeros_like(total.value))

        is_last = tf.equal(self.num_done.value, self.num_batches)
        is_due = tf.equal(self.num_done.value % self.accumulate_batches, 0) | is_last
        tf.cond(is_due, step_and_forget, lambda: None)

    def _step(self, gradients: Sequence[tf.Tensor]) -> None:
        """Change the weights once, and let the moving average follow them."""
        self.optimizer.apply(gradients, self.learning_weights)
        if self.average is None:
            return
        # The average starts with the weights after the first step.
        decay = self.ema_decay * self.has_average.value
        self.has_average.assign(1.0)
        # The first layer, the normalization, is not trained.
        given = len(self.model.get_layer(NORMALIZATION).weights)
        for averaged, weight in zip(self.average.weights[given:], self.model.weights[given:], strict=True):
            averaged.assign(decay * averaged.value + (1 - decay) * weight.value)
