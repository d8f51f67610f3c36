"""A saved model is the model, and a damaged one is refused by name."""

from pathlib import Path

import numpy as np
import pytest

from [= package =].checkpoint import load_model, save_model
from [= package =].errors import ProjectError
from [= package =].model import predict_logits
from [= package =].runs import Run, create_run
from [= package =].splits import Splits


def copied(run: Run, folder: Path) -> Run:
    """Return an own copy of the run, with its best model."""
    copy = create_run(folder)
    copy.write_record(run.read_record())
    save_model(load_model(run), copy)
    return copy


def test_saved_model_gives_the_same_logits(trained: Run, splits: Splits, tmp_path: Path) -> None:
    """Saving and loading changes not a single bit of the output."""
    before = predict_logits(load_model(trained), splits.test.images[:])
    after = predict_logits(load_model(copied(trained, tmp_path)), splits.test.images[:])

    assert np.array_equal(before, after)


def test_training_saves_the_last_model_as_well(trained: Run) -> None:
    """The last epoch's model can be read, whether it was the best or not."""
    assert predict_logits(load_model(trained, "last"), np.zeros((1, 8, 8, 1), np.uint8)).shape == (1, 10)


@pytest.mark.parametrize("size", [0, 100, 5000])
def test_cut_off_checkpoint_is_refused(trained: Run, tmp_path: Path, size: int) -> None:
    """A file that a full disk or a crash cut off is named, not half read."""
    run = copied(trained, tmp_path)
    (checkpoint,) = run.checkpoints.iterdir()
    checkpoint.write_bytes(checkpoint.read_bytes()[:size])

    with pytest.raises(ProjectError, match="is not a readable checkpoint"):
        load_model(run)


def test_missing_checkpoint_is_refused(trained: Run, tmp_path: Path) -> None:
    """A checkpoint that was deleted is named."""
    run = copied(trained, tmp_path)
    (checkpoint,) = run.checkpoints.iterdir()
    checkpoint.unlink()

    with pytest.raises(ProjectError, match=checkpoint.name):
        load_model(run)
