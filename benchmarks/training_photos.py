"""The whole way from photos in a folder to trained weights, in a generated project; called by `training.py`.

600 JPEG photos of 500x375 pixels, cut out of scikit-learn's two pictures, are trained on at two sizes: with
the network that the project chooses for 96 pixels, where the arithmetic takes nearly all the time, and with
the `tiny` one at 32 pixels, where everything around it shows. Each place for the decoded samples (in memory,
on the disk, decoded at every use) is tried with and without augmentation, next to a bare loop on arrays. The
first decoding is compared with what one writes first in the framework: a DataLoader with Pillow and as many
workers as the machine has cores, or tf.data with TensorFlow's own decoder and parallel calls as it likes.

All ways take turns in every round, so that what else the machine does hits all of them; ratios are medians of
the rounds'.
"""

import importlib
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import report
from bare_loops import bare_loop
from numpy.typing import NDArray

NUM_PHOTOS, WIDTH, HEIGHT = 600, 500, 375
ROUNDS, WARM_UP = 5, 2
PLACES = {
    "in memory": {"cache_megabytes": 1000},
    "on the disk": {"cache_megabytes": 0, "disk_cache_gigabytes": 1.0},
    "decoded at every use": {"cache_megabytes": 0, "disk_cache_gigabytes": 0.0},
}
PRESET = ", preset photos"
CASES = {"96 px": (96, "auto"), "tiny network, 32 px": (32, "tiny")}
NAMES = {"torch": "PyTorch", "keras": "Keras"}

Epoch = Callable[[int], float]  # its number to samples per second
Rates = dict[str, list[float]]


def section(package: str, framework: str) -> str:
    """Return the section of docs/benchmarks.md."""
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        write_photos(photos)
        decoding = decode(package, framework, photos)
        rates = {
            name: measure(training(package, framework, photos, size, network))
            for name, (size, network) in CASES.items()
        }
    return text(framework, decoding, rates)


def write_photos(folder: Path, num_photos: int = NUM_PHOTOS) -> None:
    """Cut the photos out of scikit-learn's two pictures, which are the two classes."""
    from PIL import Image
    from sklearn.datasets import load_sample_images

    numbers = np.random.default_rng(0)
    cuts = []
    for label, picture in enumerate(load_sample_images().images):
        (folder / str(label)).mkdir(parents=True)
        for number in range(num_photos // 2):
            top = numbers.integers(picture.shape[0] - HEIGHT + 1)
            left = numbers.integers(picture.shape[1] - WIDTH + 1)
            path = folder / str(label) / f"{number:04}.jpg"
            cuts.append((picture[top : top + HEIGHT, left : left + WIDTH], path))

    def write(pixels: NDArray[np.uint8], path: Path) -> None:
        Image.fromarray(pixels).save(path, quality=90)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(write, *zip(*cuts, strict=True)))


def settings(package: str, photos: Path, size: int, network: str, **data: Any) -> Any:
    """Return the project's settings for these photos, most of which are for training."""
    values = {
        "data": {
            "source": str(photos),
            "image_size": size,
            "validation_fraction": 0.05,
            "test_fraction": 0.05,
            "disk_cache_folder": str(photos.parent / "cache"),
            **data,
        },
        "model": {"size": network},
        "train": {"device": "cpu"},
    }
    return importlib.import_module(f"{package}.config.read").check_config(values, source="benchmark")


def decode(package: str, framework: str, photos: Path) -> Rates:
    """Return photos per second from the files to arrays in memory: the project's, and the plain loader's."""
    config = settings(package, photos, 96, "auto", **PLACES["in memory"], workers=os.cpu_count())
    load_splits = importlib.import_module(f"{package}.data.load").load_splits
    plain = {"torch": plain_torch, "keras": plain_keras}[framework]
    ways = {
        "the project's first decoding": lambda: load_splits(config.data, seed=0),
        "a plain loader": lambda: plain(sorted(photos.rglob("*.jpg"))),
    }

    def rate(way: Callable[[], object]) -> float:
        started = time.perf_counter()
        way()
        return NUM_PHOTOS / (time.perf_counter() - started)

    return measure({name: lambda _number, way=way: rate(way) for name, way in ways.items()})  # type: ignore[misc]


def plain_torch(files: list[Path]) -> None:
    """Read all photos as one writes it first in PyTorch."""
    import torch
    from PIL import Image

    class Photos(torch.utils.data.Dataset[torch.Tensor]):
        def __len__(self) -> int:
            return len(files)

        def __getitem__(self, index: int) -> torch.Tensor:
            with Image.open(files[index]) as photo:
                small = photo.convert("RGB").resize((96, 96), Image.Resampling.BILINEAR)
            return torch.from_numpy(np.array(small))

    loader = torch.utils.data.DataLoader(Photos(), batch_size=64, num_workers=os.cpu_count() or 1)
    for _batch in loader:
        pass


def plain_keras(files: list[Path]) -> None:
    """Read all photos as one writes it first in TensorFlow."""
    import tensorflow as tf

    def decode(file: Any) -> Any:
        photo = tf.io.decode_jpeg(tf.io.read_file(file), channels=3)
        return tf.cast(tf.image.resize(photo, (96, 96), antialias=True), tf.uint8)

    names = tf.data.Dataset.from_tensor_slices([str(file) for file in files])
    batches = names.map(decode, num_parallel_calls=tf.data.AUTOTUNE).batch(64).prefetch(tf.data.AUTOTUNE)
    for _batch in batches:
        pass


def training(package: str, framework: str, photos: Path, size: int, network: str) -> dict[str, Epoch]:
    """Return one epoch of each way to train on the photos at this size."""
    load_splits = importlib.import_module(f"{package}.data.load").load_splits
    trainer_class = importlib.import_module(f"{package}.training.loop").Trainer
    ways: dict[str, Epoch] = {}
    for place, data in PLACES.items():
        config = settings(package, photos, size, network, **data)
        splits = load_splits(config.data, seed=0)
        if place == "in memory":
            ways["a bare loop on arrays"] = bare_loop(framework, package, config, splits)
        for preset, words in {"none": "", "photos": PRESET}.items():
            varied = config.model_copy(update={"augment": type(config.augment)(preset=preset)})
            trainer = trainer_class(varied, splits)
            ways[place + words] = lambda _number, trainer=trainer: (  # type: ignore[misc]
                trainer.run_epoch(lambda _samples: None).samples_per_second
            )
    return ways


def measure(ways: dict[str, Epoch]) -> Rates:
    """Return the rates of all ways, which take turns; the first rounds do not count."""
    rates: Rates = {name: [] for name in ways}
    for number in range(WARM_UP + ROUNDS):
        for name, epoch in ways.items():
            rate = epoch(number)
            if number >= WARM_UP:
                rates[name].append(rate)
    return rates


def ratio(rates: Rates, way: str, reference: str) -> float:
    """Return the median of the rounds' ratios."""
    return median(one / other for one, other in zip(rates[way], rates[reference], strict=True))


def text(framework: str, decoding: Rates, rates: dict[str, Rates]) -> str:
    """Return the section: what was measured next to each aim, then all rates."""
    wide, tiny = rates.values()
    aims = [
        ["photos at 96 px, preset / none", ratio(wide, "in memory" + PRESET, "in memory"), 0.9],
        ["tiny network at 32 px, preset / none", ratio(tiny, "in memory" + PRESET, "in memory"), 0.7],
        ["first decoding / a plain loader", ratio(decoding, *decoding), 1.2],
        ["on the disk / in memory, tiny network at 32 px", ratio(tiny, "on the disk", "in memory"), 0.9],
        ["on the disk / in memory, 96 px", ratio(wide, "on the disk", "in memory"), 0.9],
    ]
    rows = [
        [what, f"{found:.2f}", f"{aim}", "met" if found >= aim else "missed"] for what, found, aim in aims
    ]
    all_rates = {"first decoding": decoding, **rates}
    listed = [
        [name, way, f"{median(of_one):,.0f}"]
        for name, of_case in all_rates.items()
        for way, of_one in of_case.items()
    ]
    method = (
        f"`python benchmarks/training.py`, {time.strftime('%Y-%m-%d')}, {report.this_machine()}: {NUM_PHOTOS}"
        f" JPEG photos of {WIDTH}x{HEIGHT} pixels, batch 64, on the processor, median of {ROUNDS} epochs of"
        " each way, taking turns; ratios are medians of the rounds'."
    )
    return "\n\n".join(
        [
            f"## Photos with {NAMES[framework]}",
            report.paragraph(method),
            report.table(["aim", "measured", "aim", ""], rows),
            report.table(["what", "way", "photos/s"], listed),
        ]
    )
