"""The model card says what the manifest knows."""

from dataclasses import replace
from pathlib import Path

import pytest

from [= package =].manifest import Manifest, read_manifest
from [= package =].model_card import model_card


@pytest.fixture
def manifest(exported: Path) -> Manifest:
    """Return the manifest of an ONNX export."""
    return read_manifest(exported)


def test_card_is_filled_in(manifest: Manifest) -> None:
    """Run, versions, data, figures and signature are there; nothing is left to fill in."""
    card = model_card(manifest)

    assert manifest.run in card
    assert "E. Alpaydin" in card
    assert f"{manifest.variants[0].test_accuracy:.4f}" in card
    assert "`pixels` float32 [-1, 8, 8, 1]" in card
    assert "TODO" not in card


def test_own_images_are_named(manifest: Manifest) -> None:
    """A card of a model of one's own images says so, and does not speak of handwritten digits."""
    config = manifest.config | {"data": manifest.config["data"] | {"source": "photos"}}

    card = model_card(replace(manifest, config=config))

    assert "The images in `photos`." in card
    assert "Handwritten" not in card
    assert "one bright digit" not in card


def test_metrics_of_the_test_split_are_told_or_missed(manifest: Manifest) -> None:
    """Before `evaluate` has run, the card says that the test split was not evaluated."""
    evaluated = replace(manifest, metrics=manifest.metrics | {"test_accuracy": 0.25})
    unevaluated = replace(manifest, metrics={"validation_accuracy": 0.5})

    assert "- test accuracy: 0.2500" in model_card(evaluated)
    assert "- test accuracy: not evaluated" in model_card(unevaluated)
