"""From the body of a request to pixels, and from logits to the body of an answer."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import orjson
from numpy.typing import NDArray

from ..data.images import ImageShape, decode_image
from ..errors import ProjectError
from ..evaluation.softmax import log_softmax

MAX_INSTANCES = 256  # images in one request
_KEYS = {"instances", "signature_name"}
_IMAGE_KEYS = {"b64"}


class BadRequestError(Exception):
    """What a client sent and what is accepted instead, in words for it."""


@dataclass(frozen=True)
class Contract:
    """How requests for a model look, and how their answers do."""

    image_shape: ImageShape
    class_names: tuple[str, ...]

    def read(self, body: bytes) -> NDArray[np.float32]:
        """Return the pixels (images, height, width, channels), from 0 to 255, that a request holds.

        Raises:
            BadRequestError: the body is not `{"instances": [image, ...]}` with images of this model.
        """
        instances = self._instances(body)
        if any(isinstance(instance, dict) for instance in instances):
            return np.stack([self._image(number, instance) for number, instance in enumerate(instances)])
        return self._pixels(instances, body)

    def write(self, logits: NDArray[np.float32]) -> bytes:
        """Return the body of an answer: for each image its logits, probabilities and label."""
        probabilities = np.exp(log_softmax(logits))
        best = logits.argmax(axis=1).tolist()
        predictions = [
            {
                "logits": logits[number],
                "probabilities": probabilities[number],
                "label": self.class_names[label],
            }
            for number, label in enumerate(best)
        ]
        return orjson.dumps({"predictions": predictions}, option=orjson.OPT_SERIALIZE_NUMPY)

    @property
    def _accepted(self) -> str:
        shape = " x ".join(map(str, self.image_shape))
        return (
            f"an instance is nested lists of {shape} numbers (height, width, channels) from 0 to 255,"
            ' or {"b64": "<image file in base64>"}.'
        )

    def _instances(self, body: bytes) -> list[Any]:
        value = _parsed(body)
        if not isinstance(value, dict) or "instances" not in value:
            raise BadRequestError('the body has no "instances"; send {"instances": [image, ...]}.')
        if unknown := sorted(value.keys() - _KEYS):
            raise BadRequestError(
                f'the body has the unknown key "{unknown[0]}"; send {{"instances": [image, ...]}}.'
            )
        if value.get("signature_name", "serving_default") != "serving_default":
            raise BadRequestError('signature_name must be "serving_default", or left out.')
        instances: list[Any] = value["instances"]
        if not isinstance(instances, list):
            raise BadRequestError(f"instances must be a list of images; {self._accepted}")
        if not 1 <= len(instances) <= MAX_INSTANCES:
            raise BadRequestError(f"there are {len(instances)} instances; send 1 to {MAX_INSTANCES}.")
        return instances

    def _pixels(self, instances: list[Any], text: bytes) -> NDArray[np.float32]:
        """Return nested lists, which were written as `text`, once every image is one of this model's."""
        if b"true" in text or b"false" in text:  # NumPy would take them for 1 and 0
            raise BadRequestError(f"an instance holds true or false; {self._accepted}")
        try:
            pixels: NDArray[Any] = np.asarray(instances)
        except (ValueError, OverflowError) as error:  # lists of unequal lengths
            raise BadRequestError(f"the instances are not all of one shape; {self._accepted}") from error
        if pixels.shape[1:] != self.image_shape:
            raise BadRequestError(
                f"an instance has the shape {_in_words(pixels.shape[1:])}; {self._accepted}"
            )
        if pixels.dtype.kind not in "iuf":
            raise BadRequestError(f"an instance holds something that is no number; {self._accepted}")
        # A comparison with NaN is false.
        if not (pixels.min() >= 0 and pixels.max() <= 255):
            raise BadRequestError(
                f"pixels are from {pixels.min():g} to {pixels.max():g}; they must be from 0 to 255."
            )
        as_floats: NDArray[np.float32] = pixels.astype(np.float32, copy=False)
        return as_floats

    def _image(self, number: int, instance: object) -> NDArray[np.float32]:
        if not isinstance(instance, dict):
            (pixels,) = self._pixels([instance], orjson.dumps(instance))
            return cast("NDArray[np.float32]", pixels)
        if instance.keys() != _IMAGE_KEYS or not isinstance(instance["b64"], str):
            raise BadRequestError(f'instance {number} must have the one key "b64"; {self._accepted}')
        try:
            data = base64.b64decode(instance["b64"], validate=True)
            return decode_image(data, self.image_shape).astype(np.float32)
        except (binascii.Error, ValueError) as error:
            raise BadRequestError(f"instance {number}: b64 is not base64; {self._accepted}") from error
        except ProjectError as error:
            raise BadRequestError(f"instance {number}: {error}") from error


def _parsed(body: bytes) -> object:
    if not body:
        raise BadRequestError('the body is empty; send {"instances": [image, ...]}.')
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if b"NaN" in body or b"Infinity" in body:
            raise BadRequestError(
                "the body holds NaN or Infinity, which are not JSON; pixels must be from 0 to 255."
            ) from error
        raise BadRequestError(
            f'the body is not JSON ({error}); send {{"instances": [image, ...]}}.'
        ) from error


def _in_words(shape: tuple[int, ...]) -> str:
    return " x ".join(str(size) for size in shape) or "of a single number"
