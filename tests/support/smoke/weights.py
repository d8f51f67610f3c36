"""Print a digest of each run's last weights: equal digests are equal bits.

Run with a generated project's own Python in the project's folder: python weights.py PACKAGE RUN...
"""

import hashlib
import importlib
import sys
from pathlib import Path


def main(package: str, *runs: str) -> None:
    """Load the last checkpoint of each run and print the digest of all of its numbers."""
    load_model = importlib.import_module(f"{package}.model.checkpoint").load_model
    for run in runs:
        model = load_model(importlib.import_module(f"{package}.runs.run").Run(Path(run)), "last")
        if hasattr(model, "state_dict"):
            arrays = [tensor.numpy() for tensor in model.state_dict().values()]
        else:
            arrays = model.get_weights()
        digest = hashlib.sha256()
        for array in arrays:
            digest.update(array.tobytes())
        print(digest.hexdigest())


if __name__ == "__main__":
    main(*sys.argv[1:])
