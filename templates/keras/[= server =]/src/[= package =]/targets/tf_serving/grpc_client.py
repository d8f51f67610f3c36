"""Ask TF Serving by gRPC, as `serving/client.py` does by HTTP: smaller requests, with a deadline.

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
from ...errors import command
from ...export.manifest import Manifest
from ...serving.client import (
    ATTEMPTS,
    PAUSE_SECONDS,
    Inputs,
    Logits,
    ServerError,
    ask_until_answered,
    in_requests,
)

# What may pass: no connection, a model that is still being loaded, too much to do.
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

    `model` is the manifest of the export that is served. `version_label` chooses a version, "stable" or
    "canary"; without it the newest answers. A request that found no server is sent again, up to three times
    in all; one that ran out of its `timeout_seconds` is not.
    """

    def __init__(
        self,
        address: str,
        model: Manifest,
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

    def predict_logits(self, inputs: Inputs) -> Logits:
        """Return logits for the samples, in order.

        Raises:
            ProjectError: no server, no answer in time, a refusal (with the server's message), the answer of
                another model, or inputs that are not numbers.
        """
        return np.concatenate([self._predict(batch.astype(np.float32)) for batch in in_requests(inputs)])

    def wait_until_ready(self, timeout_seconds: float = 60.0) -> None:
        """Return once the server has made a prediction.

        Raises:
            ProjectError: it did not within `timeout_seconds`, or refuses for a reason that stays.
        """
        example = example_input(self._model.input_spec)
        ask_until_answered(lambda: self.predict_logits(example), timeout_seconds)

    def _predict(self, batch: NDArray[np.float32]) -> Logits:
        request = PredictRequest()
        request.model_spec.name = self._model.name
        request.model_spec.signature_name = "serving_default"
        if self._version_label:
            request.model_spec.version_label = self._version_label
        request.inputs["pixels"].CopyFrom(tf.make_tensor_proto(batch))
        try:
            response = self._predictions.Predict(request, timeout=self._timeout_seconds)
        except grpc.RpcError as error:
            raise self._refused(error) from error
        return self._logits(response, len(batch))

    def _refused(self, error: Any) -> ServerError:
        code = error.code()
        if code == grpc.StatusCode.DEADLINE_EXCEEDED:
            problem = f"{self._address} gave no answer within {self._timeout_seconds:g} s."
            fix = "Send fewer samples, or allow more time."
        elif code == grpc.StatusCode.UNAVAILABLE:
            problem = f"{self._address} cannot be reached ({error.details()})."
            fix = (
                f"Start the server: {command('serve --with tf-serving')}."
                " If it runs, check the address: gRPC has another port than HTTP."
            )
        else:
            problem = f"{self._address} answered {code.name}: {str(error.details()).strip()[:500]}"
            fix = "Change what the message names."
        return ServerError(problem, fix=fix, may_pass=code in _MAY_PASS)

    def _logits(self, response: PredictResponse, num_samples: int) -> Logits:
        outputs = response.outputs
        logits = np.asarray(tf.make_ndarray(outputs["logits"]) if "logits" in outputs else [], np.float32)
        if logits.shape != (num_samples, len(self._model.class_names)):
            raise ServerError(
                f"{self._address} answered logits of shape {logits.shape} to {num_samples} samples.",
                fix=f"Check that the server's model {self._model.name} is the one of this export.",
            )
        return logits
