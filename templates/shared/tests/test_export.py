"""An export is complete, agrees with the trained model, and replaces an earlier one only as a whole."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from [= package =] import export as exporting
from [= package =] import onnx_export
from [= package =].artefact import Artefact, Gate, Trained
from [= package =].errors import ProjectError
from [= package =].export import export
from [= package =].manifest import check_files, read_manifest
from [= package =].onnx_export import onnx_logits
from [= package =].runs import Run
from [= package =].splits import Splits


@pytest.fixture
def convert_once(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the ONNX target write the file that `exported` holds: every conversion takes a second."""

    def copy(_model: object, _image_shape: object, path: Path) -> None:
        shutil.copyfile(exported / "model.onnx", path)

    monkeypatch.setattr(onnx_export, "write_onnx", copy)


def change_gate(monkeypatch: pytest.MonkeyPatch, gate: Gate) -> None:
    """Make the ONNX target hold its artefact to another gate."""
    write = onnx_export.write

    def strict(trained: Trained, folder: Path, previous: Path | None) -> Sequence[Artefact]:
        return [replace(artefact, gate=gate) for artefact in write(trained, folder, previous)]

    monkeypatch.setattr(onnx_export, "write", strict)


def test_manifest_tells_what_was_exported(trained: Run, exported: Path) -> None:
    """The run, its classes, the signature, and the SHA-256 of what is served."""
    manifest = read_manifest(exported)

    files = {path.name for path in exported.iterdir()}
    assert {"manifest.json", "MODEL_CARD.md", "model.onnx"} == files
    assert trained.path.name == manifest.run
    assert (8, 8, 1) == manifest.image_shape
    assert ["pixels", "logits"] == [each.name for each in (*manifest.inputs, *manifest.outputs)]
    assert {"model.onnx"} == set(manifest.sha256)
    check_files(exported, manifest)


def test_artefact_agrees_with_the_trained_model(exported: Path) -> None:
    """All labels, and logits as near as float32 allows."""
    (variant,) = read_manifest(exported).variants

    assert 1 == variant.agreement
    assert variant.logit_difference < 1e-3
    assert 0 < variant.latency_p50_ms <= variant.latency_p99_ms
    assert (exported / variant.path).stat().st_size == variant.num_bytes


def test_any_batch_size_gives_the_same(exported: Path, splits: Splits) -> None:
    """One image at a time or many: the same logits, but for the order of additions."""
    compute_logits = onnx_logits(exported / "model.onnx")
    pixels = splits.test.images[:7]

    single = np.concatenate([compute_logits(image[np.newaxis]) for image in pixels])

    assert np.abs(single - compute_logits(pixels)).max() < 1e-4


def test_changed_file_is_noticed(exported: Path, tmp_path: Path) -> None:
    """A file that is not the exported one is refused by name."""
    manifest = read_manifest(exported)
    (tmp_path / "model.onnx").write_bytes(b"something else")

    with pytest.raises(ProjectError, match=r"model\.onnx is not the file that was exported"):
        check_files(tmp_path, manifest)


@pytest.mark.usefixtures("convert_once")
@pytest.mark.parametrize(
    "gate", [Gate(logit_difference=0.0), Gate(agreement=1.1), Gate(accuracy_loss=-1.1)], ids=str
)
def test_artefact_beyond_its_gate_is_not_written(
    trained: Run,
    exported: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    gate: Gate,
) -> None:
    """The reason is printed, and the earlier export stays as it was."""
    folder = shutil.copytree(exported, tmp_path / "onnx")
    before = (folder / "manifest.json").read_bytes()
    change_gate(monkeypatch, gate)

    with pytest.raises(ProjectError, match="no artefact agrees with the trained model"):
        export(trained, "onnx", folder=folder)

    assert "not written: float32, " in capsys.readouterr().err
    assert before == (folder / "manifest.json").read_bytes()
    assert ["onnx"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.usefixtures("convert_once")
def test_export_replaces_the_one_before(trained: Run, tmp_path: Path) -> None:
    """What the earlier export left and the new one does not write is gone."""
    export(trained, "onnx", folder=tmp_path / "onnx")
    (tmp_path / "onnx" / "left-over").touch()

    export(trained, "onnx", folder=tmp_path / "onnx")

    assert not (tmp_path / "onnx" / "left-over").exists()
    assert ["onnx"] == [path.name for path in tmp_path.iterdir()]


def test_run_without_an_epoch_is_refused(trained: Run, tmp_path: Path) -> None:
    """A model whose epoch `train --resume` has yet to train again has no figures to be described by."""
    run = Run(tmp_path / trained.path.name)
    shutil.copytree(trained.path, run.path)
    run.keep_metrics(0)

    with pytest.raises(ProjectError, match="has ended no epoch yet"):
        export(run, "onnx", folder=tmp_path / "onnx")


def test_folder_that_is_no_export_is_left_alone(trained: Run, tmp_path: Path) -> None:
    """A folder of the user's is never replaced."""
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(ProjectError, match="is not an export"):
        export(trained, "onnx", folder=tmp_path)

    assert "mine" == (tmp_path / "thesis.txt").read_text()


def test_unknown_target_names_those_that_are_there(trained: Run) -> None:
    """The message says which targets this project has, and how others are added."""
    with pytest.raises(ProjectError) as caught:
        export(trained, "toaster")

    assert caught.value.problem.startswith("toaster is not a target of this project; it must be one of onnx")
    assert "fwstart update --deploy" in caught.value.fix


@pytest.mark.usefixtures("convert_once")
def test_many_samples_are_spread_evenly(
    trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a large test split that many samples are compared, and the export is still complete."""
    monkeypatch.setattr(exporting, "MAX_SAMPLES", 10)

    manifest = export(trained, "onnx", folder=tmp_path / "onnx")

    assert 0 == manifest.variants[0].test_accuracy * 10 % 1


def test_manifest_of_another_format_is_refused(exported: Path, tmp_path: Path) -> None:
    """A manifest of a later version is not misread."""
    values = json.loads((exported / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps(values | {"format": 99}))

    with pytest.raises(ProjectError, match="format 99, expected 1"):
        read_manifest(tmp_path)
