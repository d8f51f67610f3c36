"""The ports of a TorchServe, found free before it starts: it says only in its log that one is in use."""

import socket

from ...errors import ProjectError
from .settings import LOCAL, Ports

# In this order from the chosen port on; TorchServe opens all of them, and no setting turns one off.
_PURPOSES = ("predictions", "management", "metrics", "gRPC predictions", "gRPC management")


def choose_ports(host: str, port: int) -> Ports:
    """Return `port` for predictions on `host` and the four after it, on this machine, for the rest.

    0 chooses any five that are free.

    Raises:
        ProjectError: one is in use, may not be opened, or the host is not this machine's.
    """
    hosts = (host, *[LOCAL] * 4)
    sockets: list[socket.socket] = []
    try:
        for number, (address, purpose) in enumerate(zip(hosts, _PURPOSES, strict=True)):
            sockets.append(_opened(address, port and port + number, purpose))
        inference, management, metrics, grpc_inference, grpc_management = (
            opened.getsockname()[1] for opened in sockets
        )
    finally:
        for opened in sockets:
            opened.close()
    return Ports(
        inference=inference,
        management=management,
        metrics=metrics,
        grpc_inference=grpc_inference,
        grpc_management=grpc_management,
    )


def _opened(host: str, port: int, purpose: str) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        opened = socket.socket(family, socket.SOCK_STREAM)
        # As Java does: a port is free as soon as a server that had it has ended.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ProjectError(
            f"TorchServe cannot open {host}:{port}, which it needs for {purpose} ({reason}).",
            fix="Choose another --port: it and the four after it must be free.",
        ) from error
    return opened
