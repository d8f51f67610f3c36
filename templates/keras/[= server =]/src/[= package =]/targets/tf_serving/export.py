"""The model as a SavedModel, TensorFlow's own format: what TF Serving loads.

exports/saved-model/
    <name>/<version>/           a version that is served; a new one has the next number
        assets.extra/           real requests, with which TF Serving warms up before it answers
    models.config               which versions TF Serving loads from /models, and their labels
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from ...errors import require_extra
from ...export.artifact import Artifact, Gate, Inputs, Logits, Trained
from ...model.network import BATCH_SIZE

LOGIT_DIFFERENCE = 1e-3  # both compute in float32, fused by other rules; measured: below 1e-4


def write(trained: Trained, folder: Path, previous: Path | None) -> Sequence[Artifact]:
    """Write the next version of the model next to the newest of `previous`, and the files that serve them.

    Raises:
        ProjectError: the extra tf-serving is not installed.
    """
    return write_version(trained, folder, previous, lambda path: _save(trained, path))


def write_version(
    trained: Trained, folder: Path, previous: Path | None, save: Callable[[Path], None]
) -> Sequence[Artifact]:
    """Do so with what `save` writes: a SavedModel of the trained model, at the path that it is given."""
    require_extra("tf-serving", module="tensorflow_serving", wanted_by="export --to saved-model")
    from .config import CONTAINER_FOLDER, FILE_NAME, find_versions, models_config
    from .versions import KEPT_VERSIONS, keep
    from .warmup import write_warmup_requests

    versions = folder / trained.name
    earlier = previous / trained.name if previous else versions
    numbers = find_versions(earlier)
    path = versions / str(keep(earlier, versions))
    save(path)
    write_warmup_requests(path, trained.name, trained.inputs)
    config = models_config(trained.name, CONTAINER_FOLDER / trained.name, find_versions(versions))
    (folder / FILE_NAME).write_text(config, encoding="utf-8")
    print(f"version {path.name}{_kept_and_dropped(numbers, KEPT_VERSIONS - 1)}", file=sys.stderr)
    return [
        Artifact(
            variant="float32",
            runtime=f"TensorFlow {tf.__version__}",
            path=path.relative_to(folder).as_posix(),
            gate=Gate(logit_difference=LOGIT_DIFFERENCE),
            compute_logits=load_logits(path),
        )
    ]


def load_logits(path: Path) -> Callable[[Inputs], Logits]:
    """Return a function that runs the signature `serving_default` of the SavedModel at `path`."""
    loaded = tf.saved_model.load(str(path))

    def compute_logits(pixels: Inputs) -> Logits:
        batches = (
            tf.constant(pixels[start : start + BATCH_SIZE], tf.float32)
            for start in range(0, len(pixels), BATCH_SIZE)
        )
        answers = [loaded.signatures["serving_default"](pixels=batch) for batch in batches]
        return np.concatenate([answer["logits"].numpy() for answer in answers])

    return compute_logits


def _save(trained: Trained, path: Path) -> None:
    archive = keras.export.ExportArchive()
    add_plain_endpoint(archive, trained)
    archive.write_out(str(path), verbose=False)


def add_plain_endpoint(archive: keras.export.ExportArchive, trained: Trained) -> None:
    """Add what clients call, pixels in and logits, probabilities and labels out, as `serving_default`."""
    # Not `track`ed: Keras 3.15 saves that a second time, next to what the endpoint uses (seen 2026-11).
    archive.add_endpoint(
        "serve",  # the first endpoint is `serving_default` as well
        answer_of(trained),
        input_signature=[tf.TensorSpec((None, *trained.record.input_spec.shape), tf.float32, name="pixels")],
    )


def answer_of(trained: Trained) -> Callable[[tf.Tensor], dict[str, tf.Tensor]]:
    """Return the function whose graph answers for the model: it checks the pixels before it computes."""
    model, shape = trained.model, trained.record.input_spec.shape
    class_names = trained.record.class_names

    def answer(pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        logits = model(_checked(pixels, shape), training=False)
        return {
            "logits": logits,
            "probabilities": tf.nn.softmax(logits),
            "label": tf.gather(tf.constant(class_names), tf.argmax(logits, axis=-1)),
        }

    return answer


def _checked(pixels: tf.Tensor, shape: tuple[int, ...]) -> tf.Tensor:
    """Return the pixels; the graph itself refuses others, and computes nothing before it has.

    TF Serving hands on any shape. A larger sample would get an answer, and one without its channels would
    end the server: TensorFlow 2.21's convolution aborts the process (checked 2026-11).
    """
    received = tf.shape(pixels)
    # Reshaped, because another number of dimensions makes this a single False.
    is_alike = tf.raw_ops.Equal(x=received[1:], y=shape, incompatible_shape_error=False)
    is_right = tf.reduce_all(tf.reshape(is_alike, [-1])) & (tf.size(pixels) > 0)
    accepted = f"pixels must have the shape (batch, {', '.join(map(str, shape))}); received:"
    right_shape = tf.debugging.Assert(is_right, [accepted, received], summarize=8)
    with tf.control_dependencies([right_shape]):
        is_in_range = tf.reduce_all((pixels >= 0) & (pixels <= 255))  # NaN is in no range
        in_range = tf.debugging.Assert(is_in_range, ["pixels must be numbers from 0 to 255"])
    with tf.control_dependencies([right_shape, in_range]):
        return tf.ensure_shape(tf.identity(pixels), (None, *shape))


def _kept_and_dropped(numbers: Sequence[int], num_kept: int) -> str:
    kept, dropped = (", ".join(map(str, part)) for part in (numbers[:num_kept], numbers[num_kept:]))
    return (f"; kept: {kept}" if kept else "") + (f"; dropped: {dropped}" if dropped else "")
