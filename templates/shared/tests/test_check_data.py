"""Before a training is spent on it, the data says what it is and what is wrong with it."""

import json
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from [= package =].__main__ import main
from [= package =].check_data import DataReport, Member, check_data
from [= package =].config import check_config
from [= package =].errors import ProjectError
from [= package =].tables import data_lines


def noise(path: Path, seed: int, *, size: tuple[int, int] = (8, 8)) -> None:
    """Save a grey image of width and height `size` that no other seed gives."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, size=size[::-1], dtype=np.uint8)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a divided folder: 4, 2 and 2 images of cats, and as many of dogs, all different."""
    seeds = count()
    for part, number in (("train", 4), ("validation", 2), ("test", 2)):
        for index in range(number):
            for class_name in ("cat", "dog"):
                noise(tmp_path / "data" / part / class_name / f"{index}.png", next(seeds))
    return tmp_path / "data"


def report_on(folder: Path, **data: int) -> DataReport:
    """Return the report on `folder`, its images at 8x8 grey pixels, with a sheet beside it."""
    settings = {"source": str(folder), "image_size": 8, "image_channels": 1, **data}
    return check_data(check_config({"data": settings}, source="test"), folder.parent / "sheet.png")


def test_images_are_counted_by_class_and_split(folder: Path) -> None:
    """Good data: the counts, no problem, and a picture of each class."""
    report = report_on(folder)

    assert {"cat": 4, "dog": 4} == report.counts["train"]
    assert {"cat": 2, "dog": 2} == report.counts["validation"] == report.counts["test"]
    assert ((), (), ()) == (report.leaks, report.duplicates, report.conflicts)
    assert ((), None) == (report.skipped, report.imbalance)
    assert "PNG" == Image.open(folder.parent / "sheet.png").format


def test_sizes_are_those_of_the_files(folder: Path) -> None:
    """Smallest and largest by area, width before height, before anything is resized."""
    noise(folder / "train" / "cat" / "tall.png", 100, size=(3, 5))
    noise(folder / "train" / "cat" / "wide.png", 101, size=(90, 20))

    report = report_on(folder)

    assert ((3, 5), (8, 8), (90, 20)) == (report.smallest, report.median, report.largest)


@pytest.mark.parametrize("cache_megabytes", [0, 1024])
def test_image_in_two_splits_is_a_leak(folder: Path, cache_megabytes: int) -> None:
    """The same pixels in another format and under another name: both files are named."""
    original, copy = folder / "test" / "cat" / "0.png", folder / "train" / "cat" / "again.bmp"
    Image.open(original).save(copy)

    report = report_on(folder, cache_megabytes=cache_megabytes)

    expected = (
        Member(name=str(copy), split="train", class_name="cat"),
        Member(name=str(original), split="test", class_name="cat"),
    )
    assert (expected,) == report.leaks
    assert ((), ()) == (report.duplicates, report.conflicts)


def test_image_twice_in_a_split_is_a_duplicate(folder: Path) -> None:
    """It weighs twice, but no figure is wrong by it: no leak."""
    Image.open(folder / "train" / "cat" / "0.png").save(folder / "train" / "cat" / "copy.png")

    report = report_on(folder)

    assert () == report.leaks
    assert [["0.png", "copy.png"]] == [[Path(m.name).name for m in group] for group in report.duplicates]


@pytest.mark.parametrize("split", ["train", "test"])
def test_image_in_two_classes_is_a_conflict(folder: Path, split: str) -> None:
    """A labelling error, in one split or in two: no leak and no duplicate, but a finding of its own."""
    original, copy = folder / "train" / "cat" / "0.png", folder / split / "dog" / "copy.png"
    Image.open(original).save(copy)

    report = report_on(folder)

    (group,) = report.conflicts
    assert {str(original): "cat", str(copy): "dog"} == {each.name: each.class_name for each in group}
    assert ((), ()) == (report.leaks, report.duplicates)
    assert any(line.startswith("1 group of equal images with different") for line in data_lines(report))


def test_one_is_singular_and_two_are_plural(folder: Path) -> None:
    """One file *is* not used, two *are*; each is named once, with its reason."""
    broken = folder / "train" / "cat" / "broken.png"
    broken.write_bytes(b"\x89PNG")

    lines = list(data_lines(report_on(folder)))
    assert ["1 file is not used:", f"  {broken}: is not an image"] == lines[-2:]
    broken.with_name("notes.txt").touch()
    assert "2 files are not used:" in list(data_lines(report_on(folder)))


@pytest.mark.parametrize("place", ["file/sheet.png", "folder"])
def test_sheet_that_cannot_be_written_is_an_error(folder: Path, place: str) -> None:
    """Below a file or in a folder's place there can be no picture: choose another with --output."""
    (folder.parent / "file").touch()
    (folder.parent / "folder").mkdir()
    config = check_config({"data": {"source": str(folder), "image_size": 8}}, source="test")

    with pytest.raises(ProjectError, match="cannot be written") as caught:
        check_data(config, folder.parent / place)

    assert "choose another place: --output PATH" in caught.value.fix


def test_skipped_files_have_a_reason(folder: Path) -> None:
    """What is no image, or half of one, is listed."""
    (folder / "train" / "cat" / "broken.png").write_bytes(b"\x89PNG")
    (folder / "train" / "cat" / "notes.txt").write_text("two cats")

    names = {Path(entry.file).name for entry in report_on(folder).skipped}

    assert {"broken.png", "notes.txt"} == names


def test_digits_have_no_files(tmp_path: Path) -> None:
    """The embedded digits are checked as well: 1,797 of 8x8 pixels, none of them twice."""
    report = check_data(check_config({}, source="test"), tmp_path / "sheet.png")

    assert 1797 == sum(sum(split.values()) for split in report.counts.values())
    assert ((8, 8), (), ()) == (report.median, report.leaks, report.duplicates)


def command_for(folder: Path) -> list[str]:
    """Return the command that checks `folder`, with its settings in a file beside it."""
    config = folder.parent / "config.toml"
    text = f"runs_folder = '{folder.parent}'\n[data]\nsource = '{folder}'\nimage_size = 8\n"
    config.write_text(text, encoding="utf-8")
    return ["check-data", "--config", str(config)]


def test_conflict_is_exit_code_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A script stops at an image with two labels, even if both are in the same split."""
    Image.open(folder / "train" / "cat" / "0.png").save(folder / "train" / "dog" / "copy.png")

    assert 1 == main([*command_for(folder), "--json"])
    assert 2 == len(json.loads(capsys.readouterr().out)["conflicts"][0])


def test_leak_is_exit_code_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A script that trains only after `check-data` stops at leakage; duplicates alone do not stop it."""
    command = command_for(folder)

    assert 0 == main(command)
    assert f"{folder.parent / 'sample-sheet.png'} shows images" in capsys.readouterr().out
    Image.open(folder / "test" / "cat" / "0.png").save(folder / "train" / "cat" / "copy.png")
    assert 1 == main(command)
    assert "1 group of equal images in more than one split" in capsys.readouterr().out
    assert 1 == main([*command, "--json"])
    assert 2 == len(json.loads(capsys.readouterr().out)["leaks"][0])
