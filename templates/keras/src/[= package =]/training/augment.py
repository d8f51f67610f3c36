"""Varies training samples, a batch at a time, with Keras's own layers: each sample in its own way.

Read before a layer is added: some of Keras 3.15 take their ranges in other ways than others do. One number
means "up to" for RandomContrast (it then only ever raises it) and for RandomErasing (a probability that is
itself drawn); a pair of equal numbers means what one would expect. Equalization is left out, since it mixes
the samples of a batch, and so is Solarization, which inverts the more the lower its strength is.
"""

import math
from collections.abc import Callable
from functools import partial

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray

from ..config.augment import AugmentConfig
from ..config.settings import Config
from .shares import Share

LARGEST_RATIO = 4 / 3  # of the sides of a crop; C. Szegedy et al., Going Deeper with Convolutions, 2014
ERASED_AREA = (0.02, 0.33)  # the share; Z. Zhong et al., Random Erasing Data Augmentation, 2017

Vary = Callable[[tf.Tensor], tf.Tensor]


class Draws(keras.random.SeedGenerator):  # type: ignore[misc]  # Keras comes without types
    """The random numbers of one batch, a function of its key: no state that a run would have to save."""

    def begin(self, key: tf.Tensor) -> None:
        """Begin with the numbers of a batch."""
        self._key, self._count = key, 0

    def next(self, ordered: bool = True) -> tf.Tensor:  # noqa: ARG002 - as Keras calls it
        """Return the seed of what is drawn next."""
        self._count += 1
        return tf.random.experimental.stateless_fold_in(self._key, self._count)


def batch_key(seed: int, epoch: tf.Tensor | int, number: tf.Tensor | int) -> tf.Tensor:
    """Return what all draws for a batch depend on; batches are counted from 0 in each epoch."""
    run = tf.stack([tf.constant(seed, tf.int64), tf.cast(epoch, tf.int64)])
    return tf.random.experimental.stateless_fold_in(run, tf.cast(number, tf.int64))


class Augmentation:
    """What is done to each batch of training samples. Nothing is built for settings that are off."""

    def __init__(self, config: AugmentConfig, num_classes: int, share: Share | None = None) -> None:
        """Build the layers; with a `share` of each batch, they draw for the whole batch and use its rows."""
        self.config, self.num_classes, self.share = config.chosen, num_classes, share
        self.draws = Draws(seed=0)
        self._varied: list[Vary] = [*self._geometry(), *self._light()]
        if self.config.rand_augment:
            self._varied.append(RandAugment(self.config.rand_augment, self._drawing))
        if probability := self.config.erasing_probability:
            erasing = layers.RandomErasing(
                (probability, probability), ERASED_AREA, fill_value=0.0, seed=0, dtype="float32"
            )
            self._varied.append(self._drawing(erasing))
        self._mix_up = self._drawing(layers.MixUp(self.config.mixup_alpha, seed=0, dtype="float32"))
        # Keras draws alpha as well, from a range.
        alphas = (self.config.cutmix_alpha, self.config.cutmix_alpha)
        self._cut_mix = self._drawing(layers.CutMix(alphas, seed=0, dtype="float32"))

    @property
    def mixes(self) -> bool:
        """Whether samples are mixed with each other, so that they have a share in several classes."""
        return self.config.mixup_alpha > 0 or self.config.cutmix_alpha > 0

    def __call__(self, inputs: tf.Tensor, labels: tf.Tensor, key: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the batch, varied as its key decides: inputs, float32 from 0 to 255, and labels.

        Inputs: uint8 (batch, height, width, channels); labels: int64 (batch,). If samples are mixed, labels
        become the share of each sample in each class: float32 (batch, classes).
        """
        self.draws.begin(key)
        inputs = tf.cast(inputs, tf.float32)
        for vary_inputs in self._varied:
            inputs = vary_inputs(inputs)
        inputs = tf.clip_by_value(inputs, 0.0, 255.0)
        if not self.mixes:
            return inputs, labels
        if self.share:  # which are mixed with each other: others would lie on other processes
            self.draws.begin(tf.random.experimental.stateless_fold_in(key, -1 - self.share.world.rank))
        return self._mixed(inputs, tf.one_hot(labels, self.num_classes))

    def _drawing(self, layer: keras.Layer) -> keras.Layer:
        """Return the layer, which draws from this batch's numbers instead of its own."""
        layer.generator = self.draws
        if self.share and not isinstance(layer, layers.MixUp | layers.CutMix):
            layer.call = partial(_rows_varied, layer, self.share)
        return layer

    def _geometry(self) -> list[keras.Layer]:
        config, found = self.config, []
        if config.horizontal_flip:
            found.append(layers.RandomFlip("horizontal", seed=0, dtype="float32"))
        if fraction := config.shift_fraction:
            # Whole pixels: between them, a sample would be blurred.
            nearest = {"fill_mode": "nearest", "interpolation": "nearest"}
            found.append(layers.RandomTranslation(fraction, fraction, **nearest, seed=0, dtype="float32"))
        if config.smallest_crop < 1:
            found.append(RandomResizedCrop(config.smallest_crop))
        if degrees := config.rotation_degrees:
            found.append(layers.RandomRotation(degrees / 360, "nearest", seed=0, dtype="float32"))
        return [self._drawing(layer) for layer in found]

    def _light(self) -> list[Vary]:
        config, found = self.config, []
        if config.brightness:
            found.append(layers.RandomBrightness(config.brightness, seed=0, dtype="float32"))
        if config.contrast:
            found.append(layers.RandomContrast((config.contrast,) * 2, seed=0, dtype="float32"))
        drawing: list[Vary] = [self._drawing(layer) for layer in found]
        if config.saturation:
            drawing.append(_of_colors(self._drawing(_saturation(config.saturation))))
        return drawing

    def _mixed(self, inputs: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the batch, mixed in the one way that is on, or in one of both."""
        if not self.config.cutmix_alpha:
            return self._blended(inputs, targets)
        if not self.config.mixup_alpha:
            return self._pasted(inputs, targets)
        is_blended = keras.random.uniform((), seed=self.draws) < 0.5
        mixed: tuple[tf.Tensor, tf.Tensor] = tf.cond(
            is_blended, lambda: self._blended(inputs, targets), lambda: self._pasted(inputs, targets)
        )
        return mixed

    def _blended(self, inputs: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the batch, each sample blended with another one."""
        drawn = self._mix_up.get_random_transformation(inputs)
        shares = drawn["mix_weight"]
        # A small alpha gives shares so near to 0 or 1 that Keras divides 0 by 0.
        drawn["mix_weight"] = tf.where(tf.math.is_nan(shares), 1.0, shares)
        return _transformed(self._mix_up, inputs, targets, drawn)

    def _pasted(self, inputs: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the batch, each sample with a rectangle of another one."""
        drawn = self._cut_mix.get_random_transformation(inputs)
        # By pixels: Keras takes the shares from sides that end between pixels.
        pasted = tf.cast(drawn["batch_masks"], tf.float32)
        drawn["mix_weight"] = 1 - tf.reduce_mean(pasted, axis=(1, 2, 3))
        return _transformed(self._cut_mix, inputs, targets, drawn)


class RandomResizedCrop(keras.Layer):  # type: ignore[misc]  # Keras comes without types
    """Enlarges a random part of each sample to the size of the whole; Keras has no such layer.

    The part's area is at least `smallest_area`, a share; neither side is more than a third longer than the
    other, as shares of its sides.
    """

    def __init__(self, smallest_area: float) -> None:
        super().__init__(dtype="float32")
        self.smallest_area = smallest_area
        self.generator = keras.random.SeedGenerator(0)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the inputs (batch, height, width, channels), each a part of what it was."""
        return self.transform_images(inputs, self.get_random_transformation(inputs))

    def get_random_transformation(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the parts (batch, 4) of such inputs: top, left, bottom and right, as shares of the sides."""
        count = keras.ops.shape(inputs)[0]
        area = self._uniform(count, self.smallest_area, 1.0)
        # Parts that are nearly as large as the whole fit only if they have nearly its shape.
        log_ratio = tf.minimum(math.log(LARGEST_RATIO), -tf.math.log(area)) * self._uniform(count, -1.0, 1.0)
        heights, widths = tf.sqrt(area / tf.exp(log_ratio)), tf.sqrt(area * tf.exp(log_ratio))
        tops, lefts = (self._uniform(count, 0.0, 1.0) * (1 - side) for side in (heights, widths))
        return tf.stack([tops, lefts, tops + heights, lefts + widths], axis=1)

    def transform_images(self, inputs: tf.Tensor, boxes: tf.Tensor) -> tf.Tensor:
        """Return the parts of the inputs, each as large as the whole."""
        count, height, width, _ = keras.ops.shape(inputs)
        # Beyond the last pixel, by as little as a rounding, everything would be black.
        return tf.image.crop_and_resize(inputs, boxes * (1 - 1e-6), tf.range(count), (height, width))

    def _uniform(self, count: tf.Tensor, low: float, high: float) -> tf.Tensor:
        return keras.random.uniform((count,), low, high, seed=self.generator)


class RandAugment:
    """Two changes, drawn for the batch, each as strong as is drawn for each sample.

    Source: E. Cubuk et al., RandAugment, 2019; the ranges at strength 1 are those of its largest magnitude.
    Keras's own layer computes all of its changes twice and keeps two, which takes ten times as long, and at
    its full strength it turns samples upside down.
    """

    def __init__(self, strength: float, drawing: Callable[[keras.Layer], keras.Layer]) -> None:
        nearest = {"fill_mode": "nearest", "seed": 0, "dtype": "float32"}
        changes = (
            layers.RandomShear(0.3 * strength, 0.0, **nearest),
            layers.RandomShear(0.0, 0.3 * strength, **nearest),
            layers.RandomTranslation(0.0, 0.45 * strength, **nearest),
            layers.RandomTranslation(0.45 * strength, 0.0, **nearest),
            layers.RandomRotation(strength * 30 / 360, **nearest),
            layers.RandomBrightness(0.45 * strength, seed=0, dtype="float32"),
            layers.RandomContrast((0.9 * strength,) * 2, seed=0, dtype="float32"),
            layers.RandomSharpness((0.5 - 0.45 * strength, 0.5 + 0.45 * strength), seed=0, dtype="float32"),
            layers.RandomPosterization((8 - round(4 * strength), 8), seed=0, dtype="float32"),
        )
        self._changes: list[Vary] = [drawing(change) for change in changes]
        self._changes.append(layers.AutoContrast(dtype="float32"))
        self._changes.append(_of_colors(drawing(_saturation(0.9 * strength))))
        self.generator = changes[0].generator

    def __call__(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the inputs, changed twice."""
        for _ in range(2):
            chosen = keras.random.randint((), 0, len(self._changes), seed=self.generator)
            # The default arguments are those of this pass.
            branches = [lambda change=change, inputs=inputs: change(inputs) for change in self._changes]
            inputs = tf.ensure_shape(tf.switch_case(chosen, branches), inputs.shape)
        return inputs


def _saturation(fraction: float) -> keras.Layer:
    """Return a layer that multiplies the saturation by 1 - `fraction` to 1 + `fraction`.

    Its factor f, drawn from a range, multiplies by f / (1 - f).
    """
    factors = tuple(times / (1 + times) for times in (1 - fraction, 1 + fraction))
    return layers.RandomSaturation(factors, value_range=(0, 1), seed=0, dtype="float32")


def _of_colors(layer: keras.Layer) -> Vary:
    """Return a function that leaves gray samples alone, which have no color."""
    return lambda inputs: layer(inputs) if inputs.shape[-1] == 3 else inputs


def _rows_varied(layer: keras.Layer, share: Share, inputs: tf.Tensor, **_options: object) -> tf.Tensor:
    """Return the inputs, varied as the layer would if it were given the whole batch."""
    drawn = layer.get_random_transformation(share.whole(inputs))
    whole = [None]  # what has a row for each sample is what has a first dimension that only a batch knows

    def rows(value: object) -> object:
        is_of_samples = isinstance(value, tf.Tensor) and value.shape.as_list()[:1] == whole
        return share.rows(value) if is_of_samples else value

    return layer.transform_images(inputs, tf.nest.map_structure(rows, drawn))


def _transformed(
    layer: keras.Layer, inputs: tf.Tensor, targets: tf.Tensor, drawn: dict[str, tf.Tensor]
) -> tuple[tf.Tensor, tf.Tensor]:
    return layer.transform_images(inputs, drawn), layer.transform_labels(targets, drawn)


def vary(
    inputs: NDArray[np.uint8], labels: NDArray[np.int64], config: Config, num_classes: int
) -> NDArray[np.uint8]:
    """Return samples (samples, height, width, channels) as training sees them in its first batch."""
    # As a graph: RandAugment would count other draws if it ran line by line.
    augmentation = tf.function(Augmentation(config.augment, num_classes))
    varied, _ = augmentation(tf.constant(inputs), tf.constant(labels), batch_key(config.seed, 1, 0))
    return np.asarray(np.rint(varied.numpy()), np.uint8)
