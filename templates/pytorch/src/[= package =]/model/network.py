"""The network: pixels in, logits out. It does the scaling, so that what was trained is what is served."""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import batch_norm, relu

from ..config.settings import ModelConfig
from ..data.codec import InputSpec
from ..runs.backbone import Backbone
from .sizes import NetworkSize, network_size, prediction_batch

BATCH_SIZE = 64  # of samples that are read and predicted; large ones are predicted in smaller batches


class Classifier(nn.Module):
    """Pixels in, logits out; a subclass says which features lie between.

    Input: pixels from 0 to 255 (batch, channels, height, width), any numeric type; output: logits
    (batch, classes). `pixel_mean` and `pixel_std`, one for each channel, are part of the weights: callers do
    not normalize.
    """

    pixel_mean: Tensor
    pixel_std: Tensor
    dropout: nn.Dropout
    head: nn.Linear

    def forward(self, pixels: Tensor) -> Tensor:
        """Return logits (batch, classes) for pixels (batch, channels, height, width)."""
        normalized = (pixels.to(self.pixel_mean.dtype) - self.pixel_mean) / self.pixel_std
        logits: Tensor = self.head(self.dropout(self.features(normalized)))
        return logits

    def features(self, normalized: Tensor) -> Tensor:
        """Return features (batch, features) for normalized pixels (batch, channels, height, width)."""
        raise NotImplementedError


class ResidualNetwork(Classifier):
    """A small residual network, averaged over the image at its end.

    Source: K. He et al., Deep Residual Learning for Image Recognition, 2015, with one block a stage.
    """

    def __init__(self, image_channels: int, num_classes: int, size: NetworkSize, dropout: float) -> None:
        super().__init__()
        self.register_buffer("pixel_mean", torch.zeros(image_channels, 1, 1))
        self.register_buffer("pixel_std", torch.ones(image_channels, 1, 1))
        self.register_load_state_dict_pre_hook(_spread_over_channels)  # type: ignore[no-untyped-call]
        self.stem = _stem(image_channels, size)
        inputs = (size.widths[0], *size.widths)
        self.blocks = nn.Sequential(
            *(
                ResidualBlock(before, width, stride=1 if number == 0 else 2)
                for number, (before, width) in enumerate(zip(inputs, size.widths, strict=False))
            )
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(size.widths[-1], num_classes)

    def features(self, normalized: Tensor) -> Tensor:
        """Return features (batch, widths[-1]) for normalized pixels (batch, channels, height, width)."""
        features: Tensor = self.blocks(self.stem(normalized)).mean(dim=(2, 3))
        return features


class ResidualBlock(nn.Module):
    """Two convolutions, and a shortcut past them: a convolution of one pixel if the shape changes."""

    def __init__(self, inputs: int, outputs: int, *, stride: int) -> None:
        super().__init__()
        self.first = _normalized_convolution(inputs, outputs, kernel_size=3, stride=stride)
        self.second = _normalized_convolution(outputs, outputs, kernel_size=3, stride=1)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = _normalized_convolution(inputs, outputs, kernel_size=1, stride=stride)

    def forward(self, features: Tensor) -> Tensor:
        """Return features (batch, outputs, height / stride, width / stride)."""
        return relu(self.second(relu(self.first(features))) + self.shortcut(features))


def _stem(image_channels: int, size: NetworkSize) -> nn.Sequential:
    stride = min(size.stem_stride, 2)
    layers = [
        _normalized_convolution(image_channels, size.widths[0], kernel_size=3, stride=stride),
        nn.ReLU(),
    ]
    if size.stem_stride == 4:
        layers.append(nn.MaxPool2d(2, ceil_mode=True))
    return nn.Sequential(*layers)


def _normalized_convolution(inputs: int, outputs: int, *, kernel_size: int, stride: int) -> nn.Sequential:
    # No bias: batch normalization has one.
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel_size, stride, padding=kernel_size // 2, bias=False),
        Normalization(outputs),
    )


class Normalization(nn.BatchNorm2d):
    """Batch normalization that can be trained with any batch: one value alone has no deviation to divide by.

    Late features of a small image are one value for each sample. PyTorch refuses a batch of one of them, such
    as the last one of an epoch; here it is normalized as in prediction, and leaves the averages as they are.
    """

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape (batch, channels, height, width)."""
        if self.training and features.numel() == features.shape[1]:
            averages = self.running_mean, self.running_var
            return batch_norm(features, *averages, self.weight, self.bias, eps=self.eps)
        return super().forward(features)


def build_model(
    config: ModelConfig, *, input_spec: InputSpec, num_classes: int, backbone: Backbone | None = None
) -> Classifier:
    """Return an untrained network for `num_classes` classes of images, of the kind that `backbone` is of."""
    if backbone:
        from .pretrained import PretrainedNetwork  # needs the library of the backbone

        return PretrainedNetwork(backbone, input_spec.shape, num_classes, config.dropout)
    size = network_size(config, input_spec)
    return ResidualNetwork(input_spec.shape[2], num_classes, size, config.dropout)


def set_normalization(model: Classifier, images: Iterable[NDArray[np.uint8]]) -> None:
    """Make the model subtract the mean of each channel of `images` and divide by its standard deviation.

    Images: arrays (..., height, width, channels). A channel that hardly varies is divided by 1: there is
    nothing in it to enlarge.
    """
    count, total, squares = 0, np.float64(0), np.float64(0)
    for each in images:
        pixels = each.reshape(-1, each.shape[-1]).astype(np.float64)
        count, total = count + len(pixels), total + pixels.sum(axis=0)
        squares = squares + np.square(pixels).sum(axis=0)
    mean = total / count
    std = np.sqrt(np.maximum(squares / count - mean**2, 1.0))
    model.pixel_mean.copy_(torch.from_numpy(mean).reshape(-1, 1, 1))
    model.pixel_std.copy_(torch.from_numpy(std).reshape(-1, 1, 1))


def _spread_over_channels(model: nn.Module, state: dict[str, Tensor], prefix: str, *_unused: object) -> None:
    """Give each channel the one mean and deviation that a run of 0.6.0 or earlier saved for all."""
    for name in ("pixel_mean", "pixel_std"):
        saved = state.get(prefix + name)
        if saved is not None and saved.dim() == 0:
            state[prefix + name] = saved.expand_as(getattr(model, name))


def count_parameters(model: Classifier) -> int:
    """Return how many numbers the optimizer trains."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def to_tensor(images: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Return images (batch, height, width, channels) as (batch, channels, height, width) on `device`."""
    return torch.from_numpy(images).to(device, non_blocking=True).permute(0, 3, 1, 2).contiguous()


@torch.inference_mode()
def predict_logits(model: Classifier, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return logits (samples, classes) for uint8 images (samples, height, width, channels), in order."""
    device, step = model.pixel_mean.device, prediction_batch(images.shape[1:])
    was_training = model.training
    model.eval()
    logits = [
        model(to_tensor(images[start : start + step], device)).float().cpu()
        for start in range(0, len(images), step)
    ]
    model.train(was_training)
    return torch.cat(logits).numpy()
