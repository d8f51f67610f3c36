"""What a source of pretrained weights offers: the contract between the verbs and the libraries."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ...files import sha256
from ...runs.backbone import Backbone

Files = Mapping[str, Path]  # of a backbone: where each is now, by a name that is the same on every machine

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of values from 0 to 1


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A backbone that can be had; what the library does not say is None."""

    name: str
    parameters: int | None
    megabytes: int | None
    size: str  # height and width that it was trained with: "224x224"
    license: str | None


class Source(Protocol):
    """A module that knows one library; `name` is what follows the source in the settings."""

    def listed(self, word: str) -> Sequence[Listed]:
        """Return the backbones whose names contain `word`."""

    def names(self) -> Sequence[str]:
        """Return all names, to find the nearest to a wrong one; empty if nobody can know them."""

    def fetch(self, name: str) -> tuple[Backbone, Files]:
        """Download the weights into the library's own cache, unless they are there.

        Raises:
            ProjectError: the name is wrong, or the file cannot be had.
        """

    def build(self, backbone: Backbone, shape: tuple[int, ...], files: Files | None) -> Any:
        """Return the network without its last layer, for samples of `shape`: its output is (batch, features).

        With `files` it has the pretrained weights.

        Raises:
            ProjectError: the weights do not fit, or the network does not take samples of this shape.
        """


def fingerprint(files: Files) -> dict[str, Any]:
    """Return `sha256` and `megabytes` of the files: the hash of one, or that of the list of all hashes."""
    hashes = {name: sha256(path) for name, path in sorted(files.items())}
    whole = "".join(f"{each}  {name}\n" for name, each in hashes.items()).encode()
    (only, *more) = hashes.values()
    return {
        "sha256": hashlib.sha256(whole).hexdigest() if more else only,
        "megabytes": round(sum(path.stat().st_size for path in files.values()) / 1e6, 1),
    }


def no_names() -> Sequence[str]:
    """Return nothing: where anything may be named, no names can be known."""
    return ()


def none_listed(word: str) -> Sequence[Listed]:  # noqa: ARG001 - as every source has it
    """Return nothing, for the same reason."""
    return ()
