"""The names by which a server may be asked: a page on the web can make its own name lead to this machine."""

import ipaddress
import re
from collections.abc import Sequence

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
SHOWN_CHARACTERS = 100  # of a header that is refused
_HEADER = re.compile(r"(?:(?P<name>[^:\[\]]+)|\[(?P<ipv6>[0-9a-fA-F.]*:[0-9a-fA-F:.]*)\])(?::[0-9]*)?")


class KnownHosts:
    """An application that answers requests to one of `hosts`, on any port, and refuses others with 400.

    Browsers send the name that a page was loaded from: that gives DNS rebinding away. IPv6 addresses are
    given without brackets.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._app = app
        self._hosts = dict.fromkeys(_plain(host) for host in hosts)
        names = ", ".join(f"[{host}]" if ":" in host else host for host in self._hosts)
        self._accepted = f"what is sent to {names} is answered, with or without a port."

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        app = self._app
        if scope["type"] != "lifespan" and (problem := self._problem(scope)):
            app = JSONResponse({"error": f"{problem}; {self._accepted}"}, 400)
        await app(scope, receive, send)

    def _problem(self, scope: Scope) -> str:
        """Return why a request is refused, an empty string if it is not."""
        sent = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(sent) != 1:
            return "the request has several Host headers" if sent else "the request has no Host header"
        if _host(sent[0]) in self._hosts:
            return ""
        return f'the Host header is "{sent[0][:SHOWN_CHARACTERS]}"'


def _host(header: str) -> str | None:
    """Return the host of a Host header, without its port and brackets; None if it has another form."""
    found = _HEADER.fullmatch(header)
    return _plain(found["name"] or found["ipv6"]) if found else None


def _plain(host: str) -> str:
    """Return one way to write a host that can be written in several."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host.lower()
