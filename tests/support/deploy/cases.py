"""What must not bring a server down: each case is a request and the codes with which it may be answered."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.deploy.servers import Image, RunningServer

Body = bytes | Iterator[bytes]
TOO_LARGE = 64 * 2**20  # bytes; more than any of the servers accepts


@dataclass(frozen=True, kw_only=True)
class Case:
    """A request that is refused; `{model}` in the path stands for the model's name."""

    name: str
    codes: frozenset[int]
    body: Callable[[Image], Body | None] = lambda _image: None
    path: str = "/v1/models/{model}:predict"
    method: str = "POST"
    headers: dict[str, str] | None = None  # None: those of a client that may ask
    needs_files: bool = False

    def is_for(self, server: RunningServer) -> bool:
        """Whether the server has what the case is about."""
        return server.takes_files or not self.needs_files

    def codes_of(self, server: RunningServer) -> frozenset[int]:
        """Return the codes with which that server may answer."""
        return server.codes.get(self.name, self.codes)


def _text(text: bytes) -> Callable[[Image], Body]:
    return lambda _image: text


def _instances(*instances: object) -> Callable[[Image], Body]:
    return _text(json.dumps({"instances": instances}).encode())


def _changed(value: object) -> Callable[[Image], Body]:
    """Return a good request but for its first pixel."""

    def body(image: Image) -> bytes:
        changed = [[[value], *image[0][1:]], *image[1:]]
        return json.dumps({"instances": [changed]}).encode()

    return body


def _file(data: bytes) -> Callable[[Image], Body]:
    return _instances({"b64": base64.b64encode(data).decode()})


def _good(image: Image) -> bytes:
    return json.dumps({"instances": [image]}).encode()


def _endless(_image: Image) -> Iterator[bytes]:
    """Yield more than is accepted, without having said how much it will be."""
    yield b'{"instances": ['
    for _ in range(TOO_LARGE // 2**16):
        yield b" " * 2**16


def _get(path: str) -> Case:
    return Case(name=f"GET {path}", codes=frozenset({400, 404}), path=path, method="GET")


BAD_REQUEST = frozenset({400})
# A PNG that says it has 50,000 x 50,000 pixels: a decompression bomb.
BOMB = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAw1AAAMNQCAAAAABuxGIWAAAADElEQVR4nGNgoD0AAABkAAGGZDw1AAAAAElFTkSuQmCC"
)

CASES = (
    Case(name="empty body", codes=BAD_REQUEST, body=_text(b"")),
    Case(name="malformed JSON", codes=BAD_REQUEST, body=_text(b'{"instances": [[[')),
    Case(name="not UTF-8", codes=BAD_REQUEST, body=_text(b'{"instances": "\xff\xfe"}')),
    Case(name="deep nesting", codes=BAD_REQUEST, body=_text(b'{"instances": ' + b"[" * 100_000)),
    Case(name="no object", codes=BAD_REQUEST, body=_text(b"[1, 2]")),
    Case(name="no instances", codes=BAD_REQUEST, body=_text(b'{"inputs": [1]}')),
    Case(name="instances are no list", codes=BAD_REQUEST, body=_text(b'{"instances": {"a": 1}}')),
    Case(name="empty", codes=BAD_REQUEST, body=_instances()),
    Case(name="wrong shape", codes=BAD_REQUEST, body=_instances([[[1.0], [2.0]], [[3.0], [4.0]]])),
    Case(name="a number", codes=BAD_REQUEST, body=_instances(7)),
    Case(name="ragged", codes=BAD_REQUEST, body=_instances([[[1], [2]], [[3]]])),
    Case(name="wrong type: text", codes=BAD_REQUEST, body=_changed("1")),
    Case(name="wrong type: null", codes=BAD_REQUEST, body=_changed(None)),
    Case(name="wrong type: true", codes=BAD_REQUEST, body=_changed(True)),
    Case(name="NaN", codes=BAD_REQUEST, body=_changed(float("nan"))),
    Case(name="infinity", codes=BAD_REQUEST, body=_changed(float("inf"))),
    Case(name="below 0", codes=BAD_REQUEST, body=_changed(-1)),
    Case(name="above 255", codes=BAD_REQUEST, body=_changed(256)),
    Case(name="huge number", codes=BAD_REQUEST, body=_changed(10**40)),
    Case(name="too many", codes=BAD_REQUEST | {413}, body=lambda image: _instances(*[image] * 5000)(image)),
    Case(name="too large", codes=frozenset({413}), body=_text(b" " * TOO_LARGE)),
    Case(name="too large, in chunks", codes=frozenset({413}), body=_endless),
    Case(name="not an image", codes=BAD_REQUEST, body=_file(b"not an image"), needs_files=True),
    Case(name="not base64", codes=BAD_REQUEST, body=_instances({"b64": "%%%"}), needs_files=True),
    Case(name="broken image", codes=BAD_REQUEST, body=_file(BOMB[:40]), needs_files=True),
    Case(name="decompression bomb", codes=BAD_REQUEST, body=_file(BOMB), needs_files=True),
    Case(name="no token", codes=frozenset({401}), body=_good, headers={}),
    Case(name="bad token", codes=frozenset({401}), body=_good, headers={"Authorization": "Bearer wrong"}),
    Case(name="odd token", codes=frozenset({401}), body=_good, headers={"Authorization": "\xfc" * 5000}),
    Case(name="unknown model", codes=frozenset({404}), path="/v1/models/nobody:predict", body=_good),
    Case(name="unknown version", codes=frozenset({404}), path="/v1/models/{model}/versions/99", method="GET"),
    Case(name="GET of a prediction", codes=frozenset({405}), method="GET"),
    Case(name="DELETE of the model", codes=frozenset({404, 405}), path="/v1/models/{model}", method="DELETE"),
    _get("/../../../../etc/passwd"),
    _get("/%2e%2e/%2e%2e/%2e%2e/etc/passwd"),
    _get("/..%2f..%2f..%2fetc%2fpasswd"),
    _get("//etc/passwd"),
    _get("/page.js/../../manifest.json"),
    _get("/v1/models/..%2f..%2fmanifest.json"),
    _get("/%00"),
    _get("/" + "a" * 8000),
)
