"""Requests that TF Serving makes to itself, so that its slow first predictions are over when it is ready."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog, PredictLog

from ...export.artifact import Inputs

FILE_NAME = "tf_serving_warmup_requests"  # TF Serving looks for this very name in assets.extra
BATCH_SIZES = (1, 8)


def write_warmup_requests(saved_model: Path, name: str, inputs: Inputs) -> None:
    """Write the first of `pixels`, real samples, as requests into a SavedModel; replays are not counted."""
    path = saved_model / "assets.extra" / FILE_NAME
    path.parent.mkdir()
    with tf.io.TFRecordWriter(str(path)) as writer:
        for request in _requests(name, inputs):
            writer.write(PredictionLog(predict_log=PredictLog(request=request)).SerializeToString())


def _requests(name: str, inputs: Inputs) -> Iterator[PredictRequest]:
    for size in BATCH_SIZES:
        request = PredictRequest()
        request.model_spec.name = name
        request.model_spec.signature_name = "serving_default"
        batch = inputs[:size].astype(np.float32)
        request.inputs["pixels"].CopyFrom(tf.make_tensor_proto(batch))
        yield request
