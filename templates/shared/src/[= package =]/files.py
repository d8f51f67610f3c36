"""Files that are either whole or not there."""

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ProjectError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@contextmanager
def replacing(path: Path, *, earlier_as: Path | None = None) -> Iterator[Path]:
    """Yield a temporary path beside `path`; what is written there takes its place when the block ends well.

    A crash, a full disk or an exception in the block leaves the earlier file as it was. With `earlier_as` it
    is kept under that name once it has been replaced; `path` is there at any moment.

    Raises:
        ProjectError: it cannot be written, for example because the disk is full.
    """
    # The suffix stays: Keras chooses a file's format by it.
    temporary = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        if earlier_as and path.exists():
            _keep(path, earlier_as)
        temporary.replace(path)
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be written ({error.strerror or error}). What was saved before is kept.",
            fix="Make room on the disk, or set runs_folder to another one.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _keep(path: Path, other: Path) -> None:
    """Give the file at `path` the name `other` as well; only that one where the disk knows no hard links."""
    other.unlink(missing_ok=True)
    try:
        other.hardlink_to(path)
    except OSError:
        path.replace(other)


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write `value` to `path` atomically, indented for people."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def save_figure(figure: "Figure", path: Path) -> None:
    """Write a figure as PNG, whole or not at all."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # slow, and only wanted here

    with replacing(path) as temporary, warnings.catch_warnings():
        # A class name in a script that the font lacks is drawn as boxes: no reason to alarm anyone.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        FigureCanvasAgg(figure).print_png(temporary)
