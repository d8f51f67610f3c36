"""Your own images: every file is used, or listed with the reason why not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from [= package =].config import DataConfig
from [= package =].data import load_splits
from [= package =].errors import ProjectError
from [= package =].folder import open_folder
from [= package =].splits import ImageFiles

Draw = Callable[[Path, int], None]


def draw(path: Path, level: int, *, size: tuple[int, int] = (12, 9)) -> None:
    """Save an image of one grey level, in the format of the file's name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (level, level, level)).save(path)


def settings(folder: Path, **changed: int) -> DataConfig:
    """Return settings for images of 8x8 grey pixels from `folder`."""
    return DataConfig(source=str(folder), image_size=8, image_channels=1).model_copy(update=changed)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with ten dark and ten bright images in every accepted format."""
    for number in range(10):
        suffix = ("png", "jpg", "jpeg", "webp", "bmp", "PNG", "JPG", "png", "png", "png")[number]
        draw(tmp_path / "data" / "dark" / f"{number}.{suffix}", number)
        draw(tmp_path / "data" / "höll" / f"{number}.{suffix}", 250 - number, size=(64, 7))
    return tmp_path / "data"


def test_classes_are_the_folders_in_order(folder: Path) -> None:
    """A class is called like its folder, in any script; formats and sizes may be mixed."""
    opened = open_folder(settings(folder))

    assert ("dark", "höll") == opened.class_names
    assert (20, 8, 8, 1) == opened.parts["all"].images.shape
    assert () == opened.skipped


def test_labels_belong_to_their_images(folder: Path) -> None:
    """Dark images have label 0, bright ones label 1, in every split."""
    splits = load_splits(settings(folder), seed=0)

    for split in (splits.train, splits.validation, splits.test):
        bright = split.images[:].mean(axis=(1, 2, 3)) > 127
        assert bright.astype(int).tolist() == split.labels.tolist()
    assert {"train": 12, "validation": 4, "test": 4} == splits.num_samples()


def test_divided_folder_stays_as_it_is(tmp_path: Path) -> None:
    """With train, validation and test in the folder nothing is divided by seed."""
    for part, number in (("train", 3), ("validation", 2), ("test", 1)):
        for index in range(number):
            draw(tmp_path / part / "a" / f"{index}.png", 0)
            draw(tmp_path / part / "b" / f"{index}.png", 255)

    splits = load_splits(settings(tmp_path), seed=0)

    assert {"train": 6, "validation": 4, "test": 2} == splits.num_samples()


def test_streamed_images_are_the_cached_ones(folder: Path) -> None:
    """More images than the cache holds are decoded when they are used, to the same pixels."""
    cached = load_splits(settings(folder), seed=0).train
    streamed = load_splits(settings(folder, cache_megabytes=0), seed=0).train

    assert isinstance(streamed.images, ImageFiles)
    assert np.array_equal(cached.images[:], streamed.images[:])
    assert np.array_equal(cached.images[np.array([3, 1])], streamed.images[np.array([3, 1])])
    assert cached.labels.tolist() == streamed.labels.tolist()


@pytest.mark.parametrize("cache_megabytes", [0, 100])
def test_odd_files_are_skipped_and_listed(folder: Path, cache_megabytes: int) -> None:
    """Text, rubbish, an empty file, a broken link, a folder: each with its reason; dot files without."""
    (folder / "dark" / "notes.txt").write_text("no image")
    (folder / "dark" / "rubbish.png").write_bytes(b"\x89PNG rubbish")
    (folder / "dark" / "empty.jpg").touch()
    (folder / "dark" / "link.png").symlink_to(folder / "nowhere.png")
    (folder / "dark" / "deeper").mkdir()
    (folder / "dark" / ".DS_Store").touch()
    (folder / "höll" / "linked.png").symlink_to(folder / "dark" / "0.png")

    opened = open_folder(settings(folder, cache_megabytes=cache_megabytes))

    why = {Path(entry.file).name: entry.reason for entry in opened.skipped}
    assert {"notes.txt", "rubbish.png", "empty.jpg", "link.png", "deeper"} == why.keys()
    assert "a link that leads nowhere" == why["link.png"]
    assert "is not an image" == why["rubbish.png"]
    assert 21 == len(opened.parts["all"])


@pytest.mark.parametrize("cache_megabytes", [0, 100])
def test_cut_off_image_is_skipped(folder: Path, cache_megabytes: int) -> None:
    """A file whose download broke off has a whole header; it is found all the same, before training."""
    cut = folder / "dark" / "cut.png"
    Image.effect_noise((64, 64), 50).save(cut)
    cut.write_bytes(cut.read_bytes()[:500])

    (skipped,) = open_folder(settings(folder, cache_megabytes=cache_megabytes)).skipped

    assert str(cut) == skipped.file
    assert skipped.reason.startswith("cannot be read (")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_huge_image_is_skipped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that would unpack to more pixels than is safe is not unpacked."""
    draw(folder / "dark" / "bomb.png", 0, size=(40, 40))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 40 * 40 - 1)

    (skipped,) = open_folder(settings(folder)).skipped

    assert skipped.reason.startswith("is too large")


def reasons(folder: Path) -> dict[str, str]:
    """Return why each path below `folder` is not used."""
    skipped = open_folder(settings(folder)).skipped
    return {Path(entry.file).relative_to(folder).as_posix(): entry.reason for entry in skipped}


def test_what_lies_in_no_class_is_listed(folder: Path) -> None:
    """An image beside the classes and a class without files were probably meant to be used."""
    draw(folder / "stray.png", 0)
    (folder / "README.md").write_text("about the data")
    (folder / ".DS_Store").touch()
    (folder / ".git").mkdir()
    (folder / "grey").mkdir()
    (folder / "grey" / ".DS_Store").touch()

    expected = {
        "README.md": "lies in no class folder",
        "stray.png": "lies in no class folder",
        "grey": "an empty class folder: no image in it",
    }
    assert expected == reasons(folder)


def test_what_lies_in_no_split_is_listed(tmp_path: Path) -> None:
    """In a divided folder it may lie beside the splits, or within one beside the classes."""
    divide(tmp_path, "train", "validation", "test")
    draw(tmp_path / "stray.png", 0)
    draw(tmp_path / "unlabelled" / "0.png", 0)
    draw(tmp_path / "test" / "stray.png", 0)
    (tmp_path / "train" / "c").mkdir()

    expected = {
        "stray.png": "lies in no class folder",
        "unlabelled": "a folder beside the splits is not looked into",
        "test/stray.png": "lies in no class folder",
        "train/c": "an empty class folder: no image in it",
    }
    assert expected == reasons(tmp_path)


def divide(folder: Path, *parts: str) -> None:
    """Fill each part with an image of class a and one of class b."""
    for part in parts:
        draw(folder / part / "a" / "0.png", 0)
        draw(folder / part / "b" / "0.png", 255)


@pytest.mark.parametrize("names", [("train", "val", "test"), ("Train", "valid", "TEST")])
def test_splits_may_be_called_otherwise(tmp_path: Path, names: tuple[str, str, str]) -> None:
    """What is usual elsewhere for `validation`, and capitals, divide a folder as well."""
    divide(tmp_path, *names)

    parts = open_folder(settings(tmp_path)).parts

    assert ["train", "validation", "test"] == list(parts)
    for name, split in zip(names, parts.values(), strict=True):
        assert split.files == (tmp_path / name / "a" / "0.png", tmp_path / name / "b" / "0.png")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["train", "validation"], "divided into train and validation, but there is no folder for test."),
        (["Test", "train", "tests"], "divided into train and Test, but there is no folder for validation."),
        (["val"], "divided into val, but there is no folder for train and test."),
        (["train", "val", "valid", "test"], "holds val and valid: each is called like the validation split"),
    ],
)
def test_incomplete_division_is_refused(tmp_path: Path, names: list[str], words: str) -> None:
    """The error says which splits are there, which are not, and what they may be called."""
    divide(tmp_path, *names)

    with pytest.raises(ProjectError) as caught:
        open_folder(settings(tmp_path))

    assert words in caught.value.problem
    if "no folder for" in words:
        assert "into train, validation (or valid, val) and test, or" in caught.value.fix


def test_splits_without_classes_are_refused(tmp_path: Path) -> None:
    """Two folders of images that are called like splits are not taken for the classes of a task."""
    draw(tmp_path / "train" / "0.png", 0)
    draw(tmp_path / "test" / "0.png", 0)

    with pytest.raises(ProjectError, match="no folder for validation"):
        open_folder(settings(tmp_path))


def test_empty_split_is_refused(tmp_path: Path) -> None:
    """A split without any class is as incomplete as one that lacks a class."""
    divide(tmp_path, "train", "validation")
    (tmp_path / "test").mkdir()

    with pytest.raises(ProjectError, match="holds no readable image, but a is a class"):
        open_folder(settings(tmp_path))


def test_class_may_be_called_like_a_split(folder: Path) -> None:
    """A train is a vehicle too, as long as its images lie directly in its folder and it is not alone."""
    draw(folder / "train" / "0.png", 128)
    (folder / "train" / "deeper").mkdir()

    opened = open_folder(settings(folder))

    assert ("dark", "höll", "train") == opened.class_names
    assert ["all"] == list(opened.parts)


def emptied(folder: Path) -> None:
    """Leave one class without a readable image."""
    for file in (folder / "dark").iterdir():
        file.write_text("no image")


def alone(folder: Path) -> None:
    """Leave one class."""
    (folder / "dark").rename(folder.parent / "dark")


def bared(folder: Path) -> None:
    """Leave one class, and the folder of the other."""
    for file in (folder / "dark").iterdir():
        file.unlink()


def gone(folder: Path) -> None:
    """Take the folder away."""
    folder.rename(folder.parent / "elsewhere")


def bare(folder: Path) -> None:
    """Leave no class."""
    alone(folder)
    (folder / "höll").rename(folder.parent / "höll")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (emptied, "dark holds no readable image, but dark is a class"),
        (alone, "holds one class, höll; at least two are needed"),
        (bared, "holds one class, höll, and nothing in dark; at least two are needed"),
        (gone, "there is no such folder"),
        (bare, "holds no class; at least two are needed"),
    ],
)
def test_folder_that_is_no_data_set_is_refused(
    folder: Path, change: Callable[[Path], None], words: str
) -> None:
    """The error names the folder and what is missing."""
    change(folder)

    with pytest.raises(ProjectError) as caught:
        open_folder(settings(folder))

    assert words in str(caught.value)


def test_file_that_vanishes_is_named(folder: Path) -> None:
    """A streamed file that is deleted while it trains is an error with its name, not a traceback."""
    streamed = load_splits(settings(folder, cache_megabytes=0), seed=0).train
    assert isinstance(streamed.images, ImageFiles)
    streamed.images.files[0].unlink()

    with pytest.raises(ProjectError, match=streamed.images.files[0].name):
        streamed.images[:]
