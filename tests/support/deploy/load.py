"""Half a minute of requests to a server, good ones and faults, every answer checked."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from support.deploy.servers import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from support.deploy.servers import RunningServer

NUM_CLIENTS = 8
GIVE_UP_SECONDS = 60  # without an answer, over all attempts, a request counts as lost
KILL_SECONDS = 10  # between two kills of the workers
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Outcome = Literal["right", "wrong", "busy", "refused", "lost"]


@dataclass
class Load:
    """Good requests and faults for a while, and what came of them."""

    server: RunningServer
    seconds: float
    num_right: int = 0
    num_wrong: int = 0
    num_lost: int = 0
    num_repeated: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)

    async def run(self) -> None:
        """Send all of it."""
        chance = random.Random(6)  # noqa: S311 - nothing secret
        end = time.monotonic() + self.seconds
        seeds = [chance.random() for _ in range(NUM_CLIENTS)]
        await asyncio.gather(
            *(self._good(end, random.Random(seed)) for seed in seeds),  # noqa: S311
            self._faults(end, "bad", 0.05),
            self._faults(end, "aborted", 0.1),
            self._faults(end, "slow", 2),
            self._kill(end),
        )

    def summary(self) -> str:
        """Return the figures in one line."""
        times = sorted(self.milliseconds)
        p50, p99 = (times[int(len(times) * share)] for share in (0.5, 0.99))
        return (
            f"{self.num_right} right, {self.num_wrong} wrong, {self.num_lost} lost,"
            f" {self.num_repeated} sent again, p50 {p50:.1f} ms, p99 {p99:.1f} ms; faults {dict(self.faults)}"
        )

    async def _good(self, end: float, chance: random.Random) -> None:
        connection = Connection(self.server)
        while time.monotonic() < end:
            numbers = [chance.randrange(len(self.server.samples.images)) for _ in range(chance.randint(1, 4))]
            started = time.monotonic()
            outcome: Outcome = "lost"
            while outcome not in {"right", "wrong"} and time.monotonic() - started < GIVE_UP_SECONDS:
                outcome = await connection.predict(numbers)
                if outcome in {"busy", "lost"}:
                    self.num_repeated += 1
                    await asyncio.sleep(0.1)
            self.num_right += outcome == "right"
            self.num_wrong += outcome in {"wrong", "refused"}
            self.num_lost += outcome in {"lost", "busy"}
            self.milliseconds.append((time.monotonic() - started) * 1000)
        await connection.close()

    async def _faults(self, end: float, kind: str, pause: float) -> None:
        while time.monotonic() < end:
            with suppress(OSError, asyncio.IncompleteReadError):
                await FAULTS[kind](self.server)
                self.faults[kind] += 1
            await asyncio.sleep(pause)

    async def _kill(self, end: float) -> None:
        await asyncio.sleep(min(5, self.seconds / 4))
        while time.monotonic() < end - KILL_SECONDS / 2:
            self.faults["killed"] += len(self.server.kill_workers())
            await asyncio.sleep(KILL_SECONDS)


class Connection:
    """A client's connection, which is kept open between requests and opened again when it was closed."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._streams: Streams | None = None

    async def predict(self, numbers: list[int]) -> Outcome:
        """Ask once for the predictions of samples."""
        samples = self._server.samples
        body = json.dumps({"instances": [samples.images[number] for number in numbers]}).encode()
        try:
            async with asyncio.timeout(GIVE_UP_SECONDS):
                await self.open()
                assert self._streams
                self._streams[1].write(request(self._server, body))
                code, text = await read_reply(self._streams[0])
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            await self.close()
            return "lost"
        if code in self._server.again:
            await self.close()
            return "busy"
        if code != 200:
            return "refused"
        predictions: list[dict[str, Any]] = json.loads(text)["predictions"]
        pairs = zip(numbers, predictions, strict=True)
        return "right" if all(samples.distance(*pair) <= TOLERANCE for pair in pairs) else "wrong"

    async def open(self) -> None:
        """Connect, unless it is."""
        if self._streams is None or self._streams[0].at_eof():
            await self.close()
            self._streams = await asyncio.open_connection(*self._server.address)

    async def close(self) -> None:
        """Close the connection."""
        streams, self._streams = self._streams, None
        if streams:
            await close(streams[1])


async def ask_at_once(server: RunningServer, num_connections: int) -> list[Outcome]:
    """Open that many connections, then ask over all of them at once; return what came of each."""
    connections = [Connection(server) for _ in range(num_connections)]
    await asyncio.gather(*(connection.open() for connection in connections))
    numbers = [[number % len(server.samples.images)] for number in range(num_connections)]
    outcomes = await asyncio.gather(*map(Connection.predict, connections, numbers))
    for connection in connections:
        await connection.close()
    return list(outcomes)


def request(server: RunningServer, body: bytes, *, length: int | None = None) -> bytes:
    """Return a request for a prediction; `length` is what it says that its body has."""
    lines = [f"POST {server.predict_path} HTTP/1.1", "Host: test"]
    lines += [f"{name}: {value}" for name, value in server.headers.items()]
    lines += [f"Content-Length: {len(body) if length is None else length}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


async def read_reply(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return the code and the body of an answer that says how long it is."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = next(line for line in head.split("\r\n") if line.startswith("content-length:"))
    return int(head.split()[1]), await reader.readexactly(int(length.split(":")[1]))


async def close(writer: asyncio.StreamWriter) -> None:
    """Close a connection, whatever has become of it."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


@asynccontextmanager
async def connected(
    server: RunningServer,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Yield a new connection, which is closed afterwards."""
    reader, writer = await asyncio.open_connection(*server.address)
    try:
        yield reader, writer
    finally:
        await close(writer)


async def _bad(server: RunningServer) -> None:
    async with connected(server) as (reader, writer):
        writer.write(request(server, b'{"instances": [[["x"]]]}'))
        await read_reply(reader)


async def _aborted(server: RunningServer) -> None:
    async with connected(server) as (_, writer):
        writer.write(request(server, b'{"instances": [', length=1000))
        await writer.drain()
        writer.transport.abort()


async def _slow(server: RunningServer) -> None:
    async with connected(server) as (_, writer):
        for byte in request(server, b"{}", length=100)[:20]:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.1)


FAULTS = {"bad": _bad, "aborted": _aborted, "slow": _slow}
