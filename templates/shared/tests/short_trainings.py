"""Settings and samples of trainings that take no longer than a test may."""

from dataclasses import replace

import numpy as np

from [= package =].config import Config
from [= package =].splits import Splits


def changed(config: Config, **train_settings: object) -> Config:
    """Return the settings with some of `[train]` changed, and without dropout."""
    return config.model_copy(
        update={
            "train": config.train.model_copy(update=train_settings),
            "model": config.model.model_copy(update={"dropout": 0.0}),
        }
    )


def few(splits: Splits, num_samples: int) -> Splits:
    """Return the splits with only so many samples to train on."""
    return replace(splits, train=splits.train.taken(np.arange(num_samples)))


def go_on(_num_samples: int) -> None:
    """Let the epoch go on."""
