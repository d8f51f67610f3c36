"""What every server is told: where to listen, who may ask, and whether to show its page."""

import ipaddress
from dataclasses import dataclass, field

from ..errors import ProjectError

TOKEN_VARIABLE = "SERVE_TOKEN"  # noqa: S105 - its name, not its value


@dataclass(frozen=True, kw_only=True)
class ServeOptions:
    """Where a server listens; `token`, where there is one, is asked of whoever wants a prediction."""

    host: str = "127.0.0.1"
    port: int = 8080  # 0 is any free one
    token: str | None = field(default=None, repr=False)
    open_page: bool = False

    def check(self) -> None:
        """Make sure that the options are safe to serve with.

        Raises:
            ProjectError: there is no such port, or everybody on the network could ask.
        """
        if not 0 <= self.port <= 65535:
            raise ProjectError(
                f"--port is {self.port}; it must be from 0 to 65535, 0 is any free one.",
                fix="The default is --port 8080.",
            )
        if self.token is not None and not (self.token.isascii() and self.token.isprintable() and self.token):
            raise ProjectError(
                f"{TOKEN_VARIABLE} is empty or holds characters that a header cannot carry.",
                fix=f"Set it to letters and digits, for example {TOKEN_VARIABLE}=$(openssl rand -hex 32).",
            )
        if self.token is None and not is_loopback(self.host):
            raise ProjectError(
                f"--host {self.host} is open to the network, and no token is asked for.",
                fix=f"Set {TOKEN_VARIABLE} to a secret, or serve on --host 127.0.0.1.",
            )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def url_of(host: str, port: int) -> str:
    """Return the address under which this machine reaches what listens on `host`."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104  # nosec B104
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
