"""Whether the network is compiled: that takes seconds once, and makes every step on a GPU faster."""

from collections.abc import Callable
from importlib.util import find_spec

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from ..config.settings import Config
from ..data.splits import Splits
from ..errors import ProjectError
from ..model.network import Classifier

# On one H100, torch.compile of the large network took 9 s and made steps 1.5 times as fast, from 86 TFLOP/s
# (PyTorch 2.11, bf16, 224 pixels, 2026-11): it pays from about 30 s of computing on.
SECONDS_THAT_PAY = 30
FLOPS_PER_SECOND = 86e12
BACKWARD = 2  # times the arithmetic of the forward pass


def is_compiled(
    model: Classifier, config: Config, splits: Splits, device: torch.device, begun: str | None
) -> bool:
    """Return whether training should compile the model; a run that was `begun` compiled or not continues so.

    Compiled and plain dropout draw different numbers from the same seed: a run cannot change over.
    """
    if begun is not None:
        return begun == "true"
    if config.train.compile != "auto":
        return config.train.compile
    if device.type != "cuda" or find_spec("triton") is None:  # which writes the code for GPUs
        return False
    return seconds_to_compute(model, config, splits) >= SECONDS_THAT_PAY


def seconds_to_compute(model: Classifier, config: Config, splits: Splits) -> float:
    """Return about how long an H100 would compute if it trained to the last epoch; other GPUs take longer."""
    height, width, channels = splits.input_spec.shape
    sample = torch.zeros(1, channels, height, width, device=model.pixel_mean.device)
    was_training = model.training
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        model.eval()(sample)
    model.train(was_training)
    flops: int = counter.get_total_flops()
    return config.train.epochs * len(splits.train) * (1 + BACKWARD) * flops / FLOPS_PER_SECOND


def compiled(model: nn.Module, batch_size: int) -> Callable[[Tensor], Tensor]:
    """Return the model, compiled for batches of this size alone.

    A smaller batch, the last of an epoch, is computed by the model as it is: to compile it for another size
    takes longer than a few such batches, and padding would spoil the statistics of batch normalization.
    CUDA graphs (mode "reduce-overhead") are left out: they made such steps only 1.02 times as fast, and take
    memory of their own (one H100, PyTorch 2.11, 2026-11); for tiny networks nobody has measured them.
    """
    whole: Callable[[Tensor], Tensor] = torch.compile(model)

    def forward(inputs: Tensor) -> Tensor:
        if len(inputs) != batch_size:
            logits: Tensor = model(inputs)
            return logits
        try:
            return whole(inputs)
        except Exception as error:
            from torch._dynamo.exc import BackendCompilerFailed  # takes seconds; only compiling needs it

            if not isinstance(error, BackendCompilerFailed):
                raise
            raise ProjectError(
                f"torch.compile failed: {error.inner_exception}",
                fix="Install a C++ compiler (for a GPU: Triton as well), or add: --set train.compile=false",
            ) from error

    return forward
