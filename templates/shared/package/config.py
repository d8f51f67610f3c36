"""The settings: read from `config.toml` and `--set`, checked once, then frozen."""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from .errors import ProjectError


class Section(BaseModel):
    """A table of `config.toml`: unknown keys and wrong types are refused, nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


DIGITS = "digits"


class DataConfig(Section):
    """Where the images come from and how they are divided."""

    source: str = Field(default=DIGITS, min_length=1)
    image_size: int = Field(default=64, ge=8, le=256)
    image_channels: Literal[1, 3] = 3
    validation_fraction: float = Field(default=0.2, gt=0, lt=1)
    test_fraction: float = Field(default=0.2, gt=0, lt=1)
    cache_megabytes: int = Field(default=1024, ge=0)
    workers: int = Field(default=4, ge=1, le=256)

    @model_validator(mode="after")
    def _leave_something_to_train_on(self) -> "DataConfig":
        if self.validation_fraction + self.test_fraction >= 1:
            raise ValueError("validation_fraction and test_fraction must add up to less than 1")
        return self


class AugmentConfig(Section):
    """How training images are varied."""

    horizontal_flip: bool = False
    shift_fraction: float = Field(default=0.0, ge=0, le=0.5)
    brightness: float = Field(default=0.0, ge=0, le=1)

    @property
    def is_on(self) -> bool:
        """Whether any image is changed at all."""
        return self.horizontal_flip or self.shift_fraction > 0 or self.brightness > 0


class ModelConfig(Section):
    """The size of the network."""

    size: Literal["auto", "tiny", "small", "medium", "large"] = "auto"
    dropout: float = Field(default=0.3, ge=0, lt=1)


class TrainConfig(Section):
    """How the weights are found."""

    epochs: int = Field(default=30, ge=1)
    batch_size: int = Field(default=64, ge=1)
    learning_rate: float = Field(default=4e-3, gt=0)
    warmup_epochs: int = Field(default=2, ge=0)
    weight_decay: float = Field(default=1e-2, ge=0)
    gradient_clip_norm: float = Field(default=1.0, gt=0)
    early_stopping_patience: int = Field(default=10, ge=1)
    class_weights: bool = False
    accumulate_batches: int = Field(default=1, ge=1)
    ema_decay: float = Field(default=0.0, ge=0, lt=1)
    checkpoint_minutes: float = Field(default=10.0, gt=0)
    deterministic: bool = False
    device: Literal["auto", "cpu", "gpu"] = "auto"


class Config(Section):
    """Everything that can be set without touching code; `config.toml` explains each key."""

    seed: int = Field(default=0, ge=0, lt=2**31)
    runs_folder: str = Field(default="runs", min_length=1)
    data: DataConfig = DataConfig()
    augment: AugmentConfig = AugmentConfig()
    model: ModelConfig = ModelConfig()
    train: TrainConfig = TrainConfig()


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
            f"{path} is not valid TOML: {error}.", fix="Mend that line and try again."
        ) from error
    config = check_config(values, source=str(path))
    if not overrides:
        return config
    for override in overrides:
        _apply(values, override)
    return check_config(values, source="--set")


def check_config(values: Mapping[str, Any], *, source: str) -> Config:
    """Return the settings that `values` spell out, or say which key of `source` is wrong and why."""
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        # One problem at a time: the first is often the cause of the others.
        raise _explained(error.errors()[0], source) from error


def _apply(values: dict[str, Any], override: str) -> None:
    name, equals, text = override.partition("=")
    if not equals or not name.strip():
        raise ProjectError(
            f"--set {override}: that is not NAME=VALUE.", fix="For example: --set train.epochs=3"
        )
    *tables, key = name.strip().split(".")
    for table in tables:
        values = values.setdefault(table, {})
        if not isinstance(values, dict):
            raise ProjectError(
                f"--set {override}: {table} is a value, not a table.",
                fix="For example: --set train.epochs=3",
            )
    values[key] = _parsed(text.strip())


def _parsed(text: str) -> object:
    """Return `text` as a TOML value; a bare word is a string, so that quotes can be left out."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


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


def _explained(detail: ErrorDetails, source: str) -> ProjectError:
    *tables, key = [str(part) for part in detail["loc"]] or [""]
    section, place = _section(tables)
    if detail["type"] == "extra_forbidden":
        return _unknown_key(source, section, place, key)
    if detail["type"] not in _EXPECTED:
        where = f"[{key}] " if key else ""
        return ProjectError(
            f"{source}: {where}{detail['msg'].removeprefix('Value error, ')}.",
            fix="Change one of them.",
        )
    expected = _EXPECTED[detail["type"]].format(**detail.get("ctx", {}))
    example = section.model_fields[key].default
    advice = f"Write it as [{key}]." if isinstance(example, Section) else f"For example {example!r}."
    return ProjectError(
        f"{source}: {place}{key} is {detail['input']!r}; it must be {expected}.",
        fix=advice.replace("'", '"'),
    )


def _section(tables: Sequence[str]) -> tuple[type[BaseModel], str]:
    """Return the class of the table that a key is in, and the table as one writes it."""
    if not tables:
        return Config, ""
    return type(Config.model_fields[tables[0]].default), f"[{tables[0]}] "


def _unknown_key(source: str, section: type[BaseModel], place: str, key: str) -> ProjectError:
    known = list(section.model_fields)
    nearest = difflib.get_close_matches(key, known, n=1)
    fix = f"Did you mean {nearest[0]}?" if nearest else f"Known here: {', '.join(known)}."
    return ProjectError(f"{source}: {place}{key} is not a setting.", fix=fix)
