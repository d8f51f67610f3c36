"""Whose requests a server answers that asks for no token: those to this machine's own names."""

import ipaddress

from starlette.types import Scope


def foreign_host(scope: Scope) -> str | None:
    """Return the name to which a request was sent if a page on the web may have sent it there, else None.

    Such a page lets its own name lead to 127.0.0.1 (DNS rebinding), and may then read what is served here;
    but browsers send its name along. It has a dot, as all public names do, and is no address.
    """
    for name, value in scope["headers"]:
        if name == b"host" and not _is_own(host := _without_port(value.decode("latin-1"))):
            return host
    return None


def _without_port(host: str) -> str:
    if host.startswith("["):  # IPv6
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_own(host: str) -> bool:
    if "." not in host or host.lower().endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
