"""What a setting means, and what pydantic found wrong with one, in the words of `config.toml`."""

import difflib
import json
from collections.abc import Sequence

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from ..errors import ProjectError
from .settings import FIELDS, Config, unit

_EXPECTED = {
    "greater_than_equal": "at least {ge}",
    "greater_than": "greater than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "literal_error": "one of {expected}",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "a text in quotes",
    "string_too_short": "a text that is not empty",
    "model_type": "a table",
}


def described(name: str) -> str:
    """Return what a setting means, begun with its unit and its range: the comment in `config.toml`."""
    field = FIELDS[name]
    limits = {
        key: getattr(each, key) for each in field.metadata for key in ("ge", "le") if hasattr(each, key)
    }
    values = "true or false" if field.annotation is bool else ""
    if len(limits) == 2:
        values = f"{limits['ge']} to {limits['le']}"
    begun = ", ".join(part for part in (unit(name), values) if part)
    return f"{begun}{':' if values else ''} {field.description}".strip()


def explained(detail: ErrorDetails, source: str) -> ProjectError:
    """Return the error for a user: where it is, what was received, what is accepted, an example."""
    location = [str(part) for part in detail["loc"]]
    if location[:2] == ["sweep", "ranges"]:
        return _wrong_range(detail, source, [part for part in location[2:4] if part != "[key]"])
    *tables, key = location or [""]
    section, place = _section(tables)
    if detail["type"] == "extra_forbidden":
        return _unknown_key(source, section, place, key)
    if detail["type"] not in _EXPECTED:
        where = f"[{key}] " if key else ""
        return ProjectError(f"{source}: {where}{_words(detail)}.", fix="Change one of them.")
    expected = _EXPECTED[detail["type"]].format(**detail.get("ctx", {}))
    example = section.model_fields[key].default
    return ProjectError(
        f"{source}: {place}{key} is {in_toml(detail['input'])}; it must be {expected}.",
        fix=f"Write it as [{key}]." if isinstance(example, BaseModel) else f"For example {in_toml(example)}.",
    )


def in_toml(value: object) -> str:
    """Return a value as it is written in `config.toml`; JSON writes numbers, texts and truth alike."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _words(detail: ErrorDetails) -> str:
    return detail["msg"].removeprefix("Value error, ")


def _wrong_range(detail: ErrorDetails, source: str, name: Sequence[str]) -> ProjectError:
    words = (
        _words(detail)
        if detail["type"] == "value_error"
        else f"{detail['input']!r} is neither a range nor choices for a setting of augment, model or train"
    )
    place = f"[sweep.ranges] {'.'.join(name)}".strip()
    return ProjectError(
        f"{source}: {place}: {words}.",
        fix="For example train.learning_rate = { low = 0.001, high = 0.02, log = true },"
        " or train.batch_size = [32, 64].",
    )


def _section(tables: Sequence[str]) -> tuple[type[BaseModel], str]:
    """Return the class of the table that a key is in, and the table as one writes it."""
    if not tables:
        return Config, ""
    return type(Config.model_fields[tables[0]].default), f"[{tables[0]}] "


def _unknown_key(source: str, section: type[BaseModel], place: str, key: str) -> ProjectError:
    known = list(section.model_fields)
    tables = {name: type(field.default) for name, field in section.model_fields.items()}
    holders = [
        name for name, kind in tables.items() if issubclass(kind, BaseModel) and key in kind.model_fields
    ]
    nearest = [f"{name}.{key}" for name in holders] or difflib.get_close_matches(key, known, n=1)
    fix = f"Did you mean {nearest[0]}?" if nearest else f"Known here: {', '.join(known)}."
    return ProjectError(f"{source}: {place}{key} is not a setting.", fix=fix)
