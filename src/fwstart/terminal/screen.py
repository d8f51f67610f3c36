"""What a text is laid out for."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Screen:
    """What the text is for: its columns, and how things stand out there."""

    width: int = 80
    heading: Callable[[str], str] = str  # makes a line stand out
    block: str = "#"  # one point of the bar
