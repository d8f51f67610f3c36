"""The server's application: FastAPI's routes around an exported model."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from numpy.typing import NDArray
from starlette.exceptions import HTTPException
from starlette.routing import Route

from ..data.codec import InputError, input_metadata, instance_schema
from ..export.manifest import Manifest
from .contract import MAX_INSTANCES, Contract
from .known_hosts import LOCAL_HOSTS, KnownHosts

MAX_BODY_BYTES = 16 * 2**20
TOO_LARGE = f"the body has more than {MAX_BODY_BYTES} bytes, which are accepted; send fewer instances."
FAILED = "the server failed; its log says why."
BYTES_AT_ONCE = 16 * 1024
SECONDS_AT_ONCE = 0.0005
VERSION = "1"  # the one version that is served, as in TensorFlow Serving's API
PAGE = Path(__file__).with_name("page")
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
MEDIA_TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css"}
BODY_ERRORS = {400: "The body is not what is accepted", 413: "The body is too large"}

logger = logging.getLogger(__name__)


class Model(Protocol):
    """A model to serve, such as an OnnxModel."""

    manifest: Manifest
    seconds: float  # one prediction takes

    def compute_logits(self, inputs: NDArray[np.float32], /) -> NDArray[np.float32]:
        """Return logits (samples, classes), in any thread."""
        ...

    def check(self) -> None:
        """Make a real prediction, or raise."""
        ...


class Predictor:
    """Turns the body of a request into the body of its answer."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._contract = Contract(model.manifest.input_spec, model.manifest.class_names)

    def __call__(self, body: bytes) -> bytes:
        """Return the answer.

        Raises:
            InputError: the body is not what the model accepts.
        """
        return self._contract.write(self._model.compute_logits(self._contract.read(body)))

    def is_quick(self, body: bytes) -> bool:
        """Whether to predict at once, rather than in a thread, whose start takes about 0.1 ms.

        An encoded file of a few bytes may hold a large sample.
        """
        is_small = len(body) <= BYTES_AT_ONCE and b'"b64"' not in body
        return is_small and self._model.seconds <= SECONDS_AT_ONCE


def create_app(model: Model, *, hosts: Sequence[str] | None = LOCAL_HOSTS) -> FastAPI:
    """Return an application that serves `model` and answers only requests to one of `hosts`; None: to any."""
    app = FastAPI(
        title=model.manifest.name,
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        exception_handlers={
            InputError: _bad_request,
            HTTPException: _http_error,
            Exception: _failure,
        },
    )
    if hosts is not None:
        app.add_middleware(KnownHosts, hosts=hosts)
    _add_prediction(app, model)
    _add_model_routes(app, model)
    _add_page(app)
    return app


def predict_path(manifest: Manifest) -> str:
    """Return the path of the model's predictions."""
    return f"/v1/models/{manifest.name}:predict"


def error_response(code: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error as JSON: `{"error": message}`."""
    return JSONResponse({"error": message}, code, headers)


def error_schema(description: str) -> dict[str, Any]:
    """Return how OpenAPI describes an error."""
    schema = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _add_prediction(app: FastAPI, model: Model) -> None:
    path, predictor = predict_path(model.manifest), Predictor(model)

    async def predict(request: Request) -> Response:
        body = await _read_body(request)
        answer = predictor(body) if predictor.is_quick(body) else await run_in_threadpool(predictor, body)
        return Response(answer, media_type="application/json")

    # The first route answers, 0.02 ms sooner than FastAPI's would; the second one describes it.
    app.add_route(path, predict, methods=["POST"])
    app.post(
        path,
        summary="Predict classes",
        response_description="For each instance its logits, probabilities and label",
        responses={code: error_schema(description) for code, description in BODY_ERRORS.items()},
        openapi_extra={"requestBody": _request_body(model.manifest)},
    )(predict)


async def _read_body(request: Request) -> bytes:
    """Return the body of a request, or refuse one that is too large before all of it was read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise HTTPException(413, TOO_LARGE)
    return bytes(body)


def _request_body(manifest: Manifest) -> dict[str, Any]:
    instances = {
        "type": "array",
        "items": instance_schema(manifest.input_spec),
        "minItems": 1,
        "maxItems": MAX_INSTANCES,
    }
    schema = {"type": "object", "required": ["instances"], "properties": {"instances": instances}}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _add_model_routes(app: FastAPI, model: Model) -> None:
    """Add health, and what clients of TensorFlow Serving ask about a model."""
    manifest = model.manifest
    path = f"/v1/models/{manifest.name}"

    @app.get("/healthz", summary="Make a real prediction: 200 if it works, 503 if not")
    def health() -> dict[str, str]:
        try:
            model.check()
        except Exception as error:
            logger.exception("the model does not predict")
            raise HTTPException(503, "the model does not predict; see the server's log.") from error
        return {"status": "ok"}

    @app.get("/v1/models", summary="Which models are served")
    def models() -> dict[str, Any]:
        return {"models": [manifest.name]}

    @app.get(path, summary="Whether the model is served, as TensorFlow Serving says it")
    def model_status() -> dict[str, Any]:
        status = {"error_code": "OK", "error_message": ""}
        return {"model_version_status": [{"version": VERSION, "state": "AVAILABLE", "status": status}]}

    @app.get(f"{path}/metadata", summary="What goes in and out, and where the model comes from")
    def metadata() -> dict[str, Any]:
        tensors = {"inputs": manifest.inputs, "outputs": manifest.outputs}
        return {
            "name": manifest.name,
            "class_names": manifest.class_names,
            **input_metadata(manifest.input_spec),
            "signature": {side: [vars(tensor) for tensor in all_] for side, all_ in tensors.items()},
            "run": manifest.run,
            "created": manifest.created,
            "metrics": manifest.metrics,
        }


def _add_page(app: FastAPI) -> None:
    """Add the files of `page/`, read once: no other path leads to a file."""
    for file in (file for file in PAGE.iterdir() if file.suffix in MEDIA_TYPES):
        path = {"index.html": "/", "docs.html": "/docs"}.get(file.name, f"/{file.name}")
        response = Response(file.read_bytes(), media_type=MEDIA_TYPES[file.suffix], headers=PAGE_HEADERS)
        app.router.routes.append(Route(path, response, methods=["GET"], include_in_schema=False))


async def _bad_request(_request: Request, error: Exception) -> Response:
    return error_response(400, str(error))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for nothing else
    message = {
        404: f"{request.url.path} is not served; /docs lists what is.",
        405: f"{request.url.path} does not accept {request.method}; see /docs.",
    }.get(error.status_code, error.detail)
    return error_response(error.status_code, message, error.headers)


async def _failure(_request: Request, _error: Exception) -> Response:
    return error_response(500, FAILED)
