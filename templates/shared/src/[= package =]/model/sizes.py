"""The sizes of the network: how many stages it has for images from 8x8 to 512x512 pixels."""

from dataclasses import dataclass
from typing import Literal

from ..config.settings import ModelConfig
from ..data.codec import InputSpec

SizeName = Literal["tiny", "small", "medium", "large"]


@dataclass(frozen=True, kw_only=True)
class NetworkSize:
    """A stem, then a residual block for each of `widths`, its channels; all but the first halve the image.

    `stem_stride` is 1 (the image keeps its size), 2 (halved) or 4 (halved again, by pooling).
    """

    name: SizeName
    largest_image: int  # pixels, up to which "auto" chooses this size
    stem_stride: Literal[1, 2, 4]
    widths: tuple[int, ...]


SIZES = (
    NetworkSize(name="tiny", largest_image=15, stem_stride=1, widths=(32, 64)),
    NetworkSize(name="small", largest_image=47, stem_stride=1, widths=(32, 64, 128)),
    NetworkSize(name="medium", largest_image=127, stem_stride=2, widths=(32, 64, 128, 256)),
    NetworkSize(name="large", largest_image=512, stem_stride=4, widths=(64, 128, 256, 512)),
)


def network_size(config: ModelConfig, input_spec: InputSpec) -> NetworkSize:
    """Return the size in the settings; `auto` is the smallest one meant for images of this shape.

    A pretrained backbone counts as large, whatever it is.
    """
    if config.backbone:
        return SIZES[-1]
    if config.size != "auto":
        return next(size for size in SIZES if size.name == config.size)
    longer = max(input_spec.shape[:2])
    return next((size for size in SIZES if longer <= size.largest_image), SIZES[-1])


def prediction_batch(image_shape: tuple[int, ...]) -> int:
    """Return how many images (height, width, channels) are predicted at once: 64, or fewer if they are large.

    64 are fast enough; of 256x256 pixels they fit into any memory.
    """
    return max(1, min(64, 64 * 256 * 256 // (image_shape[0] * image_shape[1])))
