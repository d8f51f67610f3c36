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
    (folder / "README.md").write_text("about the data")
    (folder / "höll" / "linked.png").symlink_to(folder / "dark" / "0.png")

    opened = open_folder(settings(folder, cache_megabytes=cache_megabytes))

    reasons = {Path(entry.file).name: entry.reason for entry in opened.skipped}
    assert {"notes.txt", "rubbish.png", "empty.jpg", "link.png", "deeper"} == reasons.keys()
    assert "a link that leads nowhere" == reasons["link.png"]
    assert "is not an image" in reasons["rubbish.png"]
    assert 21 == len(opened.parts["all"])


@pytest.mark.parametrize("cache_megabytes", [0, 100])
def test_cut_off_image_is_skipped(folder: Path, cache_megabytes: int) -> None:
    """A file whose download broke off has a whole header; it is found all the same, before training."""
    cut = folder / "dark" / "cut.png"
    Image.effect_noise((64, 64), 50).save(cut)
    cut.write_bytes(cut.read_bytes()[:500])

    (skipped,) = open_folder(settings(folder, cache_megabytes=cache_megabytes)).skipped

    assert "cut.png cannot be read" in skipped.reason


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_huge_image_is_skipped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that would unpack to more pixels than is safe is not unpacked."""
    draw(folder / "dark" / "bomb.png", 0, size=(40, 40))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 40 * 40 - 1)

    (skipped,) = open_folder(settings(folder)).skipped

    assert "bomb.png is too large" in skipped.reason


def emptied(folder: Path) -> None:
    """Leave one class without a readable image."""
    for file in (folder / "dark").iterdir():
        file.write_text("no image")


def alone(folder: Path) -> None:
    """Leave one class."""
    (folder / "dark").rename(folder.parent / "dark")


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
