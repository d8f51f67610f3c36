"""The server's routes and errors, with a model that answers what it is told to."""

import asyncio
import json

import pytest
from starlette.types import Message
from telling_model import BODY, PREDICT, Client, TellingModel, client_of, run_app

from [= package =].serving.observation import JsonFormatter


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
