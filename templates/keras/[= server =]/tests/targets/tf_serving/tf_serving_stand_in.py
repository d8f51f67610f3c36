"""A stand-in for `tensorflow_model_server`, for tests alone: TF Serving itself cannot be installed by pip.

It takes the real one's options, reads its settings with its own messages, runs the SavedModels in a session
of TensorFlow's runtime as it does, and answers its REST API and its gRPC service. It is not quick, not safe,
and knows no batching. Where the real one listens on every address, it listens on this machine alone.

Source: tensorflow_serving/model_servers/main.cc, server.cc and http_rest_api_util.cc, checked 2026-11.
"""

import argparse
import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory, text_format
from numpy.typing import NDArray
from stand_in_json import InvalidArgumentError, pixels_of, predictions_of
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusResponse, ModelVersionStatus
from tensorflow_serving.apis.predict_pb2 import PredictRequest, PredictResponse
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog
from tensorflow_serving.apis.prediction_service_pb2_grpc import (
    PredictionServiceServicer,
    add_PredictionServiceServicer_to_server,
)
from tensorflow_serving.config.model_server_config_pb2 import ModelConfig, ModelServerConfig

HOST = "127.0.0.1"
PREDICT = re.compile(r"(?i)/v1/models/([^/:]+)(?:/versions/(\d+)|/labels/([^/:]+))?:predict")
STATUS = re.compile(r"(?i)/v1/models/([^/:]+)(?:/versions/(\d+)|/labels/([^/:]+))?")


class BusyError(Exception):
    """The queue of batches is full."""


class NotFoundError(Exception):
    """No such model or version: 404 by REST, NOT_FOUND by gRPC."""


class SavedModel:
    """A version of a model in a session, which checks no shapes: TF Serving's does not either."""

    def __init__(self, path: Path) -> None:
        self._session = tf.compat.v1.Session(graph=tf.Graph())
        with self._session.graph.as_default():
            meta_graph = tf.compat.v1.saved_model.load(self._session, ["serve"], str(path))
        self._session._extend_graph()  # noqa: SLF001
        self._signature = meta_graph.signature_def["serving_default"]
        self._warm_up(path / "assets.extra" / "tf_serving_warmup_requests")

    def predict(self, pixels: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
        """Return the outputs by name."""
        names = sorted(self._signature.outputs)
        feeds = {self._output(self._signature.inputs["pixels"].name): pixels}
        fetches = [self._output(self._signature.outputs[name].name) for name in names]
        try:
            values = self._session._call_tf_sessionrun(None, feeds, fetches, [], None)  # noqa: SLF001
        except tf.errors.InvalidArgumentError as error:
            raise InvalidArgumentError(error.message) from error
        return dict(zip(names, values, strict=True))

    def _output(self, name: str) -> Any:
        return self._session.graph.get_tensor_by_name(name)._as_tf_output()  # noqa: SLF001

    def _warm_up(self, path: Path) -> None:
        for record in tf.data.TFRecordDataset(str(path)) if path.exists() else ():
            request = PredictionLog.FromString(record.numpy()).predict_log.request
            self.predict(tf.make_ndarray(request.inputs["pixels"]))


@dataclass(frozen=True)
class Model:
    """A model's versions and their labels."""

    name: str
    versions: dict[int, SavedModel]
    labels: dict[str, int]

    def version(self, name: str, number: int | None, label: str | None) -> tuple[int, SavedModel]:
        """Return the version that is asked for, the newest where none is."""
        asked = f"Specific({name}, {number})" if number else f"Latest({name})"
        if name != self.name or (number and number not in self.versions):
            raise NotFoundError(f"Servable not found for request: {asked}")
        if label and label not in self.labels:
            raise InvalidArgumentError(f"Unrecognized servable version label: {label}")
        chosen = self.labels[label] if label else number or max(self.versions)
        return chosen, self.versions[chosen]


def load_model(config: ModelConfig, *, allow_labels: bool) -> Model:
    """Return the model that `config` names.

    Raises:
        ValueError: the real server would not start with it.
    """
    base_path = Path(config.base_path)
    if not base_path.is_absolute():
        raise ValueError(f"Expected model {config.name} to have an absolute path or URI; got {base_path}")
    if config.model_platform != "tensorflow":
        raise ValueError(f"unknown model_platform {config.model_platform}")
    wanted = sorted(config.model_version_policy.specific.versions)
    versions = {number: SavedModel(base_path / str(number)) for number in wanted}
    labels = dict(config.version_labels)
    if (labels and not allow_labels) or not set(labels.values()) <= versions.keys():
        raise ValueError(f"Request to assign label to versions of {config.name} that are not available")
    return Model(config.name, versions, labels)


class Rest(BaseHTTPRequestHandler):
    """The REST API; `model` and `metrics_path` are set by `rest_server`."""

    protocol_version = "HTTP/1.1"
    model: Model
    metrics_path: str | None

    def do_POST(self) -> None:
        """Answer a prediction."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            found = PREDICT.fullmatch(self.path)
            if not found:
                raise InvalidArgumentError(f"Malformed request: POST {self.path}")
            name, number, label = found.groups()
            _, version = self.model.version(name, int(number) if number else None, label)
            self._answer(200, predictions_of(version.predict(pixels_of(body))))
        except InvalidArgumentError as error:
            self._answer(400, json.dumps({"error": str(error)}).encode())
        except NotFoundError as error:
            self._answer(404, json.dumps({"error": str(error)}).encode())

    def do_GET(self) -> None:
        """Answer the model's status, or the metrics."""
        found = STATUS.fullmatch(self.path)
        if self.path == self.metrics_path:
            self._answer(200, b"# a stand-in has no metrics\n", "text/plain")
        elif not found:
            self._answer(400, json.dumps({"error": f"Malformed request: GET {self.path}"}).encode())
        elif found[1] != self.model.name:
            problem = f"Could not find any versions of model {found[1]}"
            self._answer(404, json.dumps({"error": problem}).encode())
        else:
            self._answer(200, self._status())

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _status(self) -> bytes:
        response = GetModelStatusResponse()
        for number in sorted(self.model.versions, reverse=True):
            state = ModelVersionStatus.State.AVAILABLE
            response.model_version_status.add(version=number, state=state).status.SetInParent()
        text: str = json_format.MessageToJson(
            response, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
        return text.encode()

    def _answer(self, code: int, body: bytes, content_type: str = "application/json") -> None:
        self.send_response(code)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Predictions(PredictionServiceServicer):  # type: ignore[misc]
    """The gRPC service."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def Predict(self, request: PredictRequest, context: grpc.ServicerContext) -> PredictResponse:  # noqa: N802
        """Answer a prediction."""
        spec = request.model_spec
        try:
            number, version = self._model.version(spec.name, spec.version.value or None, spec.version_label)
            outputs = version.predict(tf.make_ndarray(request.inputs["pixels"]))
        except InvalidArgumentError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except NotFoundError as error:
            context.abort(grpc.StatusCode.NOT_FOUND, str(error))
        except BusyError as error:
            context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        response = PredictResponse()
        response.model_spec.name = spec.name
        response.model_spec.version.value = number
        for name, values in outputs.items():
            response.outputs[name].CopyFrom(tf.make_tensor_proto(values))
        return response


def rest_server(model: Model, port: int, metrics_path: str | None) -> ThreadingHTTPServer:
    """Return a server of the REST API, which listens already."""
    handler = type("Handler", (Rest,), {"model": model, "metrics_path": metrics_path})
    return ThreadingHTTPServer((HOST, port), handler)


def grpc_server(model: Model, port: int) -> tuple[grpc.Server, int]:
    """Return a started server of the gRPC service, and its port."""
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
    add_PredictionServiceServicer_to_server(Predictions(model), server)
    bound = server.add_insecure_port(f"{HOST}:{port}")
    server.start()
    return server, bound


def transcribed_message(name: str, fields: dict[str, str]) -> Any:
    """Return an empty message of a kind that tensorflow-serving-api leaves out, from its fields' types."""
    types = {"bool": 8, "string": 9, "wrapped int64": 11}
    file = descriptor_pb2.FileDescriptorProto(name=f"{name}.proto", syntax="proto3", package="stand_in")
    file.dependency.append("google/protobuf/wrappers.proto")
    message = file.message_type.add(name=name)
    for number, (field, kind) in enumerate(fields.items(), start=1):
        added = message.field.add(name=field, number=number, type=types[kind], label=1)
        if kind == "wrapped int64":
            added.type_name = ".google.protobuf.Int64Value"
    pool = descriptor_pool.Default()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"stand_in.{name}"))()


def batching_parameters(text: str) -> Any:
    """Return what a batching file says: BatchingParameters of session_bundle_config.proto."""
    fields = ("max_batch_size", "batch_timeout_micros", "max_enqueued_batches", "num_batch_threads")
    message = transcribed_message("BatchingParameters", dict.fromkeys(fields, "wrapped int64"))
    return text_format.Parse(text, message)


def prometheus_config(text: str) -> Any:
    """Return the one part of a monitoring file: MonitoringConfig of monitoring_config.proto."""
    found = re.fullmatch(r"(?:\s*#.*\n)*\s*prometheus_config\s*\{(.*)\}\s*", text, re.DOTALL)
    if not found:
        raise text_format.ParseError("expected prometheus_config { ... }")
    return text_format.Parse(
        found[1], transcribed_message("PrometheusConfig", {"enable": "bool", "path": "string"})
    )


def main() -> int:
    """Serve until a signal ends the process."""
    parser = argparse.ArgumentParser(prog="tensorflow_model_server", allow_abbrev=False)
    for name in ("port", "rest_api_port", "file_system_poll_wait_seconds", "max_num_load_retries"):
        parser.add_argument(f"--{name}", type=int)
    for name in ("model_config_file", "monitoring_config_file", "batching_parameters_file"):
        parser.add_argument(f"--{name}", type=Path)
    for name in ("enable_batching", "allow_version_labels_for_unavailable_models"):
        parser.add_argument(f"--{name}", type={"true": True, "false": False}.__getitem__, default=False)
    options = parser.parse_args()
    try:
        config = text_format.Parse(options.model_config_file.read_text(), ModelServerConfig())
        metrics = prometheus_config(options.monitoring_config_file.read_text())
        if options.enable_batching:
            batching_parameters(options.batching_parameters_file.read_text())
        elif options.batching_parameters_file:
            raise ValueError("batching_parameters_file is set without setting enable_batching to true.")
        (entry,) = config.model_config_list.config
        model = load_model(entry, allow_labels=options.allow_version_labels_for_unavailable_models)
    except (OSError, ValueError, text_format.ParseError, InvalidArgumentError) as error:
        print(f"Failed to start server. Error: {error}")
        return 255
    grpc_server(model, options.port)
    rest_server(model, options.rest_api_port, metrics.path if metrics.enable else None).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
