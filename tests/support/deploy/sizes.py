"""Train small runs of unusual shapes, one for each resize mode; export each, and tell what a photo is for it.

Run with a generated project's own Python in the project's folder: python sizes.py PACKAGE FOLDER TARGET...
FOLDER/<run>/<project> gets `config.toml`, `runs/` and `exports/`; `sizes.json` in FOLDER says what came out.
"""

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from PIL import Image

CLASSES = {"blue": (40, 70, 190), "red": (200, 60, 50)}
NUM_IMAGES = 16  # of each class
# The digits are 8x8. These have sides that are halved to odd numbers, both limits, and each network but tiny.
RUNS: dict[str, dict[str, Any]] = {
    "wide": {"image_size": [24, 40], "image_channels": 3, "resize": "crop"},
    "tall": {"image_size": [61, 33], "image_channels": 1, "resize": "pad"},
    "extreme": {"image_size": [8, 512], "image_channels": 3, "resize": "stretch"},
}
MODES = ("stretch", "crop", "pad")
TRAIN = {"epochs": 3, "warmup_epochs": 0, "batch_size": 4, "label_smoothing": 0.1, "device": "cpu"}


def write_images(folder: Path) -> None:
    """Write images of different shapes, each of its class's color with noise."""
    random = np.random.default_rng(0)
    for name, color in CLASSES.items():
        (folder / name).mkdir(parents=True)
        for number in range(NUM_IMAGES):
            height, width = random.integers(30, 120, size=2)
            pixels = np.array(color) + random.normal(0, 40, size=(height, width, 3))
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / name / f"{number}.png")


def write_photo(path: Path) -> None:
    """Write a photo that every mode makes something else of: red in its middle, blue at its sides."""
    random = np.random.default_rng(1)
    pixels = np.empty((60, 200, 3))
    pixels[:] = CLASSES["blue"]
    pixels[:, 60:140] = CLASSES["red"]
    pixels += random.normal(0, 40, size=pixels.shape)
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)


class Project:
    """The modules of a generated project."""

    def __init__(self, package: str) -> None:
        self.package = package

    def module(self, name: str) -> ModuleType:
        """Return a module by its name below the package."""
        return importlib.import_module(f"{self.package}.{name}")

    def trained(self, folder: Path, data: dict[str, Any]) -> Any:
        """Return a run with such data, with the settings in `folder`."""
        (folder / "config.toml").write_text('runs_folder = "runs"\n', encoding="utf-8")
        values = {"runs_folder": str(folder / "runs"), "data": data, "train": TRAIN}
        config = self.module("config.read").check_config(values, source="sizes.py")
        return self.module("training.train").train(config)

    def exported(self, run: Any, target: str, folder: Path) -> dict[str, Any]:
        """Export a run, whose gates compare each variant with the trained model; return what was written."""
        exporting: Any = self.module("export.export")
        exporting.LATENCY_SAMPLES = 1  # how quick they are is not the question
        manifest = exporting.export(run, target, folder=folder)
        return {
            "variants": {each.path: each.logit_difference for each in manifest.variants},
            "shape": manifest.inputs[0].shape[1:],
            "resize": manifest.input_spec.resize,
        }

    def seen(self, run: Any, photo: Path, resize: str) -> dict[str, Any]:
        """Return the pixels and what the trained model answers, by functions that ask no specification."""
        record = run.read_record()
        pixels = self.module("data.images").read_image(photo, record.input_spec.shape, resize=resize)
        model = self.module("model.checkpoint").load_model(run)
        logits = self.module("model.network").predict_logits(model, np.stack([pixels]))[0].astype(float)
        probabilities = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
        return {
            "pixels": pixels.ravel().tolist(),
            "logits": logits.tolist(),
            "red": float(probabilities[record.class_names.index("red")]),
        }


def main(package: str, folder: Path, targets: list[str]) -> None:
    """Write `sizes.json`."""
    project = Project(package)
    write_images(folder / "images")
    write_photo(folder / "photo.png")
    told = {}
    for name, data in RUNS.items():
        place = folder / name / Path.cwd().name
        place.mkdir(parents=True)
        run = project.trained(place, data | {"source": str(folder / "images")})
        told[name] = {
            "exports": {each: project.exported(run, each, place / "exports" / each) for each in targets},
            "seen": {mode: project.seen(run, folder / "photo.png", mode) for mode in MODES},
        }
    (folder / "sizes.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
