"""What one sample of this project is; outside `data/` and `model/`, no other module knows.

The rest of the project asks here for the model's input, for the samples in files and requests, and for the
words that a person reads. For another kind of data, replace this module.
"""

import base64
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import ProjectError
from .images import ACCEPTED, BITS, DEEP_BITS, SUFFIXES, Interpolation, Resize, bits_used, read_image

# What a sample is called in messages, help texts and the model card.
SAMPLE, SAMPLES = "image", "images"
FILE, A_FILE, FILES = "image file", "an image file", "image files"
A_CLASSIFIER = "an image classifier"
CONTENT_TYPE = "image/png"  # of a file, for example
SETTING = "[data] image_size"  # decides how much memory a sample takes
ACCEPTED_FILES = ACCEPTED
RANGE = (0, 255)
_AXES = ("height", "width", "channels")


class InputError(ValueError):
    """What is wrong with an instance of a request, and what is accepted instead."""


@dataclass(frozen=True, kw_only=True)
class InputSpec:
    """One sample, as data sets hold it and as the model takes it.

    Samples are `dtype` in memory; an exported model takes the same numbers as float32, as the tensor `name`.
    In files with 16 bits for each value, `bits` are in use, as in the data that the model learned from, and
    `resize` and `interpolation` are how files of another shape were brought to this one.
    """

    shape: tuple[int, ...]  # height, width, channels
    dtype: Literal["uint8"] = "uint8"
    name: str = "pixels"
    kind: Literal["image"] = "image"
    bits: int = BITS
    resize: Resize = "stretch"
    interpolation: Interpolation = "bilinear"

    @classmethod
    def taken_from(cls, values: dict[str, Any]) -> Self:
        """Take the specification out of what a file holds, also in the form of an earlier release.

        Raises:
            KeyError: there is none.
            ValueError: it is of another kind of samples than this project's.
        """
        if "image_shape" in values:  # until 0.6.0
            return cls(shape=_shape(values.pop("image_shape")), bits=DEEP_BITS)
        given = {"bits": DEEP_BITS} | values.pop("input_spec")  # until 0.7.0 all were taken to be in use
        spec = cls(**given | {"shape": _shape(given["shape"])})
        for way, known in ((spec.resize, Resize), (spec.interpolation, Interpolation)):
            if way not in get_args(known):
                raise ValueError(f"samples are resized by {way}, which this project does not know")
        expected = cls(shape=spec.shape)
        if (spec.kind, spec.dtype) != (expected.kind, expected.dtype):
            raise ValueError(
                f"samples are {spec.kind}, {spec.dtype}; this project reads {expected.kind}, {expected.dtype}"
            )
        return spec

    def __str__(self) -> str:
        """Return it in words: "8x8 pixels, gray"."""
        height, width, channels = self.shape
        return f"{height}x{width} pixels, {'gray' if channels == 1 else 'RGB'}"


def _shape(value: Sequence[Any]) -> tuple[int, ...]:
    shape = tuple(value)
    if len(shape) != len(_AXES) or not all(isinstance(size, int) and size > 0 for size in shape):
        raise ValueError(f"the shape of a sample is {value}; it must be {', '.join(_AXES)}")
    return shape


def is_sample_file(path: Path) -> bool:
    """Return whether a file in a folder is taken for a sample, by its name."""
    return path.suffix.lower() in SUFFIXES


def read_file(source: Path | bytes, spec: InputSpec) -> NDArray[np.uint8]:
    """Return the sample in a file, given by its path or as its content.

    Raises:
        ProjectError: no such file, or it holds no sample.
    """
    return read_image(
        source, spec.shape, bits=spec.bits, resize=spec.resize, interpolation=spec.interpolation
    )


def bits_in_use(files: Sequence[Path], *, workers: int) -> int:
    """Return the `bits` of a data set's input specification: those that its largest value needs."""
    with ThreadPoolExecutor(workers) as pool:
        return max(pool.map(bits_used, files), default=BITS)


def decode_instances(instances: Sequence[object], spec: InputSpec) -> NDArray[np.float32]:
    """Return the inputs (samples, height, width, channels) of a request's instances.

    An instance is nested lists of numbers, or a file in base64: `{"b64": "..."}`.

    Raises:
        InputError: an instance is neither, or does not fit `spec`.
    """
    if not any(isinstance(instance, dict) for instance in instances):
        return _from_lists(instances, spec)  # all at once: several times faster than one by one
    return np.concatenate(
        [
            _from_base64(number, instance, spec)
            if isinstance(instance, dict)
            else _from_lists([instance], spec)
            for number, instance in enumerate(instances)
        ]
    )


def _from_lists(instances: Sequence[object], spec: InputSpec) -> NDArray[np.float32]:
    try:
        inputs: NDArray[Any] = np.asarray(instances)
    except (ValueError, OverflowError) as error:  # lists of unequal lengths
        raise InputError(f"the instances are not all of one shape; {accepted_instance(spec)}") from error
    check_inputs(inputs, spec)
    return inputs.astype(np.float32, copy=False)


def _from_base64(number: int, instance: dict[Any, Any], spec: InputSpec) -> NDArray[np.float32]:
    if instance.keys() != {"b64"} or not isinstance(instance["b64"], str):
        raise InputError(f'instance {number} must have the one key "b64"; {accepted_instance(spec)}')
    try:
        content = base64.b64decode(instance["b64"], validate=True)
        return read_file(content, spec).astype(np.float32)[np.newaxis]
    except ValueError as error:
        raise InputError(f"instance {number}: b64 is not base64; {accepted_instance(spec)}") from error
    except ProjectError as error:
        raise InputError(f"instance {number}: {error}") from error


def check_inputs(inputs: NDArray[Any], spec: InputSpec) -> None:
    """Make sure that `inputs` (samples, height, width, channels) are what a model of `spec` takes.

    Raises:
        InputError: another shape, not numbers, or numbers out of range.
    """
    if inputs.shape[1:] != spec.shape:
        shape = " x ".join(map(str, inputs.shape[1:])) or "of a single number"
        raise InputError(f"an instance has the shape {shape}; {accepted_instance(spec)}")
    if inputs.dtype.kind not in "iuf":
        raise InputError(f"an instance holds something that is not a number; {accepted_instance(spec)}")
    low, high = RANGE
    # A comparison with NaN is false.
    if not (inputs.min() >= low and inputs.max() <= high):
        raise InputError(
            f"{spec.name} are from {inputs.min():g} to {inputs.max():g}; they must be from {low} to {high}."
        )


def accepted_instance(spec: InputSpec) -> str:
    """Return in a sentence what an instance of a request must be."""
    shape, (low, high) = " x ".join(map(str, spec.shape)), RANGE
    return (
        f"an instance is nested lists of {shape} numbers ({', '.join(_AXES)}) from {low} to {high},"
        f' or {{"b64": "<{FILE} in base64>"}}.'
    )


def example_input(spec: InputSpec) -> NDArray[np.float32]:
    """Return one black image (1, height, width, channels), for health checks and warm-up."""
    return np.zeros((1, *spec.shape), np.float32)


def instance_schema(spec: InputSpec) -> dict[str, Any]:
    """Return the JSON schema of an instance of a request."""
    low, high = RANGE
    lists: dict[str, Any] = {"type": "number", "minimum": low, "maximum": high}
    for size in reversed(spec.shape):
        lists = {"type": "array", "items": lists, "minItems": size, "maxItems": size}
    lists["description"] = f"Pixels: ({', '.join(_AXES)})"
    content = {"type": "string", "minLength": 1, "description": f"{A_FILE.capitalize()} in base64"}
    file = {"type": "object", "required": ["b64"], "properties": {"b64": content}}
    return {"oneOf": [lists, file | {"additionalProperties": False}]}


def input_metadata(spec: InputSpec) -> dict[str, Any]:
    """Return what a server says about its inputs: the specification, and the shape for clients of 0.6.0."""
    return {"input_spec": asdict(spec), "image_shape": list(spec.shape)}
