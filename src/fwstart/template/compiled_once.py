"""Keeps Jinja from compiling the same text repeatedly, as copier makes it do for the parts of paths."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def compiled_once() -> Iterator[None]:
    """Let each Jinja environment make a template of a text only once within the block.

    Copier 9.19 renders each part of a path, and the name of the answers file for each of them, from its text.
    Most of the 1,400 templates for a project repeat an earlier one: a quarter of the CPU time of a render.
    What a text becomes depends on it and its environment alone. Any call but the plain one is untouched.
    """
    from jinja2 import Environment

    plain = Environment.from_string
    known: dict[tuple[Environment, str], Any] = {}

    def make_once(self: Environment, source: Any, *more: Any, **named: Any) -> Any:
        if more or named or not isinstance(source, str):
            return plain(self, source, *more, **named)
        key = (self, source)
        if key not in known:
            known[key] = plain(self, source)
        return known[key]

    Environment.from_string = make_once  # type: ignore[method-assign]
    try:
        yield
    finally:
        Environment.from_string = plain  # type: ignore[method-assign]
