"""Which files a generated project has to have."""

from __future__ import annotations

from make_listings import ANSWERS, LISTINGS, files_of

__all__ = ["ANSWERS", "files_of", "listed"]


def listed(name: str) -> set[str]:
    """Return the paths in a listing below `tests/templates/listings/`."""
    return set((LISTINGS / f"{name}.txt").read_text(encoding="utf-8").split())
