"""Reads the TOML files that come with fwstart, and rejects mistakes in them: those are ours."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any


def read_table(module: str, name: str) -> Mapping[str, Any]:
    """Return the contents of a file that lies next to a module, whose `__file__` is given."""
    return tomllib.loads(Path(module).with_name(name).read_text(encoding="utf-8"))


def check_keys(name: str, table: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse a table with a key that nothing reads."""
    if unknown := sorted(table.keys() - set(known)):
        raise ValueError(f"{name}: unknown keys {', '.join(unknown)}; known are {', '.join(sorted(known))}")


def check_value(name: str, value: object, known: Sequence[str]) -> None:
    """Refuse a value that is not one of the known ones."""
    if value not in known:
        raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(known)}")


def check_unique(what: str, ids: Sequence[str]) -> None:
    """Refuse an id that is there more than once."""
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise ValueError(f"{what} more than once: {', '.join(twice)}")
