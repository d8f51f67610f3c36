"""Files for devices answer like the trained model, on the runtime of the device."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from [= package =].artefact import Gate
from [= package =].config import ModelConfig
from [= package =].edge import edge_export
from [= package =].edge.calibration import NUM_IMAGES, calibration_images
from [= package =].edge.runtime import MODULE, SUFFIX, edge_logits
from [= package =].errors import ProjectError
from [= package =].export import export
from [= package =].manifest import check_files, read_manifest
from [= package =].model import (
    Classifier,
    build_model,
    predict_logits,
    set_normalisation,
)
from [= package =].runs import Run
from [= package =].splits import Splits

pytest.importorskip(MODULE, reason="the extra edge is not installed")

from [= package =].edge import conversion


@pytest.fixture(scope="module")
def folder(trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an export of the trained run for devices."""
    folder = tmp_path_factory.mktemp("exports") / "edge"
    export(trained, "edge", folder=folder)
    return folder


@pytest.fixture
def converted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the files of the export above instead of converting once more, which takes long."""

    def copy(variant: str, model: Classifier, calibration: object, path: Path) -> None:  # noqa: ARG001
        shutil.copy(folder / path.name, path)

    monkeypatch.setattr(conversion, "write_variant", copy)


def test_every_variant_is_there_and_agrees(folder: Path) -> None:
    """Floating point to the logits, quantised ones in their labels; one image at a time; int8 is small."""
    manifest = read_manifest(folder)

    variants = {variant.variant: variant for variant in manifest.variants}
    assert conversion.VARIANTS == tuple(variants)
    assert variants["float32"].logit_difference < 1e-3
    assert min(variant.agreement for variant in variants.values()) >= 0.98
    assert variants["int8"].num_bytes < variants["float32"].num_bytes / 2
    assert [(1, 8, 8, 1), (1, 10)] == [each.shape for each in (*manifest.inputs, *manifest.outputs)]
    check_files(folder, manifest)


@pytest.mark.usefixtures("converted")
def test_variant_beyond_its_gate_is_not_written(
    trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The others are, the reason is all that is printed, and the manifest does not know the variant."""
    monkeypatch.setitem(edge_export.GATES, "int8", Gate(agreement=1.1))

    manifest = export(trained, "edge", folder=tmp_path / "edge")

    printed = capfd.readouterr()
    assert printed.err.startswith("not written: int8, it agrees on ")
    assert (1, "") == (len(printed.err.splitlines()), printed.out)
    assert conversion.VARIANTS[:-1] == tuple(variant.variant for variant in manifest.variants)
    assert not (tmp_path / "edge" / f"model-int8{SUFFIX}").exists()


def test_missing_extra_is_named(trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the runtime the fix is the command that installs it, and nothing is left behind."""
    monkeypatch.setattr(edge_export, "MODULE", "no_such_runtime")

    with pytest.raises(ProjectError, match="--extra edge"):
        export(trained, "edge", folder=tmp_path / "edge")

    assert [] == list(tmp_path.iterdir())


def test_model_that_cannot_be_converted_is_an_error_in_words(
    trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the converter says is in the message, with the variant it was at."""

    def fail(*_: object) -> None:
        raise RuntimeError("no such operator: sparkle")

    monkeypatch.setattr(conversion, "write_variant", fail)

    with pytest.raises(ProjectError, match=r"float32: .* cannot be converted .* sparkle"):
        export(trained, "edge", folder=tmp_path / "edge")

    assert [] == list(tmp_path.iterdir())


def test_calibration_sees_the_training_split_alone(splits: Splits) -> None:
    """Images of the training split, none twice, as many as there are where they are few."""
    images = calibration_images(splits.train)

    training = {image.tobytes() for image in splits.train.images[:]}
    assert (NUM_IMAGES, 8, 8, 1) == images.shape
    assert all(image.tobytes() in training for image in images)
    few = splits.train.taken(np.arange(3))
    assert np.array_equal(few.images[:], calibration_images(few))


def test_colour_images_of_another_size(tmp_path: Path) -> None:
    """64x64 RGB and three classes: nothing is bound to the digits."""
    images = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)
    model = build_model(ModelConfig(), image_shape=(64, 64, 3), num_classes=3)
    set_normalisation(model, images)
    path = tmp_path / f"model{SUFFIX}"

    conversion.write_variant("float32", model, images, path)

    assert np.abs(predict_logits(model, images) - edge_logits(path)(images)).max() < 1e-3
