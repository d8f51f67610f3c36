"""The ports of a TorchServe, found free before it starts: it says only in its log that one is in use."""

from contextlib import ExitStack

from ...processes import listening
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
    with ExitStack() as opened:
        inference, management, metrics, grpc_inference, grpc_management = (
            opened.enter_context(
                listening(
                    address,
                    port and port + number,
                    fix=f"TorchServe needs it for {purpose}. Choose another --port: it and the four after it"
                    " must be free.",
                )
            ).getsockname()[1]
            for number, (address, purpose) in enumerate(zip(hosts, _PURPOSES, strict=True))
        )
    return Ports(
        inference=inference,
        management=management,
        metrics=metrics,
        grpc_inference=grpc_inference,
        grpc_management=grpc_management,
    )
