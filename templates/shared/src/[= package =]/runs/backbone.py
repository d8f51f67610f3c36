"""Pretrained weights that a run began with: where they are from, and how the network is built again."""

from dataclasses import dataclass, replace
from typing import Any, Self

from ..files import last_part


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """A pretrained network without its last layer.

    A run and its exports keep it: they never need the library's file again, since a run's checkpoint holds
    all weights.
    """

    name: str  # as in the settings: "timm/resnet18.a1_in1k"
    library: str  # whose network it is, with its version: "timm 1.0.31"
    architecture: dict[str, Any]  # what the library needs to build the network without its weights
    mean: tuple[float, ...]  # of each channel, for values from 0 to 255
    std: tuple[float, ...]
    size: tuple[int, int]  # height and width that it was trained with
    interpolation: str  # with which samples were resized then
    source: str  # the address or the folder that the weights are from
    license: str  # "" if the source names none
    sha256: str  # of the weights' file, or of all files of the source
    megabytes: float

    def published(self) -> "Backbone":
        """Return it as an export tells it: of a folder only its name."""
        if not self.name.startswith("local:"):
            return self
        folder = last_part(self.name.removeprefix("local:"))
        return replace(self, name=f"local:{folder}", source=folder)

    @classmethod
    def taken_from(cls, values: dict[str, Any] | None) -> Self | None:
        """Return what `asdict` made of one, None if there was none."""
        if values is None:
            return None
        tuples = {key: tuple(values[key]) for key in ("mean", "std", "size")}
        return cls(**values | tuples)
