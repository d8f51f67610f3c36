"""Print the test accuracy of a generated project over five seeds, and that of a support vector machine.

Run with the project's own Python in the project's folder; the package's name is the argument:
    uv run python <this file> myproject
The seed sets the split and the first weights; both models see the training split alone. The README of the
generated project states these figures.
"""

import contextlib
import importlib
import io
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean

SEEDS = range(5)


def main(package: str) -> None:
    """Train and evaluate with each seed; print a table, then one line of JSON."""
    load_config = importlib.import_module(f"{package}.config.read").load_config
    train = importlib.import_module(f"{package}.training.train").train
    evaluate = importlib.import_module(f"{package}.evaluation.evaluate").evaluate
    rows = []
    print("seed  accuracy  SVC     seconds")
    with tempfile.TemporaryDirectory() as folder:
        for seed in SEEDS:
            config = load_config(Path("config.toml"), [f"seed={seed}", f"runs_folder='{folder}'"])
            started = time.perf_counter()
            with contextlib.redirect_stdout(io.StringIO()):
                run = train(config)
            seconds = time.perf_counter() - started
            report = evaluate(run, baseline=True)
            rows.append((report.accuracy, report.baseline.accuracy, seconds))
            print(f"{seed:<4}  {rows[-1][0]:.4f}    {rows[-1][1]:.4f}  {seconds:.1f}")
    accuracies, baselines, durations = zip(*rows, strict=True)
    print(f"mean  {mean(accuracies):.4f}    {mean(baselines):.4f}  {mean(durations):.1f}")
    print(json.dumps({"accuracy": accuracies, "baseline": baselines}))


if __name__ == "__main__":
    main(sys.argv[1])
