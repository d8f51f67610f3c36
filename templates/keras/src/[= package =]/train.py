"""Training by `compile` and `fit`: the optimizer, the order of the samples, what happens after an epoch."""
# ruff: noqa: ARG002 - Keras passes its callbacks more than each of them uses.

import math
import time
from collections.abc import Mapping
from pathlib import Path

import keras
import tensorflow as tf

from .checkpoint import save_model
from .config import Config, TrainConfig
from .data import Split, Splits, load_splits
from .device import choose_device, computing_on
from .model import BATCH_SIZE, build_model, count_parameters, set_normalisation
from .plots import plot_learning_curve
from .progress import Progress
from .runs import EpochMetrics, Run, RunRecord, create_run

Logs = Mapping[str, float] | None


def train(config: Config) -> Run:
    """Train a model as `config` says and return its run.

    The seed decides the split, the first weights, the order of the samples and the dropout.
    """
    splits = load_splits(config.data, config.seed)
    device = choose_device(config.train.device)
    with computing_on(device):
        model = compiled_model(config, splits)
        run = create_run(Path(config.runs_folder))
        run.write_record(
            RunRecord.now(
                config,
                class_names=splits.class_names,
                image_shape=splits.image_shape,
                num_parameters=count_parameters(model),
                packages=("keras", "tensorflow", "numpy"),
            )
        )
        title = f"{run.path}: {count_parameters(model):,} parameters, {device}"
        with Progress(title=title, num_samples=len(splits.train), epochs=config.train.epochs) as progress:
            fit_model(model, config, splits, RunRecorder(run, progress, len(splits.train)))
    plot_learning_curve(run.read_metrics(), run.path / "learning-curve.png")
    return run


def compiled_model(config: Config, splits: Splits) -> keras.Model:
    """Return an untrained model for `splits`, ready for `fit_model`."""
    num_batches = math.ceil(len(splits.train) / config.train.batch_size)
    # Right before building: whatever is built in between would shift the first weights.
    keras.utils.set_random_seed(config.seed)
    model = build_model(config.model, image_shape=splits.image_shape, num_classes=len(splits.class_names))
    set_normalisation(model, splits.train.images)
    model.compile(
        optimizer=_optimizer(model, config.train, num_batches),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        # A whole epoch without a return to Python; it has to divide the epoch, which the stream does not end.
        steps_per_execution=num_batches,
    )
    return model


def fit_model(
    model: keras.Model, config: Config, splits: Splits, recorder: keras.callbacks.Callback
) -> keras.callbacks.History:
    """Train until the last epoch, or until the validation loss has not fallen for too long."""
    patience = config.train.early_stopping_patience
    return model.fit(
        training_stream(splits.train, config),
        validation_data=validation_batches(splits.validation),
        epochs=config.train.epochs,
        steps_per_epoch=math.ceil(len(splits.train) / config.train.batch_size),
        shuffle=False,  # the stream is shuffled already
        callbacks=[recorder, keras.callbacks.EarlyStopping(monitor="val_loss", patience=patience)],
        verbose=0,
    )


class RunRecorder(keras.callbacks.Callback):  # type: ignore[misc]  # Keras comes without types
    """Puts each epoch on record: a line of metrics, the last and the best checkpoint, a printed line."""

    def __init__(self, run: Run, progress: Progress, num_samples: int) -> None:
        super().__init__()
        self.run = run
        self.progress = progress
        self.num_samples = num_samples
        self.best_loss = math.inf

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Start the clock."""
        self.started = time.perf_counter()

    def on_test_begin(self, logs: Logs = None) -> None:
        """Move the bar on: the samples are trained on, validation begins."""
        self.trained = time.perf_counter()
        self.progress.advance(self.num_samples)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Record the epoch; Keras counts epochs from 0, the run from 1."""
        metrics = self._metrics(epoch + 1, logs or {})
        self.run.append_metrics(metrics)
        save_model(self.model, self.run, "last")
        is_best = metrics.validation_loss < self.best_loss
        if is_best:
            self.best_loss = metrics.validation_loss
            save_model(self.model, self.run, "best")
        self.progress.end_epoch(metrics, is_best=is_best)

    def _metrics(self, epoch: int, logs: Mapping[str, float]) -> EpochMetrics:
        # Keras weights every batch by its samples: these are averages over samples.
        return EpochMetrics(
            epoch=epoch,
            train_loss=logs["loss"],
            train_accuracy=logs["accuracy"],
            validation_loss=logs["val_loss"],
            validation_accuracy=logs["val_accuracy"],
            learning_rate=float(self.model.optimizer.learning_rate),
            samples_per_second=self.num_samples / (self.trained - self.started),
            seconds=time.perf_counter() - self.started,
        )


def training_stream(split: Split, config: Config) -> tf.data.Dataset:
    """Return the batches of all epochs, one after another, each epoch in an order of its own.

    One stream instead of one for each epoch: the next epoch's first batches are ready when it begins.
    A batch: pixels (batch, height, width, channels), uint8, and labels (batch,); the last is smaller.
    """
    images, labels = tf.constant(split.images), tf.constant(split.labels)

    def one_epoch(epoch: tf.Tensor) -> tf.data.Dataset:
        order = sample_order(len(split), seed=config.seed, epoch=epoch)
        batches = tf.data.Dataset.from_tensor_slices(order).batch(config.train.batch_size)
        return batches.map(lambda batch: (tf.gather(images, batch), tf.gather(labels, batch)))

    epochs = tf.data.Dataset.range(1, config.train.epochs + 1)
    return epochs.flat_map(one_epoch).prefetch(tf.data.AUTOTUNE)


def validation_batches(split: Split) -> tf.data.Dataset:
    """Return the samples in their order, in batches that are kept in memory."""
    return tf.data.Dataset.from_tensor_slices((split.images, split.labels)).batch(BATCH_SIZE).cache()


def sample_order(num_samples: int, *, seed: int, epoch: int | tf.Tensor) -> tf.Tensor:
    """Return a permutation (num_samples,) that depends on nothing but the seed and the epoch."""
    return tf.random.experimental.stateless_shuffle(
        tf.range(num_samples), seed=tf.stack([tf.cast(seed, tf.int64), tf.cast(epoch, tf.int64)])
    )


def _optimizer(model: keras.Model, config: TrainConfig, num_batches: int) -> keras.optimizers.Optimizer:
    """Return AdamW that decays kernels, but neither biases nor normalisation."""
    optimizer = keras.optimizers.AdamW(
        learning_rate=learning_rate_schedule(config, num_batches),
        weight_decay=config.weight_decay,
        global_clipnorm=config.gradient_clip_norm,
    )
    optimizer.exclude_from_weight_decay(
        var_list=[weight for weight in model.trainable_weights if len(weight.shape) == 1]
    )
    return optimizer


def learning_rate_schedule(
    config: TrainConfig, num_batches: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Return a learning rate that rises in a line over the warm-up and then falls to 0 as a cosine."""
    num_warmup = config.warmup_epochs * num_batches
    return keras.optimizers.schedules.CosineDecay(
        # Not 0, with which the first step would change nothing.
        initial_learning_rate=config.learning_rate / (num_warmup + 1),
        warmup_target=config.learning_rate,
        warmup_steps=num_warmup,
        decay_steps=max(config.epochs * num_batches - num_warmup, 1),
    )
