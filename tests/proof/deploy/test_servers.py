"""Every server answers as the trained model does, whatever else it is sent."""

from __future__ import annotations

import asyncio
import json
import re
import resource
import socket
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from support.deploy.cases import CASES, Case
from support.deploy.load import Load, ask_at_once
from support.deploy.servers import TOLERANCE, wait_until
from support.figures import tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.deploy.servers import RunningServer

pytestmark = pytest.mark.deploy

LEAKS = re.compile(rb'Traceback|File "|\.py\b|site-packages|Exception in|at java\.|java\.lang|org\.pytorch')
LOAD_SECONDS = 15
CONNECTIONS = 1000
PATIENCE_SECONDS = 30  # for an answer to what is no request
ENDLESS_SECONDS = 10  # that a slow client is kept waiting by a server that lets nobody go


@pytest.fixture(autouse=True)
def _still_serving(server: RunningServer) -> Iterator[None]:
    """Whatever a test did, the server then predicts as the trained model does."""
    yield
    server.assert_predicts()


def test_answers_are_the_trained_models(server: RunningServer) -> None:
    """Every sample gets the trained model's label and its logits, give or take another order of adding."""
    distance = server.largest_distance()

    num_samples = len(server.samples.images)
    tell(f"parity: {server.name}, {num_samples} samples, largest logit difference {distance:.2g}")
    assert distance <= TOLERANCE


def test_status_is_answered(server: RunningServer) -> None:
    """A client of TensorFlow Serving finds out whether the model is there."""
    if not server.has_status:
        pytest.skip(f"{server.name} has no such route")
    reply = server.ask("GET", f"/v1/models/{server.model}")

    assert "AVAILABLE" == json.loads(reply.body)["model_version_status"][0]["state"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_request_is_refused_with_a_message(server: RunningServer, case: Case) -> None:
    """It gets one of the codes defined for it and a message without a stack trace; the server goes on."""
    if not case.is_for(server):
        pytest.skip(f"{server.name} takes no files")
    image = server.samples.images[0]
    path = case.path.replace("{model}", server.model)
    try:
        reply = server.ask(case.method, path, case.body(image), case.headers)
    except ConnectionError:
        assert case.name in server.cut_off
        return

    assert reply.code in case.codes_of(server), reply
    assert len(reply.body) > 10 or reply.code in server.silent, reply
    assert not LEAKS.search(reply.body), reply
    server.assert_predicts()


def test_slow_client_is_let_go(server: RunningServer) -> None:
    """Who sends a byte a second is answered 408 or cut off, and does not keep others waiting.

    A server that lets nobody go must at least go on with others.
    """
    patience = ENDLESS_SECONDS if server.slow_seconds is None else server.slow_seconds
    head = _head(server, length=100)
    with socket.create_connection(server.address, timeout=1) as connection:
        connection.sendall(head)
        started, received = time.monotonic(), None
        while received is None and time.monotonic() - started < patience:
            try:
                connection.sendall(b" ")
                received = connection.recv(4096)
            except TimeoutError:
                server.assert_predicts()
            except OSError:
                received = b""

    if server.slow_seconds is not None:
        assert received is not None
    assert not received or received.split()[1] == b"408"


def test_endless_head_is_cut_off(server: RunningServer) -> None:
    """Headers that never end are no way to fill the memory, nor to keep a connection."""
    with socket.create_connection(server.address, timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        received = b""
        try:
            for _ in range(10_000):
                connection.sendall(b"X-Header: " + b"a" * 4096 + b"\r\n")
            received = connection.recv(4096)
        except OSError:
            pass

    assert not LEAKS.search(received)


@pytest.mark.parametrize("sent", [b"\0" * 100, b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"\r\n" * 50])
def test_what_is_no_http_is_no_trouble(server: RunningServer, sent: bytes) -> None:
    """Bytes that are not HTTP get an error or a closed connection."""
    received = b""
    with (
        socket.create_connection(server.address, timeout=PATIENCE_SECONDS) as connection,
        suppress(OSError),
    ):
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = connection.recv(4096)

    assert not LEAKS.search(received)
    assert received == b"" or b" 4" in received[:20]


def test_thousand_connections_at_once(server: RunningServer) -> None:
    """1,000 open connections that all ask get an answer: a right prediction, or 503."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192), most))

    outcomes = Counter(asyncio.run(ask_at_once(server, CONNECTIONS)))

    tell(f"{server.name}: {CONNECTIONS} connections at once: {dict(outcomes)}")
    assert outcomes.keys() <= {"right", "busy"}
    assert outcomes["right"] >= CONNECTIONS / 10


def test_killed_worker_is_replaced(server: RunningServer) -> None:
    """After `kill -9` of the process that predicts, another one does within seconds."""
    wait_until(server.worker_pids)
    killed = server.kill_workers()
    started = time.monotonic()

    wait_until(lambda: _predicts(server))

    tell(f"{server.name}: predicts {time.monotonic() - started:.1f} s after kill -9 of {len(killed)} worker")
    assert server.worker_pids()
    assert not killed & server.worker_pids()


def test_load_with_faults_loses_nothing(server: RunningServer) -> None:
    """For fifteen seconds good requests are mixed with bad ones, aborted and slow ones, and killed workers.

    Every good request is answered, at once or when it is sent again, and every answer is the trained model's.
    """
    load = Load(server, seconds=LOAD_SECONDS)

    asyncio.run(load.run())

    tell(f"{server.name}: {load.summary()}")
    assert 0 == load.num_lost
    assert 0 == load.num_wrong
    assert load.num_right > 10 * LOAD_SECONDS
    assert all(load.faults[kind] > 0 for kind in ("bad", "aborted", "slow", "killed"))


def _predicts(server: RunningServer) -> bool:
    try:
        server.assert_predicts()
    except (OSError, AssertionError):
        return False
    return True


def _head(server: RunningServer, *, length: int) -> bytes:
    lines = [f"POST {server.predict_path} HTTP/1.1", "Host: test", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in server.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
