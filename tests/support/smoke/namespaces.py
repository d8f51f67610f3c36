"""Two machines as far as the network can tell: namespaces with an address each, and a cable between."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

CABLE = ("type", "veth", "peer", "name")
NEW = ("unshare", "--map-root-user", "--net")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Its address, the end of the cable there, and the words that let a command run on it."""

    address: str
    plug: str
    entered: tuple[str, ...]

    def run(self, *words: str) -> None:
        """Run a command, which must pass."""
        subprocess.run([*self.entered, *words], check=True)

    def unplug(self) -> None:
        """Cut the network: nothing arrives any more, and nobody is told."""
        self.run("ip", "link", "set", self.plug, "down")


@contextmanager
def two_machines() -> Iterator[tuple[Machine, Machine]]:
    """Yield two machines that reach each other and nothing else; they are gone when nothing runs on them."""
    _skip_if_refused()
    with _held(*NEW) as first:
        entered = _entering(first)
        with _held(*entered, "unshare", "--net") as second:
            near = Machine(address="10.77.0.1", plug="near", entered=entered)
            far = Machine(address="10.77.0.2", plug="far", entered=_entering(second))
            near.run("ip", "link", "add", near.plug, *CABLE, far.plug, "netns", str(second))
            for machine in (near, far):
                machine.run("ip", "address", "add", f"{machine.address}/24", "dev", machine.plug)
                machine.run("ip", "link", "set", "lo", "up")
                machine.run("ip", "link", "set", machine.plug, "up")
            yield near, far


def _skip_if_refused() -> None:
    trying = [*NEW, "ip", "link", "add", "near", *CABLE, "far"]
    try:
        tried = subprocess.run(trying, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        pytest.skip(f"two machines need util-linux and iproute2 ({error})")
    if tried.returncode:
        pytest.skip(f"this system allows no network between namespaces ({tried.stderr.strip()})")


@contextmanager
def _held(*words: str) -> Iterator[int]:
    """Yield the number of a process in a new namespace, which lasts as long as this block."""
    with subprocess.Popen([*words, "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin
        assert holder.stdout
        holder.stdin.write(b"\n")
        holder.stdin.flush()
        assert b"\n" == holder.stdout.readline()  # it is there, and `cat` ends when stdin is closed
        yield holder.pid


def _entering(number: int) -> tuple[str, ...]:
    return ("nsenter", f"--target={number}", "--user", "--preserve-credentials", "--net")
