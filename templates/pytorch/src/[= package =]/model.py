"""The network: pixels in, logits out, scaling included, so that what was trained is what is served."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .config import ModelConfig

BATCH_SIZE = 256  # of prediction: large enough to be quick, small enough for any memory


class Classifier(nn.Module):
    """A small convolutional network of three blocks, averaged over the image, so that any size fits.

    Input: pixels from 0 to 255 (batch, channels, height, width), any numeric type; output: logits
    (batch, classes). `pixel_mean` and `pixel_std` are part of the weights: nobody has to normalise.
    """

    pixel_mean: Tensor
    pixel_std: Tensor

    def __init__(self, image_channels: int, num_classes: int, config: ModelConfig) -> None:
        super().__init__()
        width = config.channels
        self.register_buffer("pixel_mean", torch.zeros(()))
        self.register_buffer("pixel_std", torch.ones(()))
        self.features = nn.Sequential(
            _block(image_channels, width),
            _block(width, width),
            nn.MaxPool2d(2, ceil_mode=True),
            _block(width, 2 * width),
        )
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(2 * width, num_classes)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return logits (batch, classes) for pixels (batch, channels, height, width)."""
        normalised = (pixels.to(self.pixel_mean.dtype) - self.pixel_mean) / self.pixel_std
        pooled = self.features(normalised).mean(dim=(2, 3))  # (batch, features)
        logits: Tensor = self.head(self.dropout(pooled))
        return logits


def _block(inputs: int, outputs: int) -> nn.Sequential:
    # No bias: batch normalisation has one.
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def build_model(config: ModelConfig, *, image_shape: tuple[int, int, int], num_classes: int) -> Classifier:
    """Return an untrained network for images of (height, width, channels) and that many classes."""
    return Classifier(image_shape[2], num_classes, config)


def set_normalisation(model: Classifier, images: NDArray[np.uint8]) -> None:
    """Make the model subtract the mean and divide by the deviation of the pixels of `images`."""
    model.pixel_mean.fill_(float(images.mean()))
    model.pixel_std.fill_(max(float(images.std()), 1.0))


def count_parameters(model: Classifier) -> int:
    """Return how many numbers the optimizer trains."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def to_tensor(images: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Return images (batch, height, width, channels) as (batch, channels, height, width) on `device`."""
    return torch.from_numpy(images).to(device).permute(0, 3, 1, 2).contiguous()


@torch.inference_mode()
def predict_logits(model: Classifier, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return logits (samples, classes) for uint8 images (samples, height, width, channels), in order."""
    device = model.pixel_mean.device
    was_training = model.training
    model.eval()
    logits = [
        model(to_tensor(images[start : start + BATCH_SIZE], device)).float().cpu()
        for start in range(0, len(images), BATCH_SIZE)
    ]
    model.train(was_training)
    return torch.cat(logits).numpy()
