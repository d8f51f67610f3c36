"""Read the settings from `config.toml` and `--set`, check them once, and say where each comes from."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ..errors import ProjectError, UsageError
from .published import refuse_credentials
from .settings import FIELDS, Config, DataConfig, Range, in_toml, may_differ, meaning, unit

ESCAPE = "Between double quotes a backslash begins an escape, between single quotes it does not."


def load_config(path: Path, overrides: Sequence[str] = ()) -> Config:
    """Return the settings in the file at `path`, changed by `overrides` such as `train.epochs=3`.

    Raises:
        ProjectError: no such file, not TOML, an unknown key, or a value out of range.
        UsageError: the same of an override.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # editors on Windows begin a file with a mark
        values = tomllib.loads(text)
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be read ({error.strerror}).",
            fix="Run this in the project's folder, or pass --config PATH.",
        ) from error
    except UnicodeDecodeError as error:
        raise ProjectError(f"{path} is not in UTF-8.", fix="Save it as UTF-8 and try again.") from error
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"{path} is not valid TOML: {error}.", fix=_advice(text, error)) from error
    config = check_config(values, source=str(path))
    if not overrides:
        return config
    try:
        for override in overrides:
            _apply(values, override)
        return check_config(values, source="--set")
    except ProjectError as error:
        raise UsageError(error.problem, fix=error.fix) from error


def _advice(text: str, error: tomllib.TOMLDecodeError) -> str:
    """Return how to write the line that is wrong; most often it holds a path of Windows."""
    number = re.search(r"at line (\d+)", str(error))
    line = text.split("\n")[int(number[1]) - 1].strip() if number else ""
    in_single_quotes = line.replace('"', "'")
    if "\\" in line and line != in_single_quotes:
        return f"{ESCAPE} Write that line as: {in_single_quotes}"
    return "Fix that line and try again."


def check_config(values: Mapping[str, Any], *, source: str) -> Config:
    """Return the settings that `values` spell out, or say which key of `source` is wrong and why."""
    config = _validated(values, source)
    refuse_credentials(config.track.mlflow, source=source)
    _check_escapes(config, source)
    for name, wanted in config.sweep.named_ranges().items():
        for value in (wanted.low, wanted.high) if isinstance(wanted, Range) else wanted:
            _validated(changed_values({}, name, value), source=f"{source}: [sweep.ranges]")
    return config


def _check_escapes(config: Config, source: str) -> None:
    """Make sure that no text holds what a path of Windows in double quotes becomes: a tab, a line break."""
    for name, value in config.named_settings().items():
        if isinstance(value, str) and any(character < " " for character in value):
            written = in_toml(value)  # with the escapes that were typed
            problem = f"{source}: {name} is {written}. {ESCAPE}"
            raise ProjectError(problem, fix=f"Write it as '{written[1:-1]}'.")


def moved_data(trained: Config, now: Config, overrides: Sequence[str]) -> DataConfig:
    """Return a run's data settings, with what `overrides`, applied in `now`, say of where its samples are.

    Raises:
        ProjectError: an override decides what was learned, and is not what the run was trained with.
    """
    before, after = trained.named_settings(), now.named_settings()
    names = _overridden(overrides)
    for name in names:
        if not may_differ(name, "used") and before[name] != after[name]:
            movable = [name for name in FIELDS if may_differ(name, "used")]
            raise ProjectError(
                f"--set {name}={after[name]}: the run was trained with {before[name]}, and is used as it is.",
                fix=f"Leave it out; only {', '.join(movable)} may differ here.",
            )
    moved = {key: after[f"data.{key}"] for key in DataConfig.model_fields if f"data.{key}" in names}
    return trained.data.model_copy(update=moved)


def _overridden(overrides: Sequence[str]) -> list[str]:
    """Return the names of the settings that `overrides` change; one may change a whole table."""
    typed = [override.partition("=")[0].strip() for override in overrides]
    return [
        name
        for name in FIELDS
        if any(f"{name}.".startswith(f"{each}.") or each.startswith(f"{name}.") for each in typed)
    ]


def list_settings(path: Path, overrides: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return every setting with its value, its default, where its value comes from, its unit and meaning."""
    values, defaults = load_config(path, overrides).named_settings(), Config().named_settings()
    in_file, in_overrides = load_config(path), _overridden(overrides)

    def origin(name: str) -> str:
        if name in in_overrides:
            return "--set"
        table, _, key = name.rpartition(".")
        section = getattr(in_file, table) if table else in_file
        return str(path) if key in section.model_fields_set else "default"

    return [
        {"name": name, "value": values[name], "default": defaults[name], "origin": origin(name)}
        | {"unit": unit(name), "meaning": meaning(name)}
        for name in FIELDS
    ]


def _validated(values: Mapping[str, Any], source: str) -> Config:
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        # One problem at a time: the first is often the cause of the others.
        raise _explained(error.errors()[0], source) from error


def _explained(detail: ErrorDetails, source: str) -> ProjectError:
    """Return the error for a user: which setting, what was received, what is accepted, an example."""
    parts = [str(part) for part in detail["loc"] if part != "[key]"]
    name, words, received = ".".join(parts), detail["msg"].removeprefix("Value error, "), detail["input"]
    if parts[:2] == ["sweep", "ranges"]:
        if detail["type"] != "value_error":
            tables = "augment, finetune, model or train"
            words = f"{received!r} is neither a range nor choices for a setting of {tables}"
        return ProjectError(
            f"{source}: [sweep.ranges] {'.'.join(parts[2:4])}: {words}.",
            fix="For example train.learning_rate = { low = 0.001, high = 0.02, log = true },"
            " or train.batch_size = [32, 64].",
        )
    if detail["type"] == "extra_forbidden":
        return _unknown(name, source)
    if detail["type"] == "value_error":
        return ProjectError(f"{source}: [{name}] {words}.", fix="Change one of them.")
    if name not in FIELDS:
        problem = f"{source}: {name} is {in_toml(received)}; it must be a table."
        return ProjectError(problem, fix=f"Put its keys under [{name}].")
    example = f"For example {in_toml(FIELDS[name].default)}."
    if detail["type"] == "string_type":
        example = f'Put it in quotes: "{in_toml(received)}".'
    accepted = re.sub(r"^\w+ should", "it must", words)  # pydantic: "Input should be ..."
    accepted = re.sub(r"\b(True|False)\b", lambda found: found[0].lower(), accepted)  # as TOML has them
    return ProjectError(f"{source}: {name} is {in_toml(received)}; {accepted}.", fix=example)


def _unknown(name: str, source: str) -> ProjectError:
    names = {**FIELDS, **Config.model_fields}  # settings and tables
    table, _, key = name.rpartition(".")
    in_other_tables = [each for each in names if each.endswith(f".{key}")]
    nearest = in_other_tables or get_close_matches(name, names, n=1, cutoff=0.75)
    known = ", ".join(each for each in names if each.rpartition(".")[0] == table)
    fix = f"Did you mean {nearest[0]}?" if nearest else f"Known here: {known}."
    return ProjectError(f"{source}: {name} is not a setting.", fix=fix)


def changed_values(values: dict[str, Any], name: str, value: object) -> dict[str, Any]:
    """Return `values`, in which the setting `name`, such as `train.epochs`, now has this value."""
    *tables, key = name.split(".")
    table = values
    for part in tables:
        if not isinstance(table.get(part), dict):
            table[part] = {}
        table = table[part]
    table[key] = value
    return values


def _apply(values: dict[str, Any], override: str) -> None:
    name, equals, text = (part.strip() for part in override.partition("="))
    if not equals or not name:
        raise ProjectError(f"--set {override} is not NAME=VALUE.", fix="For example: --set train.epochs=3")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:  # a bare word is a text, so that quotes can be left out
        value = text.strip('"')
    if name in FIELDS and FIELDS[name].annotation is str and not isinstance(value, str):
        value = text  # a folder may be called 2024
    changed_values(values, name, value)
