"""Print how much memory a folder of images takes that is larger than its cache.

Run with a generated project's own Python in the project's folder:
    uv run python <this file> PACKAGE FOLDER CACHE_MEGABYTES IMAGE_SIZE
Every image is read once as for training and once as for measuring. The figures are the process's peak before
and after, in megabytes (10^6 bytes), and the size that all images would have together.
"""

import importlib
import json
import resource
import sys

import numpy as np


def peak() -> float:
    """Return the largest amount of memory that this process has had so far (Linux: kilobytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main(package: str, folder: str, cache: int, size: int) -> None:
    """Read the whole folder batch by batch and print the peak as JSON."""
    check_config = importlib.import_module(f"{package}.config.read").check_config
    load_splits = importlib.import_module(f"{package}.data.load").load_splits
    loading = importlib.import_module(f"{package}.data.batches")
    data = {"source": folder, "cache_megabytes": cache, "image_size": size, "workers": 2}
    config = check_config({"data": data}, source="memory.py")
    before = peak()
    splits = load_splits(config.data, seed=0)
    order = np.arange(len(splits.train))
    total = 0
    for batch in loading.training_batches(
        splits.train, order, batch_size=32, first=0, augmentation=config.augment, seed=(0, 1)
    ):
        total += batch.inputs.nbytes
    for split in (splits.validation, splits.test):
        total += sum(batch.inputs.nbytes for batch in loading.batches_in_order(split, 32))
    print(json.dumps({"images": total / 1e6, "before": before, "after": peak(), "cache": cache}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
