"""The settings: read from `config.toml` and `--set`, checked once, then frozen."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..errors import ProjectError
from .explain import explained


class Section(BaseModel):
    """A table of `config.toml`: unknown keys and wrong types are refused, nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


DIGITS = "digits"
# Where a run's images lie and how they are read may change after its training; nothing else may.
MOVABLE = ("data.source", "data.cache_megabytes", "data.workers")


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


class TrackConfig(Section):
    """Which tools get the metrics beside the run's own files."""

    tensorboard: bool = False
    mlflow: str = ""


class Range(Section):
    """Numbers from `low` to `high`, both included; `log` tries small and large ones equally often."""

    low: int | float
    high: int | float
    log: bool = False

    @model_validator(mode="after")
    def _begin_below_the_end(self) -> "Range":
        if self.low >= self.high:
            raise ValueError(f"low is {self.low} and high is {self.high}; low must be less than high")
        if self.log and self.low <= 0:
            raise ValueError(f"low is {self.low}; with log it must be greater than 0")
        return self


SettingValue = bool | int | float | str
Choices = Annotated[list[SettingValue], Field(min_length=1)]


class SweepConfig(Section):
    """What `train --sweep` tries."""

    trials: int = Field(default=20, ge=1)
    sampler: Literal["tpe", "random"] = "tpe"
    ranges: dict[Literal["augment", "model", "train"], dict[str, Range | Choices]] = {
        "train": {
            "learning_rate": Range(low=0.001, high=0.02, log=True),
            "weight_decay": Range(low=0.001, high=0.1, log=True),
        },
        "model": {"dropout": Range(low=0.0, high=0.5)},
    }

    def named_ranges(self) -> dict[str, Range | list[SettingValue]]:
        """Return the ranges by the name that `--set` uses: `train.learning_rate`."""
        return {
            f"{table}.{key}": wanted for table, keys in self.ranges.items() for key, wanted in keys.items()
        }


class Config(Section):
    """Everything that can be set without touching code; `config.toml` explains each key."""

    seed: int = Field(default=0, ge=0, lt=2**31)
    runs_folder: str = Field(default="runs", min_length=1)
    data: DataConfig = DataConfig()
    augment: AugmentConfig = AugmentConfig()
    model: ModelConfig = ModelConfig()
    train: TrainConfig = TrainConfig()
    track: TrackConfig = TrackConfig()
    sweep: SweepConfig = SweepConfig()

    def named_settings(self, *, exclude: Collection[str] = ("track", "sweep")) -> dict[str, Any]:
        """Return the settings by the names that `--set` uses: those that decide a training, unless told."""
        settings: dict[str, Any] = {}
        for key, value in self.model_dump(exclude=set(exclude)).items():
            named = {f"{key}.{name}": each for name, each in value.items()} if isinstance(value, dict) else {}
            settings |= named or {key: value}
        return settings


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
    config = _validated(values, source)
    for name, wanted in config.sweep.named_ranges().items():
        for value in (wanted.low, wanted.high) if isinstance(wanted, Range) else wanted:
            _validated(changed_values({}, name, value), source=f"{source}: [sweep.ranges] {name}")
    return config


def moved_data(trained: Config, now: Config, overrides: Sequence[str]) -> DataConfig:
    """Return a run's data settings, with what `overrides`, applied in `now`, say of where its images are.

    Raises:
        ProjectError: an override decides what was learned, and is not what the run was trained with.
    """
    names = [override.partition("=")[0].strip() for override in overrides]
    before, after = trained.named_settings(exclude=()), now.named_settings(exclude=())
    for name in names:
        if name not in {"runs_folder", *MOVABLE} and before.get(name) != after.get(name):
            raise ProjectError(
                f"--set {name}={after[name]}: the run was trained with {before[name]}, and is used as it is.",
                fix=f"Leave it out; only {', '.join(MOVABLE)} and runs_folder may differ here.",
            )
    moved = {name.removeprefix("data."): after[name] for name in names if name in MOVABLE}
    return trained.data.model_copy(update=moved)


def _validated(values: Mapping[str, Any], source: str) -> Config:
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        # One problem at a time: the first is often the cause of the others.
        raise explained(error.errors()[0], source, Config) from error


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
