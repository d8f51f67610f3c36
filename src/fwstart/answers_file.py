"""Reading `--answers FILE`: TOML or JSON with one key for each setting."""

import json
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fwstart.errors import UsageError
from fwstart.spelling import STANDARD_INPUT, file_name, quoted

EXAMPLE = 'Write one setting a line, for example: background = "beginner"'


def read_answers(path: str) -> Mapping[str, object]:
    """Return the keys and raw values of an answers file, `-` being standard input.

    A name that ends in .toml or .json says which of the two it is; else JSON is tried first, then TOML.

    Raises:
        UsageError: not readable, not parseable, or not a table.
    """
    text = _read(path)
    suffix = Path(path).suffix.lower()
    if suffix == ".json" or (suffix != ".toml" and text.lstrip().startswith(("{", "["))):
        data = _parse(path, "JSON", _load_json, text)
    else:
        data = _parse(path, "TOML", tomllib.loads, text)
    if not isinstance(data, dict):
        raise UsageError(
            f"{file_name(path)} holds a JSON {type(data).__name__}; it must hold an object.",
            fix='For example: {"background": "beginner"}',
        )
    return data


def _read(path: str) -> str:
    try:
        if path == STANDARD_INPUT:
            return sys.stdin.buffer.read().decode("utf-8-sig") if sys.stdin else ""
        return Path(path).read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise UsageError(
            f"--answers is {quoted(path)}; there is no such file.",
            fix="Give a TOML or JSON file, or - to pipe one in.",
        ) from None
    except OSError as error:
        raise UsageError(
            f"--answers is {quoted(path)}; it cannot be read: {error.strerror}.",
            fix="Give a readable TOML or JSON file, or - to pipe one in.",
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{file_name(path)} is not UTF-8 text (byte {error.start}).", fix="Save it as UTF-8."
        ) from error


def _parse(path: str, kind: str, load: Callable[[str], Any], text: str) -> object:
    try:
        return load(text)
    except (ValueError, RecursionError) as error:  # both parsers' errors are ValueErrors and name the line
        raise UsageError(f"{file_name(path)} is not valid {kind}: {error}.", fix=EXAMPLE) from error


def _load_json(text: str) -> object:
    return json.loads(text, object_pairs_hook=_without_duplicates)


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"the key {quoted(key)} is given {keys.count(key)} times")
    return dict(pairs)
