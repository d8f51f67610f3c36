"""How TF Serving's REST API turns JSON into a tensor and back, with the words of its errors.

Source: tensorflow_serving/util/json_tensor.cc and g3doc/api_rest.md of tensorflow/serving, checked 2026-11.
"""

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

JSON_TYPES = {type(None): "Null", bool: "Boolean", dict: "Object", list: "Array", str: "String"}


class InvalidArgumentError(Exception):
    """A request that is the caller's fault: 400 by REST, INVALID_ARGUMENT by gRPC."""


def pixels_of(body: bytes) -> NDArray[np.float32]:
    """Return the tensor of a predict request in row format.

    Raises:
        InvalidArgumentError: it is none.
    """
    instances = _instances(body)
    tensors: list[NDArray[np.float32]] = []
    for number, instance in enumerate(instances):
        try:
            tensors.append(_tensor(_value(instance)))
            if tensors[0].shape != tensors[-1].shape:
                expected, received = (_in_words(tensor.shape) for tensor in (tensors[0], tensors[-1]))
                raise InvalidArgumentError(f"Expecting shape {expected} but got: {received}")
        except InvalidArgumentError as error:
            place = f"Failed to process element: {number} of 'instances' list."
            raise InvalidArgumentError(f"{place} Error: INVALID_ARGUMENT: {error}") from error
    return np.stack(tensors)


def _instances(body: bytes) -> list[Any]:
    document = _parsed(body)
    shown = f"JSON Value: {json.dumps(document)}"
    if not isinstance(document, dict):
        raise InvalidArgumentError(f"{shown} Is not object")
    if "instances" not in document:
        raise InvalidArgumentError("Missing 'inputs' or 'instances' key")
    instances = document["instances"]
    if not isinstance(instances, list):
        raise InvalidArgumentError(f"{shown} Excepting 'instances' to be an list/array")
    if not instances:
        raise InvalidArgumentError(f"{shown} No values in 'instances' array")
    return instances


def _parsed(body: bytes) -> Any:
    if not body:
        raise InvalidArgumentError("JSON Parse error: The document is empty")
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        raise InvalidArgumentError(f"JSON Parse error: Invalid value. at offset: {error.pos}") from error
    except UnicodeDecodeError as error:
        raise InvalidArgumentError("JSON Parse error: Invalid encoding in string. at offset: 0") from error


def _value(instance: Any) -> Any:
    """Return an instance's value: an object names its input, if it is not an encoded string."""
    if not isinstance(instance, dict) or list(instance) == ["b64"]:
        return instance
    if list(instance) != ["pixels"]:
        raise InvalidArgumentError(f"JSON object: {json.dumps(instance)} must only have keys: pixels")
    return instance["pixels"]


def _tensor(value: Any) -> NDArray[np.float32]:
    shape: list[int] = []
    first = value
    while isinstance(first, list):
        shape.append(len(first))
        first = first[0] if first else None
    return np.array(list(_numbers(value, shape, 0)), np.float32).reshape(shape)


def _numbers(value: Any, shape: list[int], level: int) -> Iterator[float]:
    if isinstance(value, list):
        if level >= len(shape):
            raise InvalidArgumentError(
                f"Encountered list at unexpected level: {level} expected < {len(shape)}"
            )
        if len(value) != shape[level]:
            raise InvalidArgumentError(
                f"Encountered list at unexpected size: {len(value)} at level: {level}"
                f" expected size: {shape[level]}"
            )
        for item in value:
            yield from _numbers(item, shape, level + 1)
        return
    shown = f"JSON Value: {json.dumps(value)}"
    if level != len(shape):
        raise InvalidArgumentError(
            f"{shown} found at incorrect level: {level + 1} in the JSON DOM. Expected at level: {len(shape)}"
        )
    if type(value) in JSON_TYPES:
        raise InvalidArgumentError(f"{shown} Type: {JSON_TYPES[type(value)]} is not of expected type: float")
    if math.isfinite(value) and abs(value) > np.finfo(np.float32).max:
        raise InvalidArgumentError(
            f"Cannot convert JSON value: {json.dumps(value)} to float without loss of precision."
        )
    yield float(value)


def _in_words(shape: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, shape))}]"


def predictions_of(outputs: dict[str, NDArray[Any]]) -> bytes:
    """Return the answer in row format: an object for each instance, strings as text."""
    rows = [
        {
            name: value.decode() if isinstance(value, bytes) else value.tolist()
            for name, value in zip(outputs, values, strict=True)
        }
        for values in zip(*outputs.values(), strict=True)
    ]
    return json.dumps({"predictions": rows}, indent=4).encode()
