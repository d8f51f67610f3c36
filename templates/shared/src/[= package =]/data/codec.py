"""What one sample of this project is: the one place outside `data/` and `model/` that has to know.

The rest asks here for a specification of the model's input, for the samples in files and requests, and for
the words that a person reads. For another kind of data this module is another one.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import ProjectError
from .images import SUFFIXES, decode_image, read_image

# What a sample is called, in messages, help texts and the model card.
SAMPLE, SAMPLES = "image", "images"
FILE, A_FILE, FILES = "image file", "an image file", "image files"
A_CLASSIFIER = "an image classifier"
CONTENT_TYPE = "image/png"  # of a file, for example
SETTING = "[data] image_size"  # decides how much memory a sample takes
RANGE = (0, 255)
_AXES = ("height", "width", "channels")
_B64_KEYS = {"b64"}


class InputError(ValueError):
    """What is wrong with an instance of a request, and what is accepted instead."""


@dataclass(frozen=True, kw_only=True)
class InputSpec:
    """One sample, as data sets hold it and as the model takes it.

    Samples are `dtype` in memory; an exported model takes the same numbers as float32, by the tensor `name`.
    """

    shape: tuple[int, ...]  # height, width, channels
    dtype: Literal["uint8"] = "uint8"
    name: str = "pixels"
    kind: Literal["image"] = "image"

    @classmethod
    def taken_from(cls, values: dict[str, Any]) -> Self:
        """Take the specification out of what a file holds, in the form of an earlier release as well.

        Raises:
            KeyError: it holds none.
            ValueError: it is of another kind of samples than this project's.
        """
        if "image_shape" in values:  # until 0.6.0
            return cls(shape=_shape(values.pop("image_shape")))
        given = dict(values.pop("input_spec"))
        spec = cls(**given | {"shape": _shape(given["shape"])})
        expected = cls(shape=spec.shape, name=spec.name)
        if spec != expected:
            raise ValueError(
                f"samples are {spec.kind}, {spec.dtype}; this project reads {expected.kind}, {expected.dtype}"
            )
        return spec

    def __str__(self) -> str:
        """Return it in words: "8x8 pixels, grey"."""
        height, width, channels = self.shape
        return f"{height}x{width} pixels, {'grey' if channels == 1 else 'RGB'}"


def _shape(value: Sequence[int]) -> tuple[int, ...]:
    shape = tuple(value)
    if len(shape) != len(_AXES) or not all(isinstance(size, int) and size > 0 for size in shape):
        raise ValueError(f"the shape of a sample is {value}; it must be {', '.join(_AXES)}")
    return shape


def is_sample_file(path: Path) -> bool:
    """Whether a file in a folder is taken for a sample, by its name."""
    return path.suffix.lower() in SUFFIXES


def accepted_files() -> str:
    """Return in a sentence which files are taken for samples."""
    return f"These are taken as {SAMPLES}: {', '.join(SUFFIXES)}."


def read_file(path: Path, spec: InputSpec) -> NDArray[np.uint8]:
    """Return the sample in the file at `path`, of the shape of `spec`.

    Raises:
        ProjectError: no such file, or it holds no sample.
    """
    return read_image(path, _image_shape(spec))


def decode_file(content: bytes, spec: InputSpec) -> NDArray[np.uint8]:
    """Return the sample in the content of a file, just as `read_file` does.

    Raises:
        ProjectError: as for `read_file`.
    """
    return decode_image(content, _image_shape(spec))


def decode_instances(instances: Sequence[object], spec: InputSpec) -> NDArray[np.float32]:
    """Return the inputs (samples, height, width, channels) of a request's instances.

    An instance is nested lists of numbers, or a file in base64: `{"b64": "..."}`.

    Raises:
        InputError: an instance is neither, or not of `spec`.
    """
    if not any(isinstance(instance, dict) for instance in instances):
        return _from_lists(instances, spec)  # all at once: several times quicker than one by one
    return np.stack([_decoded(number, instance, spec) for number, instance in enumerate(instances)])


def check_inputs(inputs: NDArray[Any], spec: InputSpec) -> None:
    """Make sure that `inputs` (samples, height, width, channels) are what a model of `spec` takes.

    Raises:
        InputError: another shape, no numbers, or numbers out of range.
    """
    if inputs.shape[1:] != spec.shape:
        raise InputError(
            f"an instance has the shape {_in_words(inputs.shape[1:])}; {accepted_instance(spec)}"
        )
    if inputs.dtype.kind not in "iuf":
        raise InputError(f"an instance holds something that is not a number; {accepted_instance(spec)}")
    low, high = RANGE
    # A comparison with NaN is false.
    if not (inputs.min() >= low and inputs.max() <= high):
        raise InputError(
            f"{spec.name} are from {inputs.min():g} to {inputs.max():g}; they must be from {low} to {high}."
        )


def example_input(spec: InputSpec) -> NDArray[np.float32]:
    """Return one black image (1, height, width, channels), for health checks and warm-up."""
    return np.zeros((1, *spec.shape), np.float32)


def accepted_instance(spec: InputSpec) -> str:
    """Return in a sentence what an instance of a request must be."""
    shape, (low, high) = " x ".join(map(str, spec.shape)), RANGE
    return (
        f"an instance is nested lists of {shape} numbers ({', '.join(_AXES)}) from {low} to {high},"
        f' or {{"b64": "<{FILE} in base64>"}}.'
    )


def instance_schema(spec: InputSpec) -> dict[str, Any]:
    """Return the JSON schema of an instance of a request."""
    low, high = RANGE
    lists: dict[str, Any] = {"type": "number", "minimum": low, "maximum": high}
    for size in reversed(spec.shape):
        lists = {"type": "array", "items": lists, "minItems": size, "maxItems": size}
    lists["description"] = f"Pixels: ({', '.join(_AXES)})"
    content = {"type": "string", "description": f"{A_FILE.capitalize()} in base64"}
    return {"oneOf": [lists, {"type": "object", "required": ["b64"], "properties": {"b64": content}}]}


def input_metadata(spec: InputSpec) -> dict[str, Any]:
    """Return what a server says of its inputs: the specification, and the shape for clients of 0.6.0."""
    return {"input_spec": asdict(spec), "image_shape": list(spec.shape)}


def _image_shape(spec: InputSpec) -> tuple[int, int, int]:
    height, width, channels = spec.shape
    return height, width, channels


def _from_lists(instances: Sequence[object], spec: InputSpec) -> NDArray[np.float32]:
    try:
        inputs: NDArray[Any] = np.asarray(instances)
    except (ValueError, OverflowError) as error:  # lists of unequal lengths
        raise InputError(f"the instances are not all of one shape; {accepted_instance(spec)}") from error
    check_inputs(inputs, spec)
    return inputs.astype(np.float32, copy=False)


def _decoded(number: int, instance: object, spec: InputSpec) -> NDArray[np.float32]:
    if not isinstance(instance, dict):
        (values,) = _from_lists([instance], spec)
        return cast("NDArray[np.float32]", values)
    if instance.keys() != _B64_KEYS or not isinstance(instance["b64"], str):
        raise InputError(f'instance {number} must have the one key "b64"; {accepted_instance(spec)}')
    try:
        content = base64.b64decode(instance["b64"], validate=True)
        return decode_file(content, spec).astype(np.float32)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"instance {number}: b64 is not base64; {accepted_instance(spec)}") from error
    except ProjectError as error:
        raise InputError(f"instance {number}: {error}") from error


def _in_words(shape: tuple[int, ...]) -> str:
    return " x ".join(str(size) for size in shape) or "of a single number"
