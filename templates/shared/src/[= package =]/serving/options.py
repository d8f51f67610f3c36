"""What every server is told: where to listen, who may ask, and whether to show its page."""

import ipaddress
from dataclasses import dataclass, field

TOKEN_VARIABLE = "SERVE_TOKEN"  # noqa: S105 - its name, not its value


@dataclass(frozen=True, kw_only=True)
class ServeOptions:
    """Where a server listens; `token` is the secret that clients send, where a server asks for one."""

    host: str = "127.0.0.1"
    port: int = 8080  # 0 is any free one
    token: str | None = field(default=None, repr=False)
    open_page: bool = False


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
