"""The verb `serve`, as its own process on a free port, and what must be true before it starts."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from [= package =].__main__ import main
from [= package =].checkpoint import load_model
from [= package =].errors import ProjectError
from [= package =].model import predict_logits
from [= package =].runs import Run
from [= package =].serve import EXPORT_OF, SERVERS, serve
from [= package =].serving.options import ServeOptions, url_of
from [= package =].splits import Splits

PACKAGE = "[= package =]"
FRAMEWORKS = ("torch", "tensorflow", "keras", "sklearn")


@pytest.fixture(scope="module")
def folder(trained: Run, exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the trained run's export, as the verb `export` would leave it."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(exported, folder / "exports" / "onnx")
    (folder / "config.toml").write_text(f"runs_folder = '{trained.path.parent}'\n", encoding="utf-8")
    return folder


class Serving:
    """A running `serve`."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", PACKAGE, "serve", "--port", "0"]
        self.process = subprocess.Popen(  # noqa: S603
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert self.process.stdout
        lines = iter(self.process.stdout.readline, "")
        self.url = next(line for line in lines if line.startswith("http")).split()[0]

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal and return the exit code and all that was logged."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors


@pytest.fixture(scope="module")
def serving(folder: Path) -> Iterator[Serving]:
    """Return a running server, which is ended after these tests: starting one takes seconds."""
    serving = Serving(folder)
    yield serving
    serving.end()


def test_answers_equal_the_trained_model(serving: Serving, trained: Run, splits: Splits) -> None:
    """Over HTTP, every test sample gets the trained model's logits and label.

    Tolerance: another runtime adds up in another order; on real samples that is about 1e-5.
    """
    images = splits.test.images[:]
    logits = predict_logits(load_model(trained), images)

    answers = []
    for start in range(0, len(images), 100):
        body = {"instances": images[start : start + 100].tolist()}
        answer = httpx.post(f"{serving.url}/v1/models/{PACKAGE}:predict", json=body)
        answers += answer.json()["predictions"]

    assert np.allclose(logits, [answer["logits"] for answer in answers], atol=1e-3)
    assert [splits.class_names[label] for label in logits.argmax(axis=1)] == [
        answer["label"] for answer in answers
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGKILL")
def test_killed_worker_is_replaced(serving: Serving) -> None:
    """After `kill -9` of the process that answers, another one does: requests wait, none is refused."""
    children = Path(f"/proc/{serving.process.pid}/task/{serving.process.pid}/children")
    if not children.exists():
        pytest.skip("this system does not list a process's children")
    workers = {int(pid) for pid in children.read_text().split() if _serves(int(pid))}

    assert workers
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    time.sleep(0.05)  # until its connections are closed
    answer = httpx.get(f"{serving.url}/healthz", timeout=30)

    assert 200 == answer.status_code


def _serves(pid: int) -> bool:
    return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGTERM")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_it_after_the_request_in_flight(folder: Path, number: signal.Signals) -> None:
    """A request whose body is still arriving is answered; then it ends with 0, and logs are JSON lines."""
    serving = Serving(folder)
    host, port = serving.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        head = f"POST /v1/models/{PACKAGE}:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"
        connection.sendall(head.encode() + b"{")
        httpx.get(f"{serving.url}/healthz")  # by now the head has arrived
        serving.process.send_signal(number)
        time.sleep(1)
        connection.sendall(b"}")
        answer = connection.recv(4096)
    serving.process.wait(timeout=30)
    code, errors = serving.end()

    assert answer.startswith(b"HTTP/1.1 400")
    assert 0 == code
    assert "Traceback" not in errors
    lines = [json.loads(line) for line in errors.splitlines()]
    assert {"path": "/healthz", "status": 200}.items() <= next(
        line for line in lines if line.get("path") == "/healthz"
    ).items()


def test_nothing_of_a_training_framework_is_imported() -> None:
    """What answers requests, and the verb up to it, load no framework: seconds and hundreds of megabytes."""
    modules = ("serve", "__main__", "serving.server", "serving.app", "serving.http_protocol")
    script = (
        f"import sys, {', '.join(f'{PACKAGE}.{module}' for module in modules)}\n"
        f"sys.exit(' '.join(name for name in {FRAMEWORKS} if name in sys.modules) or 0)"
    )

    result = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)  # noqa: S603
    assert ("", 0) == (result.stderr.strip(), result.returncode)


def test_port_in_use_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that another program listens on is named, with the way out."""
    monkeypatch.chdir(folder)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ProjectError, match=rf"Port {port} of 127.0.0.1 is in use.*--port 0"):
            serve("embedded", ServeOptions(port=port), which_run=None, runs_folder=folder)


def test_network_needs_a_token() -> None:
    """On an address that others reach, a server without a token does not start."""
    with pytest.raises(ProjectError, match=r"open to the network, and no token.*Set SERVE_TOKEN"):
        ServeOptions(host="0.0.0.0").check()  # noqa: S104
    ServeOptions(host="0.0.0.0", token="secret").check()  # noqa: S104, S106
    ServeOptions(host="::1").check()
    ServeOptions(host="localhost").check()


@pytest.mark.parametrize("token", ["", "two\nlines", "ümlaut"])
def test_token_that_no_header_can_carry_is_refused(token: str) -> None:
    """An empty token would be none, and others could never be sent."""
    with pytest.raises(ProjectError, match="SERVE_TOKEN is empty or holds"):
        ServeOptions(token=token).check()


def test_token_is_not_shown() -> None:
    """Options in a log or an error message do not give the secret away."""
    assert "secret" not in repr(ServeOptions(token="secret"))  # noqa: S106


def test_url_is_one_that_can_be_opened() -> None:
    """Every address is reached by the loopback one, IPv6 in brackets."""
    assert "http://127.0.0.1:80" == url_of("0.0.0.0", 80)  # noqa: S104
    assert "http://[::1]:80" == url_of("::", 80)


def test_no_run_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an export and without a run there is nothing to serve."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").touch()

    assert 1 == main(["serve", "--port", "0"])
    assert "No run in runs has saved a model yet.\n  Train one first" in capsys.readouterr().err


def test_run_that_is_not_exported_is_exported_first(
    trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an export it makes one of the latest run and says so."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(f"{PACKAGE}.serving.server.serve", lambda _export, _options: 0)

    code = serve("embedded", ServeOptions(), which_run=None, runs_folder=trained.path.parent)

    assert 0 == code
    assert f"Exporting run {trained.path.name} to exports/onnx first." in capsys.readouterr().out
    assert (tmp_path / "exports" / "onnx" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("server", "command"),
    [("embedded", "serve --run latest"), ("other", "serve --with other --run latest")],
)
def test_newer_run_is_mentioned(
    folder: Path,
    trained: Run,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    server: str,
    command: str,
) -> None:
    """What was exported is served; a run that came after is named, with the command for the same server."""
    monkeypatch.chdir(folder)
    monkeypatch.setitem(SERVERS, "other", ".serving.server")
    monkeypatch.setitem(EXPORT_OF, "other", "onnx")
    monkeypatch.setattr(f"{PACKAGE}.serving.server.serve", lambda _export, _options: 0)
    shutil.copytree(trained.path, tmp_path / trained.path.name)
    newer = "29991231T000000Z-1"
    shutil.copytree(trained.path, tmp_path / newer)

    serve(server, ServeOptions(), which_run=None, runs_folder=tmp_path)

    output = capsys.readouterr().out
    assert f"the export of run {trained.path.name}." in output
    assert f"Run {newer} is newer: `{command}` exports and serves it." in output


def test_changed_model_is_not_served(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file that is not the exported one stops the server before it listens."""
    shutil.copytree(folder / "exports", tmp_path / "exports")
    with (tmp_path / "exports" / "onnx" / "model.onnx").open("ab") as model:
        model.write(b"x")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ProjectError, match="is not the file that was exported"):
        serve("embedded", ServeOptions(port=0), which_run=None, runs_folder=tmp_path)
