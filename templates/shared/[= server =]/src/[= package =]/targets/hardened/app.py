"""The application of every project, behind a token and limits, with a log and counts for Prometheus."""

import logging
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import FastAPI, Response
from fastapi.concurrency import run_in_threadpool
from numpy.typing import NDArray
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from ...data.codec import InputError
from ...serving.app import (
    FAILED,
    Model,
    Predictor,
    create_app,
    error_response,
    error_schema,
    predict_path,
)
from ...serving.known_hosts import LOCAL_HOSTS, KnownHosts
from ...serving.onnx_model import OnnxModel
from ...serving.serve import ServeOptions
from .limits import Room, refuse
from .observation import Metrics, Observed

ERRORS = {
    "401": "A token is needed",
    "408": "The body arrived too slowly",
    "503": "Too much work is waiting; Retry-After says when to come again",
}

logger = logging.getLogger(__name__)


def load_app(export: Path, options: ServeOptions) -> ASGIApp:
    """Return the application that serves the export in a folder."""
    return harden(OnnxModel(export), options.token, hosts=(*LOCAL_HOSTS, options.host))


def harden(model: Model, token: str | None = None, *, hosts: Sequence[str] = LOCAL_HOSTS) -> ASGIApp:
    """Return the application for `model`, which asks for `token` before it predicts.

    Without a token it answers what is sent to one of `hosts`. With one, any name may lead here, such as a
    proxy's.
    """
    metrics = Metrics()
    counted = CountedModel(model, metrics)
    app = create_app(counted, hosts=None)
    path = predict_path(model.manifest)
    _describe(app, path, asks_for_token=token is not None)

    text = {CONTENT_TYPE_LATEST: {"schema": {"type": "string"}}}

    @app.get(
        "/metrics",
        summary="Counts and durations for Prometheus",
        response_class=Response,  # else FastAPI describes JSON
        responses={200: {"content": text}},
    )
    async def prometheus() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    guarded: ASGIApp = Guard(app, counted, token)
    if token is None:
        guarded = KnownHosts(guarded, hosts)
    return Observed(guarded, metrics)


class CountedModel:
    """A model whose predictions are counted, but for those that check it."""

    def __init__(self, model: Model, metrics: Metrics) -> None:
        self.manifest = model.manifest
        self.seconds = model.seconds
        self.check = model.check
        self._model = model
        self._metrics = metrics

    def compute_logits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the model's logits."""
        logits = self._model.compute_logits(inputs)
        self._metrics.instances.inc(len(inputs))
        return logits


class Guard:
    """An application whose predictions are made here, with a token and within limits; it answers all else.

    FastAPI's layers take longer than a small prediction.
    """

    def __init__(self, app: ASGIApp, model: Model, token: str | None) -> None:
        self._app = app
        self._path = predict_path(model.manifest)
        self._predictor = Predictor(model)
        self._expected = f"Bearer {token}".encode() if token is not None else None
        self._room = Room()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http" or scope["path"] != self._path or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            self._check_token(scope)
            body = await self._room.read_body(scope, receive)
        except HTTPException as error:
            await refuse(error, scope, receive, send)
            return
        try:
            answer = await self._predict(body.content())
            response = Response(answer, media_type="application/json")
        except InputError as error:
            response = error_response(400, str(error))
        except HTTPException as error:
            response = error_response(error.status_code, error.detail, error.headers)
        except Exception:
            logger.exception("a prediction failed")
            response = error_response(500, FAILED)
        finally:
            body.give_back()
        await response(scope, receive, send)

    async def _predict(self, body: bytes) -> bytes:
        if self._predictor.is_quick(body):
            return self._predictor(body)
        async with self._room.place():
            return await run_in_threadpool(self._predictor, body)

    def _check_token(self, scope: Scope) -> None:
        if self._expected is None:
            return
        given = dict(scope["headers"]).get(b"authorization", b"")
        if not secrets.compare_digest(given, self._expected):
            problem = "the token is wrong" if given else "a token is needed"
            detail = f"{problem}; send the header Authorization: Bearer <SERVE_TOKEN>."
            raise HTTPException(401, detail, {"www-authenticate": "Bearer"})


def _describe(app: FastAPI, path: str, *, asks_for_token: bool) -> None:
    """Add to the application's description of itself what is refused here."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        schema = describe()
        operation = schema["paths"][path]["post"]
        operation["responses"] |= {code: error_schema(text) for code, text in ERRORS.items()}
        if asks_for_token:
            operation["security"] = [{"token": []}]
            schemes = {"token": {"type": "http", "scheme": "bearer"}}
            schema.setdefault("components", {})["securitySchemes"] = schemes
        return schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's documented way to extend it
