"""The server's application: predictions, and by the routes of `routes.py` all that can be asked besides."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from numpy.typing import NDArray
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from .contract import BadRequestError, Contract
from .description import describe
from .hosts import foreign_host
from .limits import RETRY_SECONDS, RefusedError, Room, send_and_linger
from .observation import Metrics, Observed
from .onnx_model import OnnxModel
from .routes import VERSION, add_model_routes, add_pages, add_state_routes

# What takes no longer than this is done at once: handing it to a thread and back takes about 0.1 ms. Requests
# are not put together into batches: 8 digits in one pass take 0.30 ms and one by one 0.38, which saves
# 0.01 ms of the 0.35 ms that a request takes, less than it costs to collect and divide them.
SECONDS_AT_ONCE = 0.002
BYTES_AT_ONCE = 64 * 1024  # JSON of that size is parsed in about 1 ms
FAILED = "the server failed; its log says why."

logger = logging.getLogger(__name__)


def load_app(export: Path, token: str | None) -> ASGIApp:
    """Return the application that serves the export in a folder."""
    return create_app(OnnxModel(export), token)


def create_app(model: OnnxModel, token: str | None = None) -> ASGIApp:
    """Return an application that answers for `model`, and asks for `token` before it predicts."""
    manifest, metrics = model.manifest, Metrics()
    app = FastAPI(
        title=f"{manifest.name}: an image classifier",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        exception_handlers={HTTPException: _http_error, Exception: _server_error},
        lifespan=_checked(model),
    )
    predict = f"/v1/models/{manifest.name}:predict"
    app.state.models = {predict: f"/v1/models/{manifest.name}"}
    predictor = Predictor(model, metrics, token)
    app.router.routes.append(Route(predict, predictor, methods=["POST"]))
    add_model_routes(app, manifest)
    add_state_routes(app, model, metrics)
    add_pages(app)
    describe(app, manifest, predict, asks_for_token=token is not None)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if token is None and scope["type"] == "http" and (host := foreign_host(scope)):
            error = RefusedError(400, f"this is not {host}; ask at localhost, or serve with a token.")
            await send_and_linger(*_refusal(error), receive, send)
            return
        # Past FastAPI's layers, which take 0.15 ms a request: as much as all of a small prediction.
        is_prediction = scope["type"] == "http" and scope["path"] == predict and scope["method"] == "POST"
        await (predictor if is_prediction else app)(scope, receive, send)

    return Observed(answer, metrics)


class Predictor:
    """The route that predicts, as an application of its own."""

    def __init__(self, model: OnnxModel, metrics: Metrics, token: str | None) -> None:
        self._model = model
        self._metrics = metrics
        self._expected = f"Bearer {token}".encode() if token is not None else None
        self._contract = Contract(model.manifest.input_spec, model.manifest.class_names)
        self._room = Room()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request with predictions, or say why not."""
        try:
            self._check_token(scope)
            body = await self._room.read_body(scope, receive)
        except RefusedError as error:
            await send_and_linger(*_refusal(error), receive, send)
            return
        try:
            answer = await self._answer(body.content())
        except BadRequestError as error:
            start, text = _refusal(RefusedError(400, str(error)))
        except RefusedError as error:
            start, text = _refusal(error)
        except Exception:
            logger.exception("a prediction failed")
            start, text = _refusal(RefusedError(500, FAILED))
        else:
            start, text = _start(200, answer), answer
        finally:
            body.give_back()
        await send(start)
        await send({"type": "http.response.body", "body": text})

    def _check_token(self, scope: Scope) -> None:
        if self._expected is None:
            return
        given = dict(scope["headers"]).get(b"authorization", b"")
        if not secrets.compare_digest(given, self._expected):
            problem = "the token is wrong" if given else "a token is needed"
            raise RefusedError(401, f"{problem}; send the header Authorization: Bearer <SERVE_TOKEN>.")

    async def _answer(self, body: bytes) -> bytes:
        # An image file of a few bytes may hold very many pixels.
        is_quick = len(body) <= BYTES_AT_ONCE and b'"b64"' not in body
        read = partial(self._contract.read, body)
        pixels = read() if is_quick else await self._room.in_thread(read)
        predict = partial(self._predict, pixels)
        seconds = len(pixels) * self._model.seconds_per_image
        return predict() if seconds <= SECONDS_AT_ONCE else await self._room.in_thread(predict)

    def _predict(self, pixels: NDArray[np.float32]) -> bytes:
        answer = self._contract.write(self._model.compute_logits(pixels))
        self._metrics.images.inc(len(pixels))
        return answer


def _checked(model: OnnxModel) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        """Accept no request before the model has predicted."""
        await asyncio.to_thread(model.check)
        yield

    return lifespan


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for nothing else
    path, (served,) = request.url.path, request.app.state.models.values()
    message = str(error.detail)
    if error.status_code == 404 and path.startswith("/v1/models/"):
        message = f"{path} is not served; the model is {served}, its predictions are {served}:predict."
    elif error.status_code == 404:
        message = f"there is nothing at {path}; see /docs."
    elif error.status_code == 405:
        message = f"{path} does not accept {request.method}; see /docs."
    return JSONResponse({"error": message}, error.status_code, headers=error.headers)


async def _server_error(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": FAILED}, 500)


def _refusal(error: RefusedError) -> tuple[dict[str, Any], bytes]:
    body = orjson.dumps({"error": str(error)})
    extra = {401: [(b"www-authenticate", b"Bearer")], 503: [(b"retry-after", str(RETRY_SECONDS).encode())]}
    return _start(error.code, body, *extra.get(error.code, [])), body


def _start(code: int, body: bytes, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    length = str(len(body)).encode()
    return {
        "type": "http.response.start",
        "status": code,
        "headers": [(b"content-type", b"application/json"), (b"content-length", length), *headers],
    }
