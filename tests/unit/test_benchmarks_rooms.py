"""What benchmarks/rooms.py counts."""

import argparse
from pathlib import Path

import pytest
from rooms import (
    entered,
    floors,
    function_lines,
    imports,
    joined,
    of_package,
    of_templates,
    pair,
    that_say_image,
)
from support import CHECKOUT

SOURCES = {
    "__init__.py": "",
    "__main__.py": "from .train import loop\nfrom demo import errors\n",
    "errors.py": "CODE = 1\n",
    "data/__init__.py": "",
    "data/load.py": "from ..errors import CODE\n\n\ndef load():\n    return CODE\n",
    "train/__init__.py": "",
    "train/loop.py": "from ..data import load\n\n\ndef train():\n    from ..errors import CODE\n",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a small package."""
    for name, text in SOURCES.items():
        path = tmp_path / "demo" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "demo"


def test_arrows(package: Path) -> None:
    """Every import of a module counts once: relative or by the package's name, also within a function."""
    assert {
        "__main__": {"train.loop", "errors"},
        "errors": set(),
        "data.load": {"errors"},
        "train.loop": {"data.load", "errors"},
    } == imports(package)


def test_figures_of_a_package(package: Path) -> None:
    """What lies at its top is counted without `__init__` and `__main__`; floors are the longest chain."""
    assert {
        "entries at the top": "3",
        "modules": "4",
        "files of Python": "7",
        "lines of Python": "13",
        "rooms": "2",
        "floors": "4",
        "arrows": "5",
    } == of_package(package)


def test_modules_that_say_image(package: Path) -> None:
    """Whatever says it is named, but not the rooms that may, nor settings and the images of containers."""
    (package / "data/load.py").write_text("image = 1\n")
    (package / "errors.py").write_text("# Set [data] image_size, or TF_SERVING_IMAGE, the container image.\n")
    (package / "train/loop.py").write_text("num = 1  # of Images\n")

    assert ["train.loop"] == that_say_image(package)


def test_circle_has_no_floors() -> None:
    """Modules that import each other are named."""
    with pytest.raises(ValueError, match="'a', 'b'"):
        floors({"a": {"b"}, "b": {"a"}, "c": set()})


def test_lines_of_functions() -> None:
    """The body counts, not the line that defines the function, nor what lies outside of it."""
    assert {3, 4} == function_lines("import os\ndef f(x=os):\n    y = x\n    return y\nf()\n")


def test_modules_that_ran(package: Path) -> None:
    """A module of which only definitions ran, as in an import, does not count."""
    executed = {str(package / "data/load.py"): {1, 4, 5}, str(package / "train/loop.py"): {1, 4}}

    assert ["data.load"] == entered(package, executed)


def test_no_template_is_one_include() -> None:
    """The files of this checkout's templates are counted, those behind links once."""
    found = of_templates(CHECKOUT)

    assert "0" == found["of these, one line that includes another"]
    assert 200 < int(found["files below `templates/`"]) < 500


def test_pair() -> None:
    """A column has a name and a folder."""
    assert ("before", "a=b") == pair("before=a=b")
    with pytest.raises(argparse.ArgumentTypeError):
        pair("before")


def test_frameworks_in_one_column() -> None:
    """A figure stands once where the frameworks agree, and twice where they do not."""
    assert {"floors": "13", "arrows": "3 and 4"} == joined(
        {"floors": "13", "arrows": "3"}, {"floors": "13", "arrows": "4"}
    )
