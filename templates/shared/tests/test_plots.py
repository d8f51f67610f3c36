"""The pictures are readable PNG files."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from [= package =].plots import plot_confusion, plot_learning_curve
from [= package =].runs import Run


def test_learning_curve_is_a_picture(trained: Run, tmp_path: Path) -> None:
    """A run's epochs are drawn; training itself has done it too."""
    path = tmp_path / "curve.png"
    plot_learning_curve(trained.read_metrics(), path)

    assert "PNG" == Image.open(path).format
    assert (trained.path / "learning-curve.png").exists()


def test_any_script_is_drawn_without_a_warning(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    """A class name that the font cannot write costs boxes in the picture, not a warning on the screen."""
    plot_confusion(np.eye(2, dtype=np.int64), ("犬", "猫"), tmp_path / "confusion.png")

    assert [] == list(recwarn)


def test_confusion_of_an_absent_class_is_drawn(tmp_path: Path) -> None:
    """A class without samples is a row of nothing, not a division by zero."""
    path = tmp_path / "confusion.png"
    plot_confusion(np.array([[3, 1], [0, 0]]), ("cat", "dog"), path)

    assert "PNG" == Image.open(path).format
