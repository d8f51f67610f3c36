"""The settings of [augment]: how training samples are varied, and what a preset stands for."""

from typing import Literal

from .fields import Section, setting


class AugmentConfig(Section):
    """How training samples are varied."""

    preset: Literal["custom", "none", "photos"] = setting(
        "custom", '"custom" (what the next settings say), "none" or "photos", see docs/data.md'
    )
    horizontal_flip: bool = setting(False, "mirror every other training sample")
    shift_fraction: float = setting(
        0.0, "largest shift of a training sample, as a share of its size", ge=0, le=0.5
    )
    smallest_crop: float = setting(
        1.0,
        "smallest share of the area that a random crop keeps; 1 (off) keeps all",
        ge=0.05,
        le=1,
    )
    rotation_degrees: float = setting(0.0, "largest rotation to either side", unit="degrees", ge=0, le=180)
    brightness: float = setting(
        0.0, "largest change of brightness, as a share of the whole range", ge=0, le=1
    )
    contrast: float = setting(0.0, "largest change of contrast, as a share of it", ge=0, le=1)
    saturation: float = setting(0.0, "largest change of saturation, as a share of it", ge=0, le=1)
    rand_augment: float = setting(
        0.0, "0 (off) to less than 1: strength of RandAugment, two of its changes for each batch", ge=0, lt=1
    )
    erasing_probability: float = setting(
        0.0, "probability that a rectangle of a training sample is erased", ge=0, le=1
    )
    mixup_alpha: float = setting(
        0.0, "blends samples with each other, by shares from Beta(alpha, alpha); 0 is off", ge=0, le=1
    )
    cutmix_alpha: float = setting(
        0.0, "pastes a part of another sample, of a share from Beta(alpha, alpha); 0 is off", ge=0, le=1
    )

    @property
    def chosen(self) -> "AugmentConfig":
        """What is really done: the settings themselves, or those that the preset stands for."""
        return self if self.preset == "custom" else PRESETS[self.preset]

    @property
    def is_on(self) -> bool:
        """Whether any sample is changed at all."""
        return self.chosen != AugmentConfig()

    def __str__(self) -> str:
        """Return what is done, in words: "horizontal_flip, smallest_crop 0.5"; "none" if nothing is."""
        default, chosen = AugmentConfig().model_dump(), self.chosen.model_dump()
        changed = {key: value for key, value in chosen.items() if value != default[key]}
        words = [key if value is True else f"{key} {value:g}" for key, value in changed.items()]
        return ", ".join(words) or "none"


# Flips, crops and light hold for photos of nearly anything.
PRESETS = {
    "none": AugmentConfig(),
    "photos": AugmentConfig(horizontal_flip=True, smallest_crop=0.5, brightness=0.2, contrast=0.2),
}
