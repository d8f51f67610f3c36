"""Predictions from files agree with the evaluation, and one bad file spoils nothing."""

from pathlib import Path

import pytest
from PIL import Image

from [= package =].errors import ProjectError
from [= package =].evaluate import evaluate
from [= package =].labelling import Failure, Prediction
from [= package =].predict import predict
from [= package =].runs import Run
from [= package =].splits import Splits


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, splits: Splits) -> Path:
    """Return a folder with the whole test split as PNG files, called after their position."""
    folder = tmp_path_factory.mktemp("test-split")
    for number, image in enumerate(splits.test.images[:]):
        Image.fromarray(image[:, :, 0]).save(folder / f"{number:03}.png")
    return folder


def test_predictions_agree_with_the_evaluation(trained: Run, splits: Splits, folder: Path) -> None:
    """Read from files, the test split is labelled as rightly as `evaluate` says."""
    answers = predict(trained, [folder])

    right = sum(
        isinstance(answer, Prediction) and answer.label == splits.class_names[label]
        for answer, label in zip(answers, splits.test.labels, strict=True)
    )
    assert evaluate(trained)["accuracy"] == right / len(splits.test)


def test_bad_file_is_answered_by_itself(trained: Run, folder: Path, tmp_path: Path) -> None:
    """Answers come in the order of the files, a failure in the bad one's place."""
    bad = tmp_path / "bad.png"
    bad.write_text("not an image")

    first, second, third = predict(trained, [folder / "000.png", bad, folder / "001.png"])

    assert [str(folder / "000.png"), str(folder / "001.png")] == [first.file, third.file]
    assert isinstance(second, Failure)
    assert "bad.png is not an image" in second.error


def test_probability_is_between_0_and_1(trained: Run, folder: Path) -> None:
    """The best of ten classes has at least a tenth and at most all of the probability."""
    (answer,) = predict(trained, [folder / "000.png"])

    assert isinstance(answer, Prediction)
    assert 0.1 <= answer.probability <= 1


def test_hidden_files_of_a_folder_are_passed_over(trained: Run, folder: Path, tmp_path: Path) -> None:
    """As in training: what macOS leaves as `._1.png` is no image; a hidden file that is named is read."""
    hidden = tmp_path / ".thumbnails" / "2.png"
    hidden.parent.mkdir()
    for file in (hidden, tmp_path / "1.png"):
        file.write_bytes((folder / "000.png").read_bytes())
    (tmp_path / "._1.png").write_bytes(b"no image")

    assert [str(tmp_path / "1.png")] == [answer.file for answer in predict(trained, [tmp_path])]
    assert [str(hidden)] == [answer.file for answer in predict(trained, [hidden])]


def test_folder_without_images_is_an_error(trained: Run, tmp_path: Path) -> None:
    """An empty folder is more likely a mistake than a wish for no answer."""
    with pytest.raises(ProjectError, match="holds no image"):
        predict(trained, [tmp_path])
