"""The pictures are readable PNG files."""

from pathlib import Path

import numpy as np
from PIL import Image

from [= package =].plots import plot_confusion, plot_learning_curve
from [= package =].runs import Run


def test_learning_curve_is_a_picture(trained: Run, tmp_path: Path) -> None:
    """A run's epochs are drawn; training itself has done it too."""
    path = tmp_path / "curve.png"
    plot_learning_curve(trained.read_metrics(), path)

    assert "PNG" == Image.open(path).format
    assert (trained.path / "learning-curve.png").exists()


def test_confusion_of_an_absent_class_is_drawn(tmp_path: Path) -> None:
    """A class without samples is a row of nothing, not a division by zero."""
    path = tmp_path / "confusion.png"
    plot_confusion(np.array([[3, 1], [0, 0]]), ("cat", "dog"), path)

    assert "PNG" == Image.open(path).format
