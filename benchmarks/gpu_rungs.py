"""The rungs of `training_gpu.py`: one network trained in a bare loop, by the project, and on photos.

A rung returns an epoch: a function that trains once through the samples and returns how many there were in a
second. The bare loop is what one writes first (see bare_loops.py), on images that are on the device already,
in the project's own precision.
"""

import importlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch.nn.functional import cross_entropy

NUM_CLASSES = 100
WARM_UP, ROUNDS, PRODUCTS = 2, 5, 10  # of the product of matrices
IN_MEMORY = {"cache_megabytes": 10_000}
ON_DISK = {"cache_megabytes": 0, "disk_cache_gigabytes": 10.0}

Epoch = Callable[[], float]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is trained: square images of `side` pixels; `num_photos` photos, a tenth of them held out."""

    network: str
    side: int
    batch_size: int
    num_batches: int
    num_photos: int
    epochs: int  # that count


FULL = Size(network="large", side=224, batch_size=256, num_batches=20, num_photos=5120, epochs=5)
TINY = Size(network="tiny", side=16, batch_size=8, num_batches=3, num_photos=60, epochs=1)


class Rungs:
    """What can be trained here, by its name; photos are read from a folder that exists already."""

    def __init__(self, package: str, size: Size, photos: Path) -> None:
        self.package, self.size, self.photos = package, size, photos
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def all(self) -> Mapping[str, Callable[[], Epoch]]:
        """Return all rungs, those that matter most first."""
        digits = self.digits
        return {
            "bare loop": self.bare,
            "bare loop, channels_last": lambda: self.bare(channels_last=True),
            "bare loop, compiled": lambda: self.bare(mode="default"),
            "bare loop, both": lambda: self.bare(channels_last=True, mode="default"),
            "project": lambda: self.project(self.noise, compiled=True),
            "photos in memory": lambda: self.on_photos(IN_MEMORY),
            "photos in memory, preset": lambda: self.on_photos(IN_MEMORY, preset="photos"),
            "project, not compiled": lambda: self.project(self.noise, compiled=False),
            "project, images in the host's memory": self.from_host,
            "photos from the disk cache": lambda: self.on_photos(ON_DISK),
            "photos from the disk cache, preset": lambda: self.on_photos(ON_DISK, preset="photos"),
            "bare loop, both, CUDA graphs": lambda: self.bare(channels_last=True, mode="reduce-overhead"),
            "digits": lambda: self.project(digits, compiled=False, config=self.defaults()),
            "digits on the processor": lambda: self.project(
                digits, compiled=False, config=self.defaults(device="cpu")
            ),
            "digits, bare loop": lambda: self.bare(digits),
            "digits, bare loop, compiled": lambda: self.bare(digits, mode="default"),
            "digits, bare loop, compiled, CUDA graphs": lambda: self.bare(digits, mode="reduce-overhead"),
            "torchvision's resnet18, both": self.resnet18,
        }

    def module(self, name: str) -> Any:
        """Return a module of the project."""
        return importlib.import_module(f"{self.package}.{name}")

    def defaults(self, **train: Any) -> Any:
        """Return the project's default settings."""
        return self.module("config.read").check_config({"train": train}, source="benchmark")

    def config(self, data: Mapping[str, Any] | None = None, **train: Any) -> Any:
        """Return the settings of the network and batch of this size."""
        values = {
            "data": {"validation_fraction": 0.05, "test_fraction": 0.05, **(data or {})},
            "model": {"size": self.size.network},
            "train": {"batch_size": self.size.batch_size, **train},
        }
        return self.module("config.read").check_config(values, source="benchmark")

    @cached_property
    def digits(self) -> Any:
        """The splits of a new project."""
        config = self.defaults()
        return self.module("data.load").load_splits(config.data, config.seed)

    @cached_property
    def noise(self) -> Any:
        """Images of noise: what they show changes nothing in how long they take."""
        splits, numbers = self.module("data.splits"), np.random.default_rng(0)

        def part(num_samples: int) -> Any:
            shape = (num_samples, self.size.side, self.size.side, 3)
            images = numbers.integers(256, size=shape, dtype=np.uint8)
            return splits.Split(inputs=images, labels=numbers.integers(NUM_CLASSES, size=num_samples))

        batch = self.size.batch_size
        return splits.Splits(
            train=part(self.size.num_batches * batch),
            validation=part(batch),
            test=part(batch),
            class_names=tuple(str(number) for number in range(NUM_CLASSES)),
        )

    def network(self, splits: Any) -> Any:
        """Return the project's network, untrained, on the device."""
        config, module = (
            self.defaults() if splits is self.digits else self.config(),
            self.module("model.network"),
        )
        names = splits.class_names
        model = module.build_model(config.model, input_spec=splits.input_spec, num_classes=len(names))
        module.set_normalization(model, splits.train.inputs[:64])
        return model.to(self.device)

    def bare(self, splits: Any = None, *, channels_last: bool = False, mode: str = "") -> Epoch:
        """Return an epoch of the bare loop; `mode` is that of torch.compile, "" does not compile."""
        splits = splits or self.noise
        model = self.network(splits)
        memory_format = torch.channels_last if channels_last else torch.contiguous_format
        model.to(memory_format=memory_format)
        forward = torch.compile(model, mode=mode) if mode else model
        return self.loop(model, forward, splits, memory_format)

    def resnet18(self) -> Epoch:
        """Return an epoch of a network that many know, in the best of the bare loops."""
        models = importlib.import_module("torchvision.models")
        model = models.resnet18(num_classes=NUM_CLASSES).to(self.device, memory_format=torch.channels_last)
        forward = torch.compile(lambda pixels: model(pixels / 255))
        return self.loop(model, forward, self.noise, torch.channels_last)

    def loop(self, model: Any, forward: Any, splits: Any, memory_format: torch.memory_format) -> Epoch:
        """Return an epoch of whole batches."""
        batch_size = 64 if splits is self.digits else self.size.batch_size
        num_samples = len(splits.train.labels) // batch_size * batch_size
        inputs = torch.from_numpy(splits.train.inputs[:]).permute(0, 3, 1, 2)
        inputs = inputs.to(self.device).contiguous(memory_format=memory_format)
        labels = torch.from_numpy(splits.train.labels).to(self.device)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
        computing_on = self.module("model.device").computing_on

        def epoch() -> float:
            model.train()
            self.wait()
            started = time.perf_counter()
            for chosen in torch.randperm(num_samples, device=self.device).split(batch_size):
                pixels = inputs[chosen].contiguous(memory_format=memory_format)
                with computing_on(self.device):
                    loss = cross_entropy(forward(pixels), labels[chosen])
                loss.backward()
                optimizer.step()
                optimizer.zero_grad()
            self.wait()
            return num_samples / (time.perf_counter() - started)

        return epoch

    def wait(self) -> None:
        """Wait until the device has computed all that it was told."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def project(self, splits: Any, *, compiled: bool, config: Any = None, preset: str = "none") -> Epoch:
        """Return an epoch of the project's training."""
        config = config or self.config()
        train = config.train.model_copy(update={"compile": compiled})
        augment = type(config.augment)(preset=preset)
        varied = config.model_copy(update={"train": train, "augment": augment})
        trainer = self.module("training.loop").Trainer(varied, splits)
        return lambda: float(trainer.run_epoch(lambda _samples: None).samples_per_second)

    def from_host(self) -> Epoch:
        """Return an epoch of the project with images that it takes to be too many for the device."""
        with patch("torch.cuda.mem_get_info", lambda *_: (0, 0)):
            return self.project(self.noise, compiled=True)

    def on_photos(self, kept: Mapping[str, Any], *, preset: str = "none") -> Epoch:
        """Return an epoch of the project on the photos, which are decoded first."""
        if preset != "none":
            importlib.import_module("kornia")  # the whole rung is left out without it
        config = self.config(self.photo_settings(kept))
        splits = self.module("data.load").load_splits(config.data, config.seed)
        return self.project(splits, compiled=True, config=config, preset=preset)

    def photo_settings(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of `[data]` for the photos."""
        return {
            "source": str(self.photos),
            "image_size": self.size.side,
            "workers": torch.multiprocessing.cpu_count(),
            "disk_cache_folder": str(self.photos.parent / "cache"),
            **kept,
        }

    def flops_per_sample(self) -> float:
        """Return the floating-point operations of a sample, forward and back; a multiply-add is two."""
        from torch.utils.flop_counter import FlopCounterMode

        inputs = torch.zeros((8, 3, self.size.side, self.size.side), dtype=torch.uint8, device=self.device)
        labels = torch.zeros(len(inputs), dtype=torch.int64, device=self.device)
        model = self.network(self.noise)
        with FlopCounterMode(display=False) as counter:
            cross_entropy(model(inputs), labels).backward()
        return float(counter.get_total_flops() / len(inputs))


def peak_flops(device: torch.device, *, side: int) -> float:
    """Return the most operations per second that a product of two large bf16 matrices reached."""
    left, right = torch.randn(2, side, side, dtype=torch.bfloat16, device=device)
    wait = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    seconds = []
    for _ in range(WARM_UP + ROUNDS):
        wait()
        started = time.perf_counter()
        for _ in range(PRODUCTS):
            left @ right
        wait()
        seconds.append(time.perf_counter() - started)
    return 2 * PRODUCTS * float(side) ** 3 / min(seconds)
