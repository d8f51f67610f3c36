"""The server's routes, limits and errors, with a model that answers what it is told to."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from [= package =].serving import limits
from [= package =].serving.app import create_app
from [= package =].serving.observation import JsonFormatter
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


@pytest.fixture
def model() -> TellingModel:
    """Return a model that works."""
    return TellingModel()


@pytest.fixture
def client(model: TellingModel) -> Client:
    """Return a client of a server without a token."""
    return client_of(model)


def test_prediction(client: Client) -> None:
    """A good request is answered with 200 and the model's logits."""
    answer = client.post(PREDICT, json=BODY)

    assert 200 == answer.status_code
    (prediction,) = answer.json()["predictions"]
    assert {"logits": [0, 255], "probabilities": pytest.approx([0, 1]), "label": "dog"} == prediction


def test_bad_request_is_400_with_a_message(client: Client) -> None:
    """What is wrong with the body is said in JSON."""
    answer = client.post(PREDICT, json={"instances": [[[[0]]]]})

    assert 400 == answer.status_code
    assert "an instance has the shape 1 x 1 x 1" in answer.json()["error"]


def test_model_is_described(client: Client) -> None:
    """Clients of TensorFlow Serving ask for the status, others for signature and classes."""
    (status,) = client.get("/v1/models/pets").json()["model_version_status"]
    metadata = client.get("/v1/models/pets/metadata").json()

    assert ("AVAILABLE", "OK") == (status["state"], status["status"]["error_code"])
    assert ["cat", "dog"] == metadata["class_names"]
    assert [-1, 1, 2, 1] == metadata["signature"]["inputs"][0]["shape"]
    assert ["pets"] == client.get("/v1/models").json()["models"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/healthz"), ("GET", "/"), ("POST", PREDICT)])
def test_foreign_host_is_400_without_a_token(model: TellingModel, method: str, path: str) -> None:
    """What a page's own name leads here is not answered; behind a proxy, which has a token, any name is."""
    headers = {"Host": "evil.example", "Authorization": "Bearer secret"}

    refused = client_of(model).request(method, path, json=BODY, headers=headers)
    accepted = client_of(model, token="secret").request(method, path, json=BODY, headers=headers)  # noqa: S106

    assert 400 == refused.status_code
    assert "this is not evil.example; ask at localhost" in refused.json()["error"]
    assert 200 == accepted.status_code


def test_openapi_describes_every_route(client: Client) -> None:
    """The prediction route is in the description that the page at /docs shows."""
    schema = client.get("/openapi.json").json()

    assert {PREDICT, "/v1/models/pets", "/v1/models/pets/metadata", "/healthz", "/metrics"} <= schema[
        "paths"
    ].keys()
    responses = schema["paths"][PREDICT]["post"]["responses"]
    assert {"200", "400", "401", "408", "413", "503"} == responses.keys()


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("POST", "/v1/models/cats:predict", 404),
        ("GET", "/v1/models/cats", 404),
        ("GET", PREDICT, 405),
        ("PUT", "/healthz", 405),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET", "/page.js/../app.py", 404),
        ("GET", "/..%2fapp.py", 404),
        ("GET", "//etc/passwd", 404),
        ("GET", "/%00", 404),
    ],
)
def test_other_paths_are_errors_in_json(client: Client, method: str, path: str, code: int) -> None:
    """Whatever is not served says so; no path leads to a file."""
    answer = client.request(method, path)

    assert code == answer.status_code
    assert answer.json()["error"]


@pytest.mark.parametrize(
    ("path", "kind"), [("/", "text/html"), ("/docs", "text/html"), ("/page.js", "text/javascript")]
)
def test_pages_ask_nobody_else(client: Client, path: str, kind: str) -> None:
    """The pages come with a policy that allows requests to this server alone."""
    answer = client.get(path)

    assert 200 == answer.status_code
    assert answer.headers["content-type"].startswith(kind)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "http" not in answer.headers["content-security-policy"]


def test_health_is_a_real_prediction(model: TellingModel) -> None:
    """A model that fails turns /healthz from 200 to 503."""
    client = client_of(model)
    healthy = client.get("/healthz")
    model.problem = RuntimeError("secret details")
    ill = client.get("/healthz")

    assert 200 == healthy.status_code
    assert 503 == ill.status_code
    assert "secret" not in ill.text


def test_model_that_fails_at_the_start_stops_it(model: TellingModel) -> None:
    """No request is accepted before a prediction was made."""
    model.problem = RuntimeError("broken")
    sent: list[Message] = []

    async def start() -> Message:
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(run_app(model, {"type": "lifespan"}, start, send))

    assert ["lifespan.startup.failed"] == [message["type"] for message in sent]


def test_failure_leaks_nothing(model: TellingModel) -> None:
    """A bug ends in 500 and a sentence; the stack trace stays in the log."""
    model.problem = RuntimeError("secret details")
    answer = client_of(model).post(PREDICT, json=BODY)

    assert 500 == answer.status_code
    assert {"error": "the server failed; its log says why."} == answer.json()


def test_token_is_asked_for(model: TellingModel) -> None:
    """With a token set, a prediction needs it; health and metadata do not."""
    client = client_of(model, token="secret")  # noqa: S106
    without = client.post(PREDICT, json=BODY)
    wrong = client.post(PREDICT, json=BODY, headers={"Authorization": "Bearer secre"})
    right = client.post(PREDICT, json=BODY, headers={"Authorization": "Bearer secret"})
    health = client.get("/healthz")

    assert [401, 401, 200, 200] == [answer.status_code for answer in (without, wrong, right, health)]
    assert "a token is needed" in without.json()["error"]
    assert "the token is wrong" in wrong.json()["error"]
    assert "Bearer" == without.headers["www-authenticate"]


def test_metrics_count_requests_and_images(client: Client) -> None:
    """Prometheus sees codes, durations and images."""
    client.post(PREDICT, json={"instances": BODY["instances"] * 3})
    client.post(PREDICT, content=b"no JSON")
    text = client.get("/metrics").text

    assert 'http_requests_total{code="200"} 1.0' in text
    assert 'http_requests_total{code="400"} 1.0' in text
    assert "http_request_seconds_count 2.0" in text
    assert "predicted_images_total 3.0" in text


def test_request_is_a_line_in_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """Method, path, status, milliseconds and bytes of every request are logged."""
    caplog.set_level("INFO")
    answer = client.post(PREDICT, json=BODY)

    (record,) = [record for record in caplog.records if record.message == "request"]
    line = json.loads(JsonFormatter().format(record))
    assert ("POST", PREDICT, 200, len(answer.content)) == (
        line["method"],
        line["path"],
        line["status"],
        line["bytes"],
    )
    assert 0 < line["ms"] < 10_000


def test_announced_large_body_is_not_read(model: TellingModel) -> None:
    """A Content-Length beyond the limit is refused before a byte of the body is asked for."""
    sent, asked = asyncio.run(
        _request(model, [b"{}"], headers=[(b"content-length", str(limits.MAX_BODY_BYTES + 1).encode())])
    )

    assert 413 == sent[0]["status"]
    assert asked <= 1  # after the answer was sent: the client may finish sending


def test_large_body_without_a_length_is_not_read_whole(model: TellingModel) -> None:
    """Sent in chunks, it is refused as soon as the limit is passed."""
    chunk = b"x" * (limits.MAX_BODY_BYTES // 4)

    sent, _ = asyncio.run(_request(model, [chunk] * 6))

    assert 413 == sent[0]["status"]
    assert b"bytes, which are accepted" in sent[1]["body"]


def test_slow_body_is_refused(model: TellingModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that does not go on sending is told so and let go."""
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.05)
    monkeypatch.setattr(limits, "LINGER_SECONDS", 0.05)

    sent, _ = asyncio.run(_request(model, [b'{"inst'], ends=False))

    assert 408 == sent[0]["status"]
    assert (b"connection", b"close") in sent[0]["headers"]


async def _request(
    model: TellingModel,
    chunks: list[bytes],
    *,
    headers: list[tuple[bytes, bytes]] | None = None,
    ends: bool = True,
) -> tuple[list[Message], int]:
    """Send a body in chunks; return what was answered, and how many chunks were asked for."""
    sent: list[Message] = []
    left = iter(enumerate(chunks, start=1))
    asked = 0

    async def receive() -> Message:
        nonlocal asked
        number, chunk = next(left, (0, b""))
        if number == 0:
            await asyncio.Event().wait()
        asked = number
        return {"type": "http.request", "body": chunk, "more_body": number < len(chunks) or not ends}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": PREDICT, "headers": headers or [], "query_string": b""}
    await run_app(model, scope, receive, send)
    return sent, asked


def test_too_much_waiting_work_is_refused(model: TellingModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests beyond those that may wait get 503 and when to come again; the others are all answered."""
    monkeypatch.setattr(limits, "MAX_WAITING", 3)
    model.seconds_per_image = 1.0  # long work, by its own account
    model.may_answer.clear()

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(create_app(cast("OnnxModel", model)))
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            tasks = [asyncio.create_task(client.post(PREDICT, json=BODY)) for _ in range(5)]
            refused, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            assert {503} == {task.result().status_code for task in refused}
            model.may_answer.set()
            return await asyncio.gather(*tasks)

    answers = asyncio.run(ask())

    codes = sorted(answer.status_code for answer in answers)
    assert [200, 200, 200, 503, 503] == codes
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert "1" == refused.headers["retry-after"]
    assert "3 requests are waiting already" in refused.json()["error"]


def test_bodies_take_up_bounded_memory(model: TellingModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body for which there is no room gets 503; room that was given back is used again."""
    monkeypatch.setattr(limits, "MAX_WAITING_BYTES", 100)
    large = {"instances": BODY["instances"] * 20}
    client = client_of(model)
    codes = [client.post(PREDICT, json=body).status_code for body in (BODY, large, BODY, BODY, BODY)]

    assert [200, 503, 200, 200, 200] == codes


def test_client_that_leaves_is_no_error(model: TellingModel) -> None:
    """A connection that is closed in the middle of a body spoils nothing."""

    async def leave() -> AsyncIterator[Message]:
        yield {"type": "http.request", "body": b"{", "more_body": True}
        yield {"type": "http.disconnect"}
        yield {"type": "http.disconnect"}

    async def ask() -> list[Message]:
        sent: list[Message] = []
        messages = leave()

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": PREDICT, "headers": [], "query_string": b""}
        await run_app(model, scope, messages.__anext__, send)
        return sent

    assert 400 == asyncio.run(ask())[0]["status"]
