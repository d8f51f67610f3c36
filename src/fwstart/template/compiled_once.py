"""Keeps copier and Jinja from doing the same work repeatedly, as they do for the parts of paths."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ANSWERS_FILE = "\0answers file"  # among texts of templates, none of which is this


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


@contextmanager
def rendered_once() -> Iterator[None]:
    """Let copier render a part of a path, and the name of the answers file, only once within the block.

    Copier 9.19 does so for each of 600 paths, and collects all answers each time: 2,300 renders where 400 do,
    a fifth of the CPU time. While it renders files (`Phase.RENDER`) no answer changes any more. A
    call with more variables is untouched, as is all that follows a name that yields several, and a copier
    whose methods have other names.
    """
    from copier import Phase, _main

    worker: Any = getattr(_main, "Worker", None)
    plain, relpath = (getattr(worker, name, None) for name in ("_render_string", "answers_relpath"))
    if plain is None or not isinstance(relpath, property):
        yield
        return
    known: dict[tuple[int, str], tuple[Any, Any]] = {}  # each worker is kept, and so is its id
    yields = False

    def once(self: Any, key: str, make: Callable[[], Any]) -> Any:
        if yields or Phase.current() is not Phase.RENDER:
            return make()
        place = (id(self), key)
        if place not in known:
            known[place] = (self, make())
        return known[place][1]

    def render_string(self: Any, string: str, extra_context: Any = None) -> Any:
        nonlocal yields
        yields = yields or "yield" in string  # copier then remembers which name of several it is at
        if extra_context:
            return plain(self, string, extra_context)
        return once(self, string, lambda: plain(self, string))

    named = property(lambda self: once(self, ANSWERS_FILE, lambda: relpath.__get__(self)))
    worker._render_string, worker.answers_relpath = render_string, named  # noqa: SLF001
    try:
        yield
    finally:
        worker._render_string, worker.answers_relpath = plain, relpath  # noqa: SLF001
