"""What one writes first to train one network in several processes: the reference of the benchmark of scaling.

Each process takes its share of every batch; gradients are averaged by DistributedDataParallel in PyTorch,
summed by MultiWorkerMirroredStrategy in Keras. There is no schedule, no metrics, no checkpoint, and nothing
can be resumed or is noticed if a process ends.
"""

import importlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from bare_loops import built

EPOCHS, WARM_UP = 8, 2
LONGEST = 300.0  # seconds


def bare_rate(framework: str, package: str, settings: list[str], processes: int) -> float:
    """Return the samples per second of so many processes together, the median of the epochs."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ports = [_free_port() for _ in range(processes)]
        children = []
        for rank in range(processes):
            environment = os.environ | {
                "RANK": str(rank),
                "WORLD_SIZE": str(processes),
                "MEETING": f"{folder}/store",
                "GLOO_SOCKET_IFNAME": "lo",
                "OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // processes)),
            }
            if framework == "keras" and processes > 1:
                workers = [f"127.0.0.1:{port}" for port in ports]
                cluster = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": rank}}
                environment["TF_CONFIG"] = json.dumps(cluster)
            command = [sys.executable, __file__, framework, package, *settings]
            child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
            children.append(stack.enter_context(child))
            stack.callback(child.kill)
        outputs = [child.communicate(timeout=LONGEST)[0] for child in children]
    return float(outputs[0].splitlines()[-1])


def main(framework: str, package: str, settings: list[str]) -> None:
    """Train as one of the processes that the environment names; the first one prints the rate."""
    config = importlib.import_module(f"{package}.config.read").load_config(Path("config.toml"), settings)
    splits = importlib.import_module(f"{package}.data.load").load_splits(config.data, config.seed)
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    rates = {"torch": torch_rates, "keras": keras_rates}[framework](package, config, splits, rank, size)
    if rank == 0:
        print(median(rates[WARM_UP:]))


def torch_rates(package: str, config: Any, splits: Any, rank: int, size: int) -> list[float]:
    """Return the samples per second of each epoch, by DistributedDataParallel."""
    import torch
    import torch.distributed as dist
    from torch.nn.functional import cross_entropy
    from torch.nn.parallel import DistributedDataParallel

    model = built(importlib.import_module(f"{package}.model.network"), config, splits)
    if size > 1:
        store = dist.FileStore(os.environ["MEETING"], size)
        dist.init_process_group("gloo", store=store, rank=rank, world_size=size)
        # Images of one channel have the strides of both memory formats, gradients of one: as good a copy.
        warnings.filterwarnings("ignore", "Grad strides do not match", module="torch.autograd")
        model = DistributedDataParallel(model)
    images = torch.from_numpy(splits.train.inputs[:]).permute(0, 3, 1, 2).contiguous()
    labels = torch.from_numpy(splits.train.labels)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    rates = []
    for number in range(EPOCHS):
        model.train()
        generator = torch.Generator().manual_seed(number)
        started = time.perf_counter()
        for chosen in torch.randperm(len(labels), generator=generator).split(config.train.batch_size):
            own = chosen[rank::size]
            cross_entropy(model(images[own]), labels[own]).backward()
            optimizer.step()
            optimizer.zero_grad()
        rates.append(len(labels) / (time.perf_counter() - started))
    if size > 1:
        dist.destroy_process_group()
    return rates


def keras_rates(package: str, config: Any, splits: Any, rank: int, size: int) -> list[float]:
    """Return the samples per second of each epoch, by MultiWorkerMirroredStrategy."""
    import keras
    import tensorflow as tf

    strategy = tf.distribute.MultiWorkerMirroredStrategy() if size > 1 else tf.distribute.get_strategy()
    images, labels = splits.train.inputs[:], splits.train.labels
    with strategy.scope():
        model = built(importlib.import_module(f"{package}.model.network"), config, splits)
        optimizer = keras.optimizers.AdamW(1e-3)
        optimizer.build(model.trainable_variables)
    loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")

    def learn(images: Any, labels: Any, count: Any) -> None:
        with tf.GradientTape() as tape:
            loss = loss_function(labels, model(images, training=True)) / count
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    @tf.function(reduce_retracing=True)
    def step(images: Any, labels: Any, count: Any) -> None:
        strategy.run(learn, (images, labels, count))

    rates = []
    for number in range(EPOCHS):
        order = np.random.default_rng(number).permutation(len(labels))
        started = time.perf_counter()
        for start in range(0, len(order), config.train.batch_size):
            batch = order[start : start + config.train.batch_size]
            own = batch[rank::size]
            step(tf.constant(images[own]), tf.constant(labels[own]), tf.constant(len(batch), tf.float32))
        rates.append(len(labels) / (time.perf_counter() - started))
    return rates


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
