"""A run goes on with the settings and data it began with, or says what differs."""

from dataclasses import replace

import pytest

from [= package =].config import Config
from [= package =].errors import ProjectError
from [= package =].resume import check_resumable
from [= package =].runs import Run
from [= package =].splits import Splits


def test_same_settings_and_data_are_accepted(trained: Run, splits: Splits) -> None:
    """The run's own settings are found to be the same."""
    record = trained.read_record()

    assert record == check_resumable(trained, record.config, splits)


def test_settings_that_change_no_weight_may_differ(trained: Run, splits: Splits) -> None:
    """More threads to decode with, or another cache, is no other training."""
    config = trained.read_record().config
    faster = config.model_copy(update={"data": config.data.model_copy(update={"workers": 9})})

    check_resumable(trained, faster, splits)


def test_differences_are_listed(trained: Run, splits: Splits) -> None:
    """Every setting that changed is named, with its old and its new value."""
    config: Config = trained.read_record().config
    changed = config.model_copy(update={"seed": 7, "train": config.train.model_copy(update={"epochs": 99})})

    with pytest.raises(ProjectError) as caught:
        check_resumable(trained, changed, splits)

    assert "seed: 0 when it began, 7 now" in str(caught.value)
    assert "train.epochs: 4 when it began, 99 now" in str(caught.value)


def test_other_number_of_samples_is_refused(trained: Run, splits: Splits) -> None:
    """Images that were added or removed change every batch."""
    fewer = replace(splits, train=splits.test)

    with pytest.raises(ProjectError, match="train split: 1077 samples when it began, 360 now"):
        check_resumable(trained, trained.read_record().config, fewer)


def test_other_classes_are_refused(trained: Run, splits: Splits) -> None:
    """A model of ten classes cannot go on with three."""
    three = replace(splits, class_names=("cat", "dog", "hen"))

    with pytest.raises(ProjectError, match=r"learned 10 classes .* now has 3 \(cat, dog, hen\)"):
        check_resumable(trained, trained.read_record().config, three)
