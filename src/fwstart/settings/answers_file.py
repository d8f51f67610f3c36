"""Reading `--answers FILE`: TOML or JSON with one key for each setting."""

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fwstart.errors import UsageError
from fwstart.terminal.spelling import STANDARD_INPUT, file_name, quoted

MAX_BYTES = 16384  # a hundred times what all settings take; more makes the parsers slow
EXAMPLE = 'Write one setting per line, for example: background = "beginner"'


def read_answers(path: str) -> Mapping[str, object]:
    """Return the keys and raw values of an answers file, `-` being standard input.

    A name that ends in .toml or .json says which of the two it is; else JSON is tried first, then TOML.

    Raises:
        UsageError: not readable, too long, not parseable, or not a table.
    """
    text = _read(path)
    suffix = Path(path).suffix.lower()
    if suffix == ".json" or (suffix != ".toml" and text.lstrip().startswith(("{", "["))):
        data = _parse(path, "JSON", _load_json, text)
    else:
        data = _parse(path, "TOML", tomllib.loads, text)
    if not isinstance(data, dict):
        raise UsageError(
            f"{file_name(path)} contains a JSON {type(data).__name__}; it must contain an object.",
            fix='For example: {"background": "beginner"}',
        )
    return data


def _read(path: str) -> str:
    try:
        content = _first_bytes(path)
        if len(content) > MAX_BYTES:
            raise UsageError(
                f"{file_name(path)} is longer than {MAX_BYTES:,} bytes; an answers file must be shorter.",
                fix=f"Put nothing but settings in the file. {EXAMPLE}",
            )
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise UsageError(
            f"--answers is {quoted(path)}; there is no such file.",
            fix="Give a TOML or JSON file, or - to read standard input.",
        ) from None
    except OSError as error:
        raise UsageError(
            f"--answers is {quoted(path)}; it cannot be read: {error.strerror}.",
            fix="Give a readable TOML or JSON file, or - to read standard input.",
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{file_name(path)} is not UTF-8 text (byte {error.start}).", fix="Save it as UTF-8."
        ) from error


def _first_bytes(path: str) -> bytes:
    """Return what can be a whole answers file, or one byte more: the source may have no end."""
    if path == STANDARD_INPUT:
        return sys.stdin.buffer.read(MAX_BYTES + 1) if sys.stdin else b""
    with Path(path).open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _parse(path: str, kind: str, load: Callable[[str], Any], text: str) -> object:
    try:
        return load(text)
    except RecursionError as error:
        problem = f"{file_name(path)} is nested too deeply; settings are strings and lists of strings."
        raise UsageError(problem, fix=EXAMPLE) from error
    except ValueError as error:  # both parsers' errors are ValueErrors and name the line
        raise UsageError(f"{file_name(path)} is not valid {kind}: {error}.", fix=EXAMPLE) from error


def _load_json(text: str) -> object:
    return json.loads(text, object_pairs_hook=_without_duplicates)


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    for key, times in Counter(key for key, _ in pairs).items():
        if times > 1:
            raise ValueError(f"the key {quoted(key)} is given {times} times")
    return dict(pairs)
