"""A page on the web cannot reach the server through a name of its own that leads to this machine."""

import pytest

from [= package =].serving.hosts import foreign_host


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "a.localhost:1", "[::1]:8080", "192.168.0.2", "server:1"],
)
def test_own_names_and_addresses_are_accepted(host: str) -> None:
    """Whichever port: what stands before this server may listen on another."""
    assert None is foreign_host({"headers": [(b"accept", b"*/*"), (b"host", host.encode())]})


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "evil."])
def test_public_name_is_foreign(host: str) -> None:
    """It is returned without its port."""
    assert host.partition(":")[0] == foreign_host({"headers": [(b"host", host.encode())]})


def test_request_without_a_host_is_accepted() -> None:
    """No browser leaves it out."""
    assert None is foreign_host({"headers": []})
