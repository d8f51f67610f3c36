"""A model that answers what it is told to, and a client of the application that serves it."""

import asyncio
import threading
from types import SimpleNamespace
from typing import Any, cast

import httpx
import numpy as np
from numpy.typing import NDArray
from starlette.types import ASGIApp, Receive, Scope, Send

from [= package =].serving.app import create_app
from [= package =].serving.onnx_model import OnnxModel

BODY = {"instances": [[[[0], [255]]]]}
PREDICT = "/v1/models/pets:predict"


class TellingModel:
    """A model for images of 1 x 2 grey pixels whose logits are those pixels."""

    def __init__(self) -> None:
        self.manifest = SimpleNamespace(
            name="pets",
            class_names=("cat", "dog"),
            image_shape=(1, 2, 1),
            inputs=(SimpleNamespace(name="pixels", dtype="float32", shape=(-1, 1, 2, 1)),),
            outputs=(SimpleNamespace(name="logits", dtype="float32", shape=(-1, 2)),),
            run="r",
            created="c",
            metrics={},
        )
        self.seconds_per_image = 0.0
        self.problem: Exception | None = None
        self.may_answer = threading.Event()
        self.may_answer.set()

    def compute_logits(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the pixels, or fail."""
        if self.problem:
            raise self.problem
        assert self.may_answer.wait(timeout=30)
        return pixels.reshape(len(pixels), -1)

    def check(self) -> None:
        """Predict."""
        self.compute_logits(np.zeros((1, 1, 2, 1), np.float32))


class Client:
    """Sends requests to an application in this process."""

    def __init__(self, app: ASGIApp) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def get(self, path: str) -> httpx.Response:
        """Return the answer to a GET."""
        return self.request("GET", path)

    def post(self, path: str, **options: Any) -> httpx.Response:
        """Return the answer to a POST."""
        return self.request("POST", path, **options)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Return the answer to a request."""

        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://server") as client:
                return await client.request(method, path, **options)

        return asyncio.run(ask())


def client_of(model: TellingModel, token: str | None = None) -> Client:
    """Return a client of the application that serves `model`."""
    return Client(create_app(cast("OnnxModel", model), token))


async def run_app(model: TellingModel, scope: Scope, receive: Receive, send: Send) -> None:
    """Let an application that serves `model` answer one request, message by message."""
    await create_app(cast("OnnxModel", model))(scope, receive, send)
