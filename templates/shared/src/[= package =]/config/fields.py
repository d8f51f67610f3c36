"""A setting as a field: its meaning, its unit, its limits, and when it may change."""

from collections.abc import Collection
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

When = Literal["resumed", "used"]
ANY_TIME: tuple[When, ...] = ("resumed", "used")


def setting(
    default: Any, meaning: str, *, unit: str = "", may_differ: Collection[When] = (), **limits: Any
) -> Any:
    """Return the field of a setting; `limits` are pydantic's.

    `may_differ` says when its value need not be the one that the run began with: when the run is `resumed`,
    because it does not decide what is learned, or when the trained model is `used`, because it says where
    samples are and how they are read. Without it a setting decides what is learned.
    """
    marks: dict[str, Any] = {"unit": unit, "may_differ": may_differ}
    return Field(default, description=meaning, json_schema_extra=marks, **limits)


class Section(BaseModel):
    """A table of `config.toml`: unknown keys, wrong types, `inf` and `nan` are refused, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
