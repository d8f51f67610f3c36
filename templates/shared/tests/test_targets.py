"""A project has the targets whose modules are there."""

import os
from pathlib import Path

import pytest

from [= package =].errors import ProjectError
from [= package =].targets import TARGETS, available, chosen_module, newest_export


def test_onnx_is_always_there() -> None:
    """Every project can export to ONNX, and modules that are missing are no targets."""
    assert "onnx" == available(TARGETS)[0]
    assert () == available({"toaster": ".toaster", "kettle": ".kitchen.kettle"})


def test_chosen_module_is_imported() -> None:
    """The name stands for the module that the table has for it."""
    module = chosen_module("target", "onnx", TARGETS)

    assert module.__name__.endswith(".onnx_export")


def test_newest_export_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manifest that was written last decides."""
    monkeypatch.chdir(tmp_path)
    for age, name in enumerate(("onnx", "edge")):
        manifest = tmp_path / "exports" / name / "manifest.json"
        manifest.parent.mkdir(parents=True)
        manifest.touch()
        os.utime(manifest, (1000 - age, 1000 - age))

    assert Path("exports/onnx") == newest_export()


def test_no_export_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fix names the verb that writes one."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ProjectError, match=r"exports holds no export\. Write one first: the verb `export`"):
        newest_export()
