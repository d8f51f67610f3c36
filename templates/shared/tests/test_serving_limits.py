"""The server takes no more than it has room and time for, with a model that answers what it is told to."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import httpx
import pytest
from starlette.types import Message
from telling_model import BODY, PREDICT, TellingModel, client_of, run_app

from [= package =].serving import limits
from [= package =].serving.app import create_app
from [= package =].serving.onnx_model import OnnxModel


@pytest.fixture
def model() -> TellingModel:
    """Return a model that works."""
    return TellingModel()


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
