"""Ask TF Serving by gRPC: the answers of `serving/client.py`, with smaller requests and a deadline.

It needs the extra tf-serving, whose messages import TensorFlow: seconds at the start of a program.
"""

import json
from types import TracebackType
from typing import Any, Self

import grpc
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow_serving.apis.predict_pb2 import PredictRequest, PredictResponse
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

from ...data.codec import example_input
from ...serving.client import (
    ATTEMPTS,
    PAUSE_SECONDS,
    Answer,
    Inputs,
    ServedModel,
    ServerError,
    ask_until_answered,
    in_requests,
)

OUTPUTS = ("label", "logits", "probabilities")
# What waiting may mend: no connection, a model that is still being loaded, too much to do.
_MAY_PASS = {
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNAVAILABLE,
}
# gRPC's own retries, of every method: https://grpc.io/docs/guides/retry, checked 2026-11.
_RETRIES = {
    "maxAttempts": ATTEMPTS,
    "initialBackoff": f"{PAUSE_SECONDS}s",
    "maxBackoff": f"{2 * PAUSE_SECONDS}s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}


class GrpcClient:
    """A channel to TF Serving at `address` ("127.0.0.1:8500"); close it, or use it in a `with` block.

    `version_label` chooses a version, "stable" or "canary"; without it the newest answers. A prediction
    changes nothing, so one that found no server is asked again, up to three times in all; one that ran out
    of its `timeout_seconds` is not.
    """

    def __init__(
        self,
        address: str,
        model: ServedModel,
        *,
        version_label: str | None = None,
        timeout_seconds: float = 10.0,
    ) -> None:
        self._address = address
        self._model = model
        self._version_label = version_label
        self._timeout_seconds = timeout_seconds
        # A proxy of the environment is for the web; and a server that was away is tried again soon.
        options = [
            ("grpc.enable_http_proxy", 0),
            ("grpc.max_reconnect_backoff_ms", 1000),
            ("grpc.service_config", json.dumps({"methodConfig": [{"name": [{}], "retryPolicy": _RETRIES}]})),
        ]
        self._channel = grpc.insecure_channel(address, options=options)
        self._predictions = PredictionServiceStub(self._channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._channel.close()

    def predict(self, inputs: Inputs) -> list[Answer]:
        """Return an answer for each of the samples, in order.

        Raises:
            ProjectError: no server, no answer in time, or it refuses (its message is passed on); not numbers.
        """
        answers: list[Answer] = []
        for batch in in_requests(inputs):
            answers += self._answers(self._ask(batch.astype(np.float32)), len(batch))
        return answers

    def wait_until_ready(self, timeout_seconds: float = 60.0) -> None:
        """Return once the server has made a prediction.

        Raises:
            ProjectError: it did not within `timeout_seconds`, or refuses what only the caller can mend.
        """
        example = example_input(self._model.input_spec)
        ask_until_answered(lambda: self.predict(example), timeout_seconds)

    def _ask(self, batch: NDArray[np.float32]) -> PredictResponse:
        request = PredictRequest()
        request.model_spec.name = self._model.name
        request.model_spec.signature_name = "serving_default"
        if self._version_label:
            request.model_spec.version_label = self._version_label
        request.inputs["pixels"].CopyFrom(tf.make_tensor_proto(batch))
        try:
            return self._predictions.Predict(request, timeout=self._timeout_seconds)
        except grpc.RpcError as error:
            raise self._refused(error) from error

    def _refused(self, error: Any) -> ServerError:
        code = error.code()
        if code == grpc.StatusCode.DEADLINE_EXCEEDED:
            problem = f"{self._address} gave no answer within {self._timeout_seconds:g} s."
            fix = "Send fewer samples, or allow more time."
        elif code == grpc.StatusCode.UNAVAILABLE:
            problem = f"{self._address} cannot be reached ({error.details()})."
            fix = (
                "Start the server: serve --with tf-serving. Or check the address: gRPC has a port of its own."
            )
        else:
            problem = f"{self._address} answered {code.name}: {str(error.details()).strip()[:500]}"
            fix = "Mend what the message names."
        return ServerError(problem, fix=fix, may_pass=code in _MAY_PASS)

    def _answers(self, response: PredictResponse, num_samples: int) -> list[Answer]:
        outputs = {
            name: tf.make_ndarray(response.outputs[name]) for name in OUTPUTS if name in response.outputs
        }
        expected = (num_samples, len(self._model.class_names))
        shapes = {name: values.shape for name, values in outputs.items()}
        if shapes != {"label": expected[:1], "logits": expected, "probabilities": expected}:
            raise ServerError(
                f"{self._address} answered tensors of shapes {shapes} to {num_samples} samples.",
                fix=f"Check that the server's model {self._model.name} is the one of this export.",
                may_pass=False,
            )
        return [
            Answer(
                label=label.decode(),
                logits=tuple(logits.tolist()),
                probabilities=tuple(probabilities.tolist()),
            )
            for label, logits, probabilities in zip(*(outputs[name] for name in OUTPUTS), strict=True)
        ]
