"""Print how quickly a generated project trains, compared with a bare loop of the same model and batch.

Run with the project's own Python in the project's folder; the package's name is the argument:
    uv run python <this file> myproject
The bare loop is what one writes first: shuffle, slice, loss, gradients, AdamW, on arrays in memory. It has no
schedule, no clipping, no metrics, no checkpoints, and nothing in it can be resumed. Epochs of both
take turns, so that what else the machine does hits both; what counts is the ratio. The time to the first step
is from the command to the moment when the run's folder is written, right before it.

Both loops use the processor; `training_gpu.py` measures what a GPU reaches. `--write` puts the figures into
sections of fwstart's docs/benchmarks.md.
"""

import argparse
import importlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import report
import training_photos
from bare_loops import bare_loop

ON_THE_PROCESSOR = "train.device='cpu'"
ROUNDS, WARM_UP = 15, 3
AIMS = {"torch": 1.0, "keras": 0.95}
NAMES = {"torch": "PyTorch", "keras": "Keras"}


def main(package: str, *, write: bool) -> None:
    """Measure both loops and the start; print the figures, then one line of JSON."""
    framework = "torch" if importlib.util.find_spec("torch") else "keras"
    config = importlib.import_module(f"{package}.config.read").load_config(
        Path("config.toml"), [ON_THE_PROCESSOR]
    )
    splits = importlib.import_module(f"{package}.data.load").load_splits(config.data, config.seed)
    trainer = importlib.import_module(f"{package}.training.loop").Trainer(config, splits)
    bare = bare_loop(framework, package, config, splits)
    ours, theirs = [], []
    for number in range(WARM_UP + ROUNDS):
        rates = trainer.run_epoch(lambda _samples: None).samples_per_second, bare(number)
        if number >= WARM_UP:
            ours.append(rates[0])
            theirs.append(rates[1])
    figures = {
        "framework": framework,
        "samples_per_second": round(median(ours)),
        "bare_samples_per_second": round(median(theirs)),
        "ratio": round(median(own / other for own, other in zip(ours, theirs, strict=True)), 3),
        "aim": AIMS[framework],
        "seconds_to_first_step": round(median(seconds_to_first_step(package) for _ in range(3)), 1),
    }
    sections = {f"training-{framework}": text(figures)}
    sections[f"training-photos-{framework}"] = training_photos.section(package, framework)
    print("\n\n".join(sections.values()))
    print(json.dumps(figures))
    for name, section in sections.items() if write else ():
        report.write_section(name, section)


def seconds_to_first_step(package: str) -> float:
    """Return the seconds from the command to its record, which is written right before the first step."""
    # Byte code is kept, as it is for users, so that only the first of several starts compiles.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        settings = [ON_THE_PROCESSOR, "train.epochs=1", f"runs_folder='{folder}'"]
        flags = [word for setting in settings for word in ("--set", setting)]
        started = time.time()
        command = [sys.executable, "-m", package, "train", *flags]
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as training:
            while not (found := list(Path(folder).glob("*/run.json"))) and training.poll() is None:
                time.sleep(0.002)
            seconds = time.time() - started
        if training.returncode or not found:
            raise subprocess.CalledProcessError(training.returncode, command)
        return seconds


def text(figures: dict[str, Any]) -> str:
    """Return the section of docs/benchmarks.md."""
    name = NAMES[figures["framework"]]
    verdict = "met" if figures["ratio"] >= figures["aim"] else "missed"
    rows = [
        ["the project's training", f"{figures['samples_per_second']:,}"],
        ["a bare loop of the same model and batch", f"{figures['bare_samples_per_second']:,}"],
    ]
    method = (
        f"`python benchmarks/training.py`, {time.strftime('%Y-%m-%d')}, {report.this_machine()}: digits,"
        f" batch 64, median of {ROUNDS} epochs of each, taking turns. Ratio (median of the rounds')"
        f" {figures['ratio']:.2f}, aim {figures['aim']}: {verdict}."
        f" {figures['seconds_to_first_step']} s from the command to the first step. Beyond the bare loop the"
        " project clips gradients, follows a schedule, seeds the dropout of every batch so that it can be"
        " resumed exactly, and counts correct answers."
    )
    table = report.table(["what", "samples/s"], rows)
    return f"## Training with {name}\n\n{report.paragraph(method)}\n\n{table}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("package")
    parser.add_argument("--write", action="store_true", help="write the section of docs/benchmarks.md")
    given = parser.parse_args()
    main(given.package, write=given.write)
