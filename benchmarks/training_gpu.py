"""How quickly a PyTorch project trains on a CUDA GPU in bf16, and as which share of what the card can reach.

`training.py` asks for it in the project's own Python. Random images and the large network give the card
something to do; the project's own training is compared with a bare loop of the same model and batch whose
images are on the card already, as it is and with torch.compile.

The arithmetic of a sample is counted by torch.utils.flop_counter (convolutions and matrix products). What the
card can reach is measured on it as well, in a product of two large bf16 matrices: data sheets promise more.
"""

import importlib
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import report

IMAGE_SHAPE, NUM_CLASSES = (224, 224, 3), 100
BATCH_SIZE, NUM_BATCHES = 256, 20
ROUNDS, WARM_UP = 5, 2
MATRIX_SIZE, PRODUCTS = 8192, 10

UNTRIED = (
    "Asked for are bf16, torch.compile where it pays, and the share of the card's peak. **No CUDA device: not"
    " run.** What would run is written from PyTorch's documentation and has not been tried on a GPU."
)


def section(package: str) -> str:
    """Return the section of docs/benchmarks.md: what was measured, or that there is no such GPU."""
    import torch

    started = f"`python benchmarks/training.py`, {time.strftime('%Y-%m-%d')}, {report.this_machine()}"
    title = "## Training with PyTorch on a GPU"
    if not torch.cuda.is_available():
        return f"{title}\n\n{report.paragraph(f'{started}. {UNTRIED}')}"
    device = torch.device("cuda")
    rates = measure(package, device)
    sample, peak = flops_per_sample(package, device), peak_flops(device)
    return f"{title}\n\n" + text(f"{started}, {torch.cuda.get_device_name(device)}", rates, sample, peak)


def measure(package: str, device: Any) -> dict[str, float]:
    """Return samples per second of the project's training, the bare loop and the compiled one."""
    splits = random_splits(package)
    trainer = importlib.import_module(f"{package}.training.loop").Trainer(large_config(package), splits)
    epochs: dict[str, Callable[[], float]] = {
        "the project's training": lambda: trainer.run_epoch(lambda _samples: None).samples_per_second,
        "a bare loop": bare_loop(package, splits, device, compiled=False),
        "a bare loop, compiled": bare_loop(package, splits, device, compiled=True),
    }
    rates: dict[str, list[float]] = {name: [] for name in epochs}
    for number in range(WARM_UP + ROUNDS):
        for name, epoch in epochs.items():
            rate = epoch()
            if number >= WARM_UP:
                rates[name].append(rate)
    return {name: median(of_one) for name, of_one in rates.items()}


def large_config(package: str) -> Any:
    """Return the settings of the large network, with nothing that could end the training early."""
    values = {"model": {"size": "large"}, "train": {"batch_size": BATCH_SIZE, "device": "auto"}}
    return importlib.import_module(f"{package}.config.read").check_config(values, source="benchmark")


def random_splits(package: str) -> Any:
    """Return images of noise: what they show changes nothing in how long they take."""
    import numpy as np

    splits = importlib.import_module(f"{package}.data.splits")
    numbers = np.random.default_rng(0)

    def part(num_samples: int) -> Any:
        images = numbers.integers(256, size=(num_samples, *IMAGE_SHAPE), dtype=np.uint8)
        return splits.Split(inputs=images, labels=numbers.integers(NUM_CLASSES, size=num_samples))

    names = tuple(str(number) for number in range(NUM_CLASSES))
    return splits.Splits(
        train=part(NUM_BATCHES * BATCH_SIZE),
        validation=part(BATCH_SIZE),
        test=part(BATCH_SIZE),
        class_names=names,
    )


def bare_loop(package: str, splits: Any, device: Any, *, compiled: bool) -> Callable[[], float]:
    """Return a function that trains one epoch in bf16 and returns samples per second."""
    import torch

    images = torch.from_numpy(splits.train.inputs).permute(0, 3, 1, 2).contiguous().to(device)
    labels = torch.from_numpy(splits.train.labels).to(device)
    model = built(package, device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    logits_of = torch.compile(model) if compiled else model

    def epoch() -> float:
        model.train()
        torch.cuda.synchronize()
        started = time.perf_counter()
        for chosen in torch.randperm(len(labels), device=device).split(BATCH_SIZE):
            loss_in_bf16(logits_of, images[chosen], labels[chosen]).backward()
            optimizer.step()
            optimizer.zero_grad()
        torch.cuda.synchronize()
        return len(labels) / (time.perf_counter() - started)

    return epoch


def built(package: str, device: Any) -> Any:
    """Return the project's large network, untrained, on the device."""
    model_module = importlib.import_module(f"{package}.model.network")
    config = large_config(package).model
    spec = importlib.import_module(f"{package}.data.codec").InputSpec(shape=IMAGE_SHAPE)
    return model_module.build_model(config, input_spec=spec, num_classes=NUM_CLASSES).to(device)


def loss_in_bf16(logits_of: Any, images: Any, labels: Any) -> Any:
    """Return the mean loss of a batch, its matrix products and convolutions in bf16."""
    import torch
    from torch.nn.functional import cross_entropy

    with torch.autocast(images.device.type, dtype=torch.bfloat16):
        return cross_entropy(logits_of(images), labels)


def flops_per_sample(package: str, device: Any) -> float:
    """Return the floating-point operations of a sample's way forward and back, a multiply-add being two."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    images = torch.zeros((8, IMAGE_SHAPE[2], *IMAGE_SHAPE[:2]), dtype=torch.uint8, device=device)
    labels = torch.zeros(len(images), dtype=torch.int64, device=device)
    with FlopCounterMode(display=False) as counter:
        loss_in_bf16(built(package, device), images, labels).backward()
    return float(counter.get_total_flops() / len(images))


def peak_flops(device: Any) -> float:
    """Return the most operations per second that a product of two large bf16 matrices reached."""
    import torch

    left, right = torch.randn(2, MATRIX_SIZE, MATRIX_SIZE, dtype=torch.bfloat16, device=device)
    seconds = []
    for _ in range(WARM_UP + ROUNDS):
        torch.cuda.synchronize()
        started = time.perf_counter()
        for _ in range(PRODUCTS):
            left @ right
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - started)
    return 2 * PRODUCTS * float(MATRIX_SIZE) ** 3 / min(seconds)


def text(started: str, rates: dict[str, float], sample: float, peak: float) -> str:
    """Return the paragraph and the table about what was measured."""
    project, bare, compiled = rates.values()
    pays = "pays" if compiled > bare else "does not pay"
    method = (
        f"{started}: bf16, the large network, {IMAGE_SHAPE[0]}x{IMAGE_SHAPE[1]} pixels, batch {BATCH_SIZE},"
        f" median of {ROUNDS} epochs of {NUM_BATCHES} batches of each, taking turns."
        f" {sample / 1e9:.1f} GFLOP a sample; the peak is {peak / 1e12:.0f} TFLOP/s, the most that a product"
        f" of two bf16 matrices reached on this card. The project reaches {project / bare:.2f} of the bare"
        f" loop; torch.compile {pays}: {compiled / bare:.2f} of it."
    )
    rows = [[name, f"{rate:,.0f}", f"{rate * sample / peak:.1%}"] for name, rate in rates.items()]
    return f"{report.paragraph(method)}\n\n{report.table(['what', 'samples/s', 'of the peak'], rows)}"
