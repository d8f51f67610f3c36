"""What one writes first to train a network on arrays in memory: the reference of the benchmarks of training.

Shuffle, slice, loss, gradients, AdamW. There is no schedule, no clipping, no metrics and no checkpoint, and
nothing can be resumed.
"""

import importlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np


def bare_loop(framework: str, package: str, config: Any, splits: Any) -> Callable[[int], float]:
    """Return a function that trains the epoch of a number and returns samples per second."""
    return {"torch": bare_torch, "keras": bare_keras}[framework](package, config, splits)


def bare_torch(package: str, config: Any, splits: Any) -> Callable[[int], float]:
    """Return a function that trains one epoch and returns samples per second."""
    import torch
    from torch.nn.functional import cross_entropy

    model_module = importlib.import_module(f"{package}.model.network")
    images = torch.from_numpy(splits.train.inputs[:]).permute(0, 3, 1, 2).contiguous()
    labels = torch.from_numpy(splits.train.labels)
    model = built(model_module, config, splits)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)

    def epoch(_number: int) -> float:
        model.train()
        started = time.perf_counter()
        for chosen in torch.randperm(len(labels)).split(config.train.batch_size):
            loss = cross_entropy(model(images[chosen]), labels[chosen])
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        return len(labels) / (time.perf_counter() - started)

    return epoch


def bare_keras(package: str, config: Any, splits: Any) -> Callable[[int], float]:
    """Return a function that trains one epoch and returns samples per second."""
    import keras
    import tensorflow as tf

    model_module = importlib.import_module(f"{package}.model.network")
    images, labels = splits.train.inputs[:], splits.train.labels
    model = built(model_module, config, splits)
    optimizer = keras.optimizers.AdamW(1e-3)
    optimizer.build(model.trainable_variables)
    loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function(reduce_retracing=True)
    def step(images: Any, labels: Any) -> None:
        with tf.GradientTape() as tape:
            loss = loss_function(labels, model(images, training=True))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    def epoch(number: int) -> float:
        order = np.random.default_rng(number).permutation(len(labels))
        started = time.perf_counter()
        for start in range(0, len(order), config.train.batch_size):
            chosen = order[start : start + config.train.batch_size]
            step(tf.constant(images[chosen]), tf.constant(labels[chosen]))
        return len(labels) / (time.perf_counter() - started)

    return epoch


def built(model_module: Any, config: Any, splits: Any) -> Any:
    """Return the project's own model, normalized, untrained."""
    model = model_module.build_model(
        config.model, input_spec=splits.input_spec, num_classes=len(splits.class_names)
    )
    model_module.set_normalization(model, splits.train.inputs[:])
    return model
