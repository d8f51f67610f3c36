"""Print how much memory training takes to read a folder of images that is larger than its cache.

Run with a generated project's own Python in the project's folder:
    uv run python <this file> PACKAGE FOLDER CACHE_MEGABYTES IMAGE_SIZE [DISK_CACHE_FOLDER]
Every training image is read once as for training, by workers as well, and every other once as for measuring,
from the disk cache if a folder for it is given. The figures are the peak of anonymous memory of the process
and its workers before and after (pages of a mapped file are the system's, which takes them back; pages that
processes share count once), in megabytes (10^6 bytes), and the size that all images would have together.
"""

import importlib
import json
import math
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any


class Peak:
    """The largest amount of anonymous memory of this process and its workers, looked at all the time."""

    def __init__(self) -> None:
        self.megabytes = 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    def look(self) -> float:
        """Return the peak, this moment included (Linux: kilobytes, shared ones in proportion)."""
        workers = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        kilobytes = 0
        for process in ("self", *workers):
            with suppress(OSError):  # it has ended
                status = Path(f"/proc/{process}/smaps_rollup").read_text()
                kilobytes += sum(map(int, re.findall(r"Pss_(?:Anon|Shmem):\s+(\d+) kB", status)))
        self.megabytes = max(self.megabytes, kilobytes * 1024 / 1e6)
        return self.megabytes

    def _watch(self) -> None:
        while True:
            self.look()
            time.sleep(0.02)


def main(package: str, folder: str, cache: int, size: int, disk_cache_folder: str = "") -> None:
    """Read the whole folder batch by batch and print the peak as JSON."""
    check_config = importlib.import_module(f"{package}.config.read").check_config
    load_splits = importlib.import_module(f"{package}.data.load").load_splits
    batches_in_order = importlib.import_module(f"{package}.data.batches").batches_in_order
    trainer_class = importlib.import_module(f"{package}.training.loop").Trainer
    data = {
        "source": folder,
        "cache_megabytes": cache,
        "image_size": size,
        "workers": 2,
        "disk_cache_gigabytes": 20.0 if disk_cache_folder else 0.0,
        "disk_cache_folder": disk_cache_folder,
    }
    train = {"batch_size": 16, "device": "cpu"}
    config = check_config({"data": data, "train": train, "model": {"size": "tiny"}}, source="memory.py")
    digits = load_splits(check_config({}, source="memory.py").data, seed=0)
    trainer_class(config, digits)  # so that what the framework itself takes is there already
    peak = Peak()
    before = peak.look()
    splits = load_splits(config.data, seed=0)
    trainer = trainer_class(config, splits)
    total = sum(math.prod(inputs.shape) for inputs in training_inputs(trainer.batches))
    for split in (splits.validation, splits.test):
        total += sum(batch.inputs.nbytes for batch in batches_in_order(split, 32))
    print(json.dumps({"images": total / 1e6, "before": before, "after": peak.look(), "cache": cache}))


def training_inputs(batches: Any) -> Iterator[Any]:
    """Yield the inputs of each batch of an epoch, in the way of either framework."""
    if hasattr(batches, "stream"):
        batches.begin(1)
        yield from (inputs for inputs, _ in batches.stream)
    else:
        yield from (batch.inputs for batch in batches.epoch(1))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), *sys.argv[5:])
