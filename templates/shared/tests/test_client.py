"""The client asks again only where that is safe, completes short answers, and says what went wrong."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from PIL import Image

from [= package =].client import Answer, Client, ServedModel, ServerError
from [= package =].errors import ProjectError
from [= package =].labelling import Failure, Prediction

MODEL = ServedModel(name="toy", class_names=("no", "yes"), image_shape=(2, 2, 1))
IMAGES = np.zeros((1, 2, 2, 1), np.uint8)
LOGITS = [0.0, float(np.log(3))]


@contextmanager
def server(*answers: tuple[int, object]) -> Iterator[tuple[str, list[Any]]]:
    """Run a small server that gives one answer after the other, the last for good; note what it is asked."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Answer with the next status and body."""
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, self.headers.get("Authorization"), body))
            status, value = answers[min(len(asked), len(answers)) - 1]
            content = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Stay silent."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}", asked
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


def predictions(*values: object) -> tuple[int, object]:
    """Return a good answer with these predictions."""
    return 200, {"predictions": list(values)}


def ask(url: str, **options: Any) -> list[Answer]:
    """Return the answers to one black image."""
    with Client(url, MODEL, **options) as client:
        return client.predict(IMAGES)


def test_request_is_the_contracts() -> None:
    """The name is in the path, images are nested lists, the token a bearer's."""
    with server(predictions({"logits": LOGITS})) as (url, asked):
        ask(url, token="secret")  # noqa: S106

    assert [("/v1/models/toy:predict", "Bearer secret", {"instances": [[[[0], [0]], [[0], [0]]]]})] == asked


@pytest.mark.parametrize("prediction", [LOGITS, {"logits": LOGITS}], ids=["list", "object"])
def test_short_answer_is_completed(prediction: object) -> None:
    """From logits alone follow probabilities and label; TF Serving leaves out the key as well."""
    with server(predictions(prediction)) as (url, _):
        (answer,) = ask(url)

    assert "yes" == answer.label
    assert pytest.approx((0.25, 0.75)) == answer.probabilities
    assert pytest.approx(0.75) == answer.probability


def test_busy_server_is_asked_again() -> None:
    """503 and 429 mean that the request was not looked at."""
    with server((503, {"error": "busy"}), (429, {}), predictions(LOGITS)) as (url, asked):
        (answer,) = ask(url)

    assert "yes" == answer.label
    assert 3 == len(asked)


@pytest.mark.parametrize("status", [400, 404, 413, 500])
def test_refusal_is_passed_on_at_once(status: int) -> None:
    """What the server says reaches the user, and it is not asked again."""
    with server((status, {"error": "instances[0] is wrong"})) as (url, asked):
        with pytest.raises(ServerError, match=rf"answered {status}: instances\[0\] is wrong"):
            ask(url)

        assert 1 == len(asked)


@pytest.mark.parametrize(
    "value",
    ["text", {}, {"predictions": [{"label": "yes"}]}, {"predictions": []}],
    ids=str,
)
def test_answer_that_is_no_prediction(value: object) -> None:
    """Another service at that address is an error, never a made-up label."""
    with server((200, value)) as (url, _), pytest.raises(ServerError, match="Check that the URL"):
        ask(url)


@pytest.mark.parametrize(
    ("prediction", "found"),
    [
        ([1.0], "gives 1 logits"),
        ({"logits": LOGITS, "label": "maybe"}, "says 'maybe' where the export has 'yes'"),
    ],
)
def test_model_of_another_export_is_noticed(prediction: object, found: str) -> None:
    """A server whose classes are not those of the export is an error, never a label of the wrong model."""
    with server(predictions(prediction)) as (url, _), pytest.raises(ServerError, match=found) as caught:
        ask(url)

    assert "--export" in caught.value.fix


def test_no_server_is_an_error() -> None:
    """The fix names the verb that starts one."""
    with server() as (url, _):
        pass  # its port is free again

    with pytest.raises(ServerError, match="cannot be reached") as caught:
        ask(url)

    assert "serve" in caught.value.fix


def test_waiting_ends_with_a_prediction() -> None:
    """A server that has not loaded its model yet is asked until it answers."""
    not_yet: list[tuple[int, object]] = [(404, {}), (503, {}), (500, {})]

    with server(*not_yet, predictions(LOGITS)) as (url, asked), Client(url, MODEL) as client:
        client.wait_until_ready(timeout_seconds=10)

    assert 4 == len(asked)


def test_waiting_has_an_end() -> None:
    """A server that never gets ready is an error when the time is over."""
    with (
        server((500, {"error": "no model"})) as (url, _),
        Client(url, MODEL) as client,
        pytest.raises(ServerError, match="no model"),
    ):
        client.wait_until_ready(timeout_seconds=0.2)


@pytest.mark.parametrize(
    ("code", "message"), [(401, "no token"), (400, "Token Authorization failed. Token either incorrect")]
)
def test_waiting_for_a_wrong_token_is_useless(code: int, message: str) -> None:
    """What only the caller can mend is said at once; the second is what TorchServe says."""
    with (
        server((code, {"error": message})) as (url, asked),
        Client(url, MODEL) as client,
        pytest.raises(ServerError, match=message) as caught,
    ):
        client.wait_until_ready(timeout_seconds=60)

    assert "SERVE_TOKEN" in caught.value.fix
    assert 1 == len(asked)


def test_pixels_must_be_numbers() -> None:
    """NaN has no JSON: it is refused before it is sent."""
    pixels = np.full((1, 2, 2, 1), np.nan, np.float32)

    with Client("http://127.0.0.1:1", MODEL) as client, pytest.raises(ProjectError, match="NaN"):
        client.predict(pixels)


def test_files_are_labelled(tmp_path: Path) -> None:
    """A file is decoded and resized here; one that is no image fails by itself."""
    Image.new("L", (5, 5), 255).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_text("no image")

    with server(predictions(LOGITS)) as (url, asked), Client(url, MODEL) as client:
        first, second = client.predict_files([tmp_path])

    assert isinstance(first, Prediction)
    assert "yes" == first.label
    assert pytest.approx(0.75) == first.probability
    assert isinstance(second, Failure)
    assert [[[[255], [255]], [[255], [255]]]] == asked[0][2]["instances"]


def test_client_needs_no_framework() -> None:
    """It runs where neither the framework nor scikit-learn is installed."""
    modules = "[= package =].client"
    heavy = ("torch", "tensorflow", "keras", "sklearn")
    script = f"import sys, {modules}\nsys.exit(any(name in sys.modules for name in {heavy}))"

    assert 0 == subprocess.run([sys.executable, "-c", script], check=False).returncode  # noqa: S603
