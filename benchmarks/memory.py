"""Print how much memory a folder of images takes that is larger than its cache.

Run with a generated project's own Python in the project's folder:
    uv run python <this file> PACKAGE FOLDER CACHE_MEGABYTES IMAGE_SIZE [DISK_CACHE_FOLDER]
Every image is read once as for training and once as for measuring, from the disk cache if a folder for it is
given. The figures are the process's peak of anonymous memory before and after (pages of a mapped file are the
system's, which takes them back), in megabytes (10^6 bytes), and the size that all images would have together.
"""

import importlib
import json
import re
import sys
import threading
import time
from pathlib import Path


class Peak:
    """The largest amount of anonymous memory of this process so far, looked at every few milliseconds."""

    def __init__(self) -> None:
        self.megabytes = 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    def look(self) -> float:
        """Return the peak, this moment included (Linux: kilobytes)."""
        status = Path("/proc/self/status").read_text()
        (kilobytes,) = re.findall(r"RssAnon:\s+(\d+) kB", status)
        self.megabytes = max(self.megabytes, int(kilobytes) * 1024 / 1e6)
        return self.megabytes

    def _watch(self) -> None:
        while True:
            self.look()
            time.sleep(0.005)


def main(package: str, folder: str, cache: int, size: int, disk_cache_folder: str = "") -> None:
    """Read the whole folder batch by batch and print the peak as JSON."""
    check_config = importlib.import_module(f"{package}.config.read").check_config
    load_splits = importlib.import_module(f"{package}.data.load").load_splits
    loading = importlib.import_module(f"{package}.data.batches")
    data = {
        "source": folder,
        "cache_megabytes": cache,
        "image_size": size,
        "workers": 2,
        "disk_cache_gigabytes": 20.0 if disk_cache_folder else 0.0,
        "disk_cache_folder": disk_cache_folder,
    }
    config = check_config({"data": data}, source="memory.py")
    peak = Peak()
    before = peak.look()
    splits = load_splits(config.data, seed=0)
    total = 0
    for split in (splits.train, splits.validation, splits.test):
        total += sum(batch.inputs.nbytes for batch in loading.batches_in_order(split, 32))
    print(json.dumps({"images": total / 1e6, "before": before, "after": peak.look(), "cache": cache}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), *sys.argv[5:])
