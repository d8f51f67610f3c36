"""A run is measured with the images that it was trained with, or the reason is said."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from [= package =].config import Config, DataConfig
from [= package =].data import load_splits
from [= package =].errors import ProjectError
from [= package =].resume import check_resumable
from [= package =].run_data import load_run_splits, write_samples
from [= package =].runs import Run, RunRecord, create_run


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Return a folder of two classes with ten images each."""
    for name in ("cat", "dog"):
        folder = tmp_path / "images" / name
        folder.mkdir(parents=True)
        for number in range(10):
            add_image(folder / f"{number}.png")
    return tmp_path / "images"


@pytest.fixture
def run(tmp_path: Path, images: Path) -> Run:
    """Return a run that was begun with those images."""
    return begun(images, tmp_path / "runs")


def begun(images: Path, runs_folder: Path) -> Run:
    """Return a run as it is before its first epoch."""
    config = Config(data=DataConfig(source=str(images), image_size=8, image_channels=1))
    splits = load_splits(config.data, config.seed)
    run = create_run(runs_folder)
    run.write_record(RunRecord.now(config, splits=splits, num_parameters=1, packages=("numpy",)))
    write_samples(run, splits, config.data.source)
    return run


def add_image(path: Path) -> None:
    """Write a black image."""
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(path)


def test_same_images_make_the_same_splits(run: Run) -> None:
    """Read again, every split has the files that it had."""
    config = run.read_record().config
    before, after = load_splits(config.data, config.seed), load_run_splits(run, "test")

    assert before.test.files == after.test.files
    assert run.read_record() == check_resumable(run, config, after)


def test_moved_images_are_found_where_they_are_now(run: Run, images: Path, tmp_path: Path) -> None:
    """Without its folder the run says how to name the new one, and takes it."""
    images.rename(tmp_path / "moved")

    with pytest.raises(ProjectError, match=r"no such folder.*--set data.source=FOLDER"):
        load_run_splits(run, "test")
    there = run.read_record().config.data.model_copy(update={"source": str(tmp_path / "moved")})
    splits = load_run_splits(run, "test", there)

    assert 4 == len(splits.test)
    assert (8, 8, 1) == splits.image_shape


def test_test_images_that_were_trained_with_are_refused(run: Run, images: Path) -> None:
    """New images draw the splits anew: what the run has seen is no test of it."""
    for number in range(10, 30):
        add_image(images / "cat" / f"{number}.png")

    with pytest.raises(ProjectError, match=r"learned from \d+ of the 8 images that are now the test split"):
        load_run_splits(run, "test")


def test_renamed_image_stops_a_resumed_training(run: Run, images: Path) -> None:
    """As many images as before are not the same images."""
    (images / "cat" / "0.png").rename(images / "cat" / "z.png")
    config = run.read_record().config

    with pytest.raises(ProjectError, match=r"split: \d+ other images than when it began"):
        check_resumable(run, config, load_splits(config.data, config.seed))


def test_other_classes_are_refused(run: Run, images: Path) -> None:
    """A class that was renamed would give every label another meaning."""
    (images / "dog").rename(images / "ant")

    with pytest.raises(ProjectError, match=r"learned 2 classes \(cat, dog\), .* now has 2 \(ant, cat\)"):
        load_run_splits(run, "test")


def test_run_from_before_samples_were_written_is_measured(run: Run) -> None:
    """An older run has no list of its images, and is taken at its word."""
    (run.path / "samples.csv").unlink()

    assert 4 == len(load_run_splits(run, "test").test)


def test_new_test_images_of_a_divided_folder_are_welcome(tmp_path: Path) -> None:
    """Images that were never trained with may be added to the test split at any time."""
    for split in ("train", "val", "test"):
        for name in ("cat", "dog"):
            (tmp_path / "divided" / split / name).mkdir(parents=True)
            add_image(tmp_path / "divided" / split / name / "0.png")
    run = begun(tmp_path / "divided", tmp_path / "runs")

    add_image(tmp_path / "divided" / "test" / "cat" / "1.png")

    assert 3 == len(load_run_splits(run, "test").test)


def test_digits_need_no_list(trained: Run, tmp_path: Path) -> None:
    """The digits are always the same: nothing is written for them."""
    assert not (trained.path / "samples.csv").exists()
    shutil.copytree(trained.path, tmp_path / "copy")
    assert 360 == len(load_run_splits(Run(tmp_path / "copy"), "test").test)
