"""How much a client may send, how long it may take, and how much work may wait."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from ...serving.app import MAX_BODY_BYTES, TOO_LARGE, error_response

MAX_WAITING_BYTES = 256 * 2**20  # of all bodies that are being read or waiting for an answer
BODY_SECONDS = 10.0  # for all of a body to arrive
WAIT_SECONDS = 5.0  # for a processor
LINGER_SECONDS = 2.0  # for a client that was refused to stop sending and read why
RETRY_SECONDS = 1  # after which a client that found no room may come again


class Room:
    """What is being worked on now, and whether more fits."""

    def __init__(self) -> None:
        self._bytes = 0
        self._places = asyncio.Semaphore(os.cpu_count() or 1)

    async def read_body(self, scope: Scope, receive: Receive) -> "Body":
        """Return the body of a request, which takes up room until it is given back.

        Raises:
            HTTPException: it is larger than MAX_BODY_BYTES (413; no more of it than that is read), takes
                longer than BODY_SECONDS (408), its client left (400), or there is no room for it (503).
        """
        body = Body(self)
        try:
            _refuse_if_large(_announced_length(scope))
            async with asyncio.timeout(BODY_SECONDS):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise HTTPException(400, "the connection was closed before the body had arrived.")
                    body.add(message.get("body", b""))
                    if not message.get("more_body", False):
                        return body
        except TimeoutError as error:
            body.give_back()
            raise HTTPException(
                408, f"the body did not arrive within {BODY_SECONDS:g} seconds; send it faster."
            ) from error
        except BaseException:
            body.give_back()
            raise

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold one of as many places as there are processors: more work at once would only need more memory.

        Raises:
            HTTPException: none became free within WAIT_SECONDS (503).
        """
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._places.acquire()
        except TimeoutError as error:
            raise _busy(f"the requests before this one take more than {WAIT_SECONDS:g} seconds") from error
        try:
            yield
        finally:
            self._places.release()

    def take(self, num_bytes: int) -> None:
        """Take up room for that many bytes, or refuse them."""
        if num_bytes > 0 and self._bytes + num_bytes > MAX_WAITING_BYTES:
            raise _busy(f"the requests that are being answered hold {self._bytes} bytes")
        self._bytes += num_bytes


class Body:
    """The bytes of a request; they count as taken until they are given back."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._chunks: list[bytes] = []
        self.num_bytes = 0

    def add(self, chunk: bytes) -> None:
        """Take up one more part."""
        _refuse_if_large(self.num_bytes + len(chunk))
        self._room.take(len(chunk))
        self.num_bytes += len(chunk)
        self._chunks.append(chunk)

    def content(self) -> bytes:
        """Return all of them."""
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)

    def give_back(self) -> None:
        """Make room for others."""
        self._chunks.clear()
        self._room.take(-self.num_bytes)
        self.num_bytes = 0


async def refuse(error: HTTPException, scope: Scope, receive: Receive, send: Send) -> None:
    """Send an error, maybe before the request was read, and close once the client has had time to read it.

    A connection that is closed while its client still sends is reset, and the answer lost with it.
    """
    headers = {**(error.headers or {}), "connection": "close"}
    response = error_response(error.status_code, error.detail, headers)

    async def send_unfinished(message: Message) -> None:
        if message["type"] == "http.response.body":
            message["more_body"] = True
        await send(message)

    await response(scope, receive, send_unfinished)
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    break
    except TimeoutError:
        pass
    await send({"type": "http.response.body", "body": b""})


def _announced_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _refuse_if_large(num_bytes: int) -> None:
    if num_bytes > MAX_BODY_BYTES:
        raise HTTPException(413, TOO_LARGE)


def _busy(problem: str) -> HTTPException:
    headers = {"retry-after": str(RETRY_SECONDS)}
    return HTTPException(503, f"{problem}; try again in {RETRY_SECONDS} s.", headers)
