"""Write test images and the trained model's own logits and labels for them, as JSON.

Run with a generated project's own Python in the project's folder: python samples.py PACKAGE NUMBER FILE
"""

import importlib
import json
import sys
from pathlib import Path


def main(package: str, num_samples: int, file: Path) -> None:
    """Let the latest run's best model predict, without any export or server."""

    def module(name: str):  # type: ignore[no-untyped-def]
        return importlib.import_module(f"{package}.{name}")

    run = module("runs.run").find_run("latest", Path("runs"))
    record = run.read_record()
    images = module("data.load").load_splits(record.config.data, record.config.seed).test.inputs[:num_samples]
    logits = module("model.network").predict_logits(module("model.checkpoint").load_model(run), images)
    labels = [record.class_names[best] for best in logits.argmax(axis=1)]
    samples = {"images": images.tolist(), "logits": logits.tolist(), "labels": labels}
    file.write_text(json.dumps(samples), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
