"""Read the settings from `config.toml` and `--set`, check them once, and say where each comes from."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import ProjectError
from .explain import described, explained
from .settings import FIELDS, Config, DataConfig, Range, may_differ, unit


def load_config(path: Path, overrides: Sequence[str] = ()) -> Config:
    """Return the settings in the file at `path`, changed by `overrides` such as `train.epochs=3`.

    Raises:
        ProjectError: no such file, not TOML, an unknown key, or a value out of range.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be read ({error.strerror}).",
            fix="Run this in the project's folder, or pass --config PATH.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProjectError(
            f"{path} is not valid TOML: {error}.", fix="Fix that line and try again."
        ) from error
    config = check_config(values, source=str(path))
    if not overrides:
        return config
    for override in overrides:
        _apply(values, override)
    return check_config(values, source="--set")


def check_config(values: Mapping[str, Any], *, source: str) -> Config:
    """Return the settings that `values` spell out, or say which key of `source` is wrong and why."""
    config = _validated(values, source)
    for name, wanted in config.sweep.named_ranges().items():
        for value in (wanted.low, wanted.high) if isinstance(wanted, Range) else wanted:
            _validated(changed_values({}, name, value), source=f"{source}: [sweep.ranges] {name}")
    return config


def moved_data(trained: Config, now: Config, overrides: Sequence[str]) -> DataConfig:
    """Return a run's data settings, with what `overrides`, applied in `now`, say of where its samples are.

    Raises:
        ProjectError: an override decides what was learned, and is not what the run was trained with.
    """
    before, after = trained.named_settings(), now.named_settings()
    names = overridden(overrides)
    for name in names:
        if not may_differ(name, "used") and before[name] != after[name]:
            movable = [name for name in FIELDS if may_differ(name, "used")]
            raise ProjectError(
                f"--set {name}={after[name]}: the run was trained with {before[name]}, and is used as it is.",
                fix=f"Leave it out; only {', '.join(movable)} may differ here.",
            )
    moved = {key: after[f"data.{key}"] for key in DataConfig.model_fields if f"data.{key}" in names}
    return trained.data.model_copy(update=moved)


def overridden(overrides: Sequence[str]) -> list[str]:
    """Return the names of the settings that `overrides` say something about; one may say it of a table."""
    typed = [override.partition("=")[0].strip() for override in overrides]
    return [
        name
        for name in FIELDS
        if any(f"{name}.".startswith(f"{each}.") or each.startswith(f"{name}.") for each in typed)
    ]


@dataclass(frozen=True, kw_only=True)
class ListedSetting:
    """A setting, as `settings` shows it."""

    name: str
    value: Any
    default: Any
    origin: str  # "--set", the file's path or "default"
    unit: str
    meaning: str  # begins with the unit


def list_settings(path: Path, overrides: Sequence[str] = ()) -> list[ListedSetting]:
    """Return every setting, with its value as `load_config` gives it and where that comes from."""
    values, defaults = load_config(path, overrides).named_settings(), Config().named_settings()
    typed, written = overridden(overrides), load_config(path).model_dump(exclude_unset=True)

    def origin(name: str) -> str:
        *tables, key = name.split(".")
        table = written.get(tables[0], {}) if tables else written
        return "--set" if name in typed else str(path) if key in table else "default"

    return [
        ListedSetting(
            name=name,
            value=values[name],
            default=defaults[name],
            origin=origin(name),
            unit=unit(name),
            meaning=described(name),
        )
        for name in FIELDS
    ]


def _validated(values: Mapping[str, Any], source: str) -> Config:
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        # One problem at a time: the first is often the cause of the others.
        raise explained(error.errors()[0], source) from error


def changed_values(values: dict[str, Any], name: str, value: object) -> dict[str, Any]:
    """Return `values`, in which the setting `name`, such as `train.epochs`, now has this value."""
    *tables, key = name.split(".")
    table = values
    for part in tables:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise TypeError(part)
    table[key] = value
    return values


def _apply(values: dict[str, Any], override: str) -> None:
    name, equals, text = (part.strip() for part in override.partition("="))
    if not equals or not name:
        raise ProjectError(
            f"--set {override}: that is not NAME=VALUE.", fix="For example: --set train.epochs=3"
        )
    try:
        changed_values(values, name, _parsed(text))
    except TypeError as error:
        raise ProjectError(
            f"--set {override}: {error} is a value, not a table.", fix="For example: --set train.epochs=3"
        ) from error


def _parsed(text: str) -> object:
    """Return `text` as a TOML value; a bare word is a string, so that quotes can be left out."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
