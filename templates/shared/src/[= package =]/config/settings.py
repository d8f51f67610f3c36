"""The settings: what each one means, which values it accepts, and when it may change."""

import json
import math
import os
from collections.abc import Iterator
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, Field, PlainValidator, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from .augment import AugmentConfig
from .fields import ANY_TIME, Section, When, setting
from .finetune import FinetuneConfig

DIGITS = "digits"
SMALLEST, LARGEST = 8, 512  # pixels of height and width


def _checked_size(value: Any) -> int | list[int]:
    sizes = value if isinstance(value, list) else [value, value]
    if len(sizes) != 2 or not all(type(size) is int and SMALLEST <= size <= LARGEST for size in sizes):
        accepted = f"{SMALLEST} to {LARGEST} pixels, or [height, width] with such numbers"
        raise PydanticCustomError("size", f"Input should be {accepted}")
    return sizes[0] if sizes[0] == sizes[1] else sizes


SampleSize = Annotated[int | list[int], PlainValidator(_checked_size)]


class DataConfig(Section):
    """Where samples come from and how they are split."""

    source: str = setting(
        DIGITS,
        '"digits" (8x8 pixels), a folder (<class>/*.png) or a table (labels.csv), see docs/data.md',
        may_differ=["used"],
        min_length=1,
    )
    file_column: str = setting("file", "of a table: paths from its folder", unit="column", min_length=1)
    label_column: str = setting("label", "of a table: the class of each file", unit="column", min_length=1)
    split_column: str = setting("", 'of a table: train, validation, test; "" divides by seed', unit="column")
    group_column: str = setting(
        "", 'of a table: what stays in one split, such as a patient; "" if nothing does', unit="column"
    )
    image_size: SampleSize = setting(
        64,
        f"to which files are resized, {SMALLEST} to {LARGEST}; [height, width] if not square",
        unit="pixels",
    )
    resize: Literal["stretch", "crop", "pad"] = setting(
        "stretch", '"stretch" (to that shape), "crop" (the longer side first) or "pad" (with black)'
    )
    interpolation: Literal["bilinear", "bicubic"] = setting(
        "bilinear", '"bilinear" or "bicubic": between pixels; fetch says what pretrained weights know'
    )
    image_channels: Literal[1, 3] = setting(3, "1 (gray) or 3 (RGB): what a folder's files are converted to")
    validation_fraction: float = setting(
        0.2, "of what is divided, all samples or train: chooses the best epoch", unit="share", gt=0, lt=1
    )
    test_fraction: float = setting(
        0.2, "of what is divided, all samples or train: is only ever evaluated", unit="share", gt=0, lt=1
    )
    cache_megabytes: int = setting(
        1024,
        "up to which decoded samples stay in memory; beyond that, on the disk",
        unit="MB",
        may_differ=ANY_TIME,
        ge=0,
    )
    disk_cache_gigabytes: float = setting(
        20.0,
        "up to which they are kept on the disk; larger data is decoded at every use",
        unit="GB",
        may_differ=ANY_TIME,
        ge=0,
    )
    disk_cache_folder: str = setting(
        "", 'folder for that, or "": a folder of your user; the verb cache lists it', may_differ=ANY_TIME
    )
    workers: int = setting(4, "that read and decode files", unit="workers", may_differ=ANY_TIME, ge=1, le=256)

    @property
    def path(self) -> Path:
        """The folder or the table that `source` names; `~` is the home folder."""
        return Path(os.path.expanduser(self.source))  # noqa: PTH111 - Path's raises if there is no such user

    @property
    def sample_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of a sample from a file."""
        size = self.image_size
        height, width = (size, size) if isinstance(size, int) else size
        return height, width, self.image_channels

    @model_validator(mode="after")
    def _leave_something_to_train_on(self) -> "DataConfig":
        if self.validation_fraction + self.test_fraction >= 1:
            raise ValueError("validation_fraction and test_fraction must add up to less than 1")
        return self


class ModelConfig(Section):
    """Which network it is."""

    backbone: str = setting(
        "", '"" (a network of `size`) or pretrained weights: "timm/…"; the verb backbones lists them'
    )
    size: Literal["auto", "tiny", "small", "medium", "large"] = setting(
        "auto", '"auto" (by the samples), "tiny", "small", "medium" or "large", see docs/training.md'
    )
    dropout: float = setting(0.3, "of the features that is dropped while training", unit="share", ge=0, lt=1)


class TrainConfig(Section):
    """How the weights are found."""

    epochs: int = setting(30, "that every training sample is seen", unit="times", ge=1)
    batch_size: int = setting(64, "that are computed at once", unit="samples", ge=1)
    accumulate_batches: int = setting(1, "whose gradients make up one step", unit="batches", ge=1)
    learning_rate: float = setting(4e-3, "at its highest, per step of AdamW", gt=0)
    warmup_epochs: int = setting(2, "in which the learning rate rises to that", unit="epochs", ge=0)
    weight_decay: float = setting(1e-2, "per step, times the learning rate", ge=0)
    gradient_clip_norm: float = setting(1.0, "largest length of the gradient of all weights together", gt=0)
    ema_decay: float = setting(
        0.0,
        "0 (off) to less than 1: moving average of the weights, per step; 0.999 is usual",
        ge=0,
        lt=1,
    )
    label_smoothing: float = setting(
        0.0, "of each label that is spread over all classes, against overconfidence", unit="share", ge=0, lt=1
    )
    class_weights: bool = setting(False, "let rare classes weigh as much as frequent ones")
    early_stopping_patience: int = setting(
        10, "without a lower validation loss before it stops", unit="epochs", ge=1
    )
    checkpoint_minutes: float = setting(
        10.0,
        "between checkpoints within an epoch; every epoch ends with one",
        unit="minutes",
        may_differ=["resumed"],
        gt=0,
    )
    device: Literal["auto", "cpu", "gpu"] = setting(
        "auto", '"auto" (a GPU if there is one), "cpu" or "gpu"', may_differ=["resumed"]
    )
    compile: Literal["auto", True, False] = setting(
        "auto", '"auto" (on a GPU, if it pays), true or false: compile the network first, for faster steps'
    )
    deterministic: bool = setting(False, "only algorithms that give the same bits every time, if slower")
    sharding: Literal["none", "full"] = setting(
        "none",
        'of weights over processes: "none" (each has all) or "full" (each has a part, PyTorch only)',
        may_differ=["resumed"],
    )
    sync_batch_norm: bool = setting(False, "let batch normalization see the whole batch; in PyTorch on GPUs")
    peer_timeout_seconds: float = setting(
        60.0,
        "that processes wait for each other before all give up",
        unit="seconds",
        may_differ=["resumed"],
        gt=0,
    )


class TrackConfig(Section):
    """Which tools get the metrics, alongside the run's own files."""

    tensorboard: bool = setting(
        False, "curves in the run's folder; needs the extra tensorboard", may_differ=["resumed"]
    )
    mlflow: str = setting(
        "",
        '"", a database such as "sqlite:///mlflow.db", or a server; needs the extra mlflow',
        may_differ=["resumed"],
    )


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

    trials: int = setting(20, "with different settings", unit="runs", may_differ=["resumed"], ge=1)
    sampler: Literal["tpe", "random"] = setting(
        "tpe", '"tpe" (learns from the trials before) or "random"', may_differ=["resumed"]
    )
    ranges: dict[Literal["augment", "finetune", "model", "train"], dict[str, Range | Choices]] = setting(
        {
            "train": {
                "learning_rate": Range(low=0.001, high=0.02, log=True),
                "weight_decay": Range(low=0.001, high=0.1, log=True),
            },
            "model": {"dropout": Range(low=0.0, high=0.5)},
        },
        "numbers or choices, [32, 64], for any settings of [augment], [finetune], [model] and [train]",
        may_differ=["resumed"],
    )

    def named_ranges(self) -> dict[str, Range | list[SettingValue]]:
        """Return the ranges by the name that `--set` uses: `train.learning_rate`."""
        return {
            f"{table}.{key}": wanted for table, keys in self.ranges.items() for key, wanted in keys.items()
        }


class Config(Section):
    """Everything that can be set without touching code."""

    seed: int = setting(
        0, "whole number: decides the split, the first weights, the order and the dropout", ge=0, lt=2**31
    )
    runs_folder: str = setting(
        "runs", "folder, relative to where the command runs", may_differ=ANY_TIME, min_length=1
    )
    data: DataConfig = DataConfig()
    augment: AugmentConfig = AugmentConfig()
    model: ModelConfig = ModelConfig()
    train: TrainConfig = TrainConfig()
    finetune: FinetuneConfig = FinetuneConfig()
    track: TrackConfig = TrackConfig()
    sweep: SweepConfig = SweepConfig()

    def named_settings(self) -> dict[str, Any]:
        """Return every setting by the name that `--set` uses: `train.epochs`."""
        values = self.model_dump()
        return {name: reduce(getitem, name.split("."), values) for name in FIELDS}

    def learned_settings(self) -> dict[str, Any]:
        """Return the settings that decide what is learned, by name."""
        return {
            name: value for name, value in self.named_settings().items() if not may_differ(name, "resumed")
        }


def _fields(section: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for key, field in section.model_fields.items():
        if isinstance(field.default, Section):
            yield from _fields(type(field.default), f"{key}.")
        else:
            yield f"{prefix}{key}", field


FIELDS = dict(_fields(Config))  # of all settings, by name


def unit(name: str) -> str:
    """Return the unit of the setting `name`, nothing where there is none."""
    return str(_marks(name).get("unit", ""))


def meaning(name: str) -> str:
    """Return the unit, the range and the meaning of the setting `name`: the comment in `config.toml`."""
    field = FIELDS[name]
    limits = [
        str(getattr(each, key)) for each in field.metadata for key in ("ge", "le") if hasattr(each, key)
    ]
    values = " to ".join(limits) if len(limits) == 2 else ""
    if field.annotation is bool:
        values = "true or false"
    begin = ", ".join(part for part in (unit(name), values) if part)
    return f"{begin}{':' if values else ''} {field.description}".strip()


def may_differ(name: str, when: When) -> bool:
    """Return whether the setting `name` may have another value than the one that its run began with."""
    return when in _marks(name).get("may_differ", ())


def _marks(name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", FIELDS[name].json_schema_extra or {})


def in_toml(value: object) -> str:
    """Return a value as in `config.toml`, where all but `inf` and `nan` is written as in JSON."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)
