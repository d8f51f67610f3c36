"""What the server accepts as a request, and what it says of everything else."""

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from [= package =].serving.contract import MAX_INSTANCES, BadRequestError, Contract

CONTRACT = Contract(image_shape=(2, 3, 1), class_names=("cat", "dog"))
IMAGE = [[[0.0], [1.0], [2.0]], [[3.5], [4.0], [255.0]]]


def body(*instances: object) -> bytes:
    """Return a request with these instances."""
    return json.dumps({"instances": instances}).encode()


def png(pixels: Any) -> str:
    """Return a grey image as a file in base64."""
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(file, "png")
    return base64.b64encode(file.getvalue()).decode()


def test_nested_lists_become_pixels() -> None:
    """Images arrive as floats from 0 to 255, in their order."""
    pixels = CONTRACT.read(body(IMAGE, IMAGE))

    assert np.float32 == pixels.dtype
    assert np.array_equal(np.array([IMAGE, IMAGE]), pixels)


def test_image_file_becomes_pixels() -> None:
    """A file in base64 gives the pixels that the same image gives as lists, also beside one."""
    pixels = CONTRACT.read(body({"b64": png([[0, 1, 2], [3, 4, 255]])}, IMAGE))

    assert np.array_equal([[[0], [1], [2]], [[3], [4], [255]]], pixels[0])
    assert np.array_equal(IMAGE, pixels[1])


def test_base64_that_spells_true_is_no_boolean() -> None:
    """The letters of an image file mean nothing."""
    with pytest.raises(BadRequestError, match="instance 0: the image is not an image"):
        CONTRACT.read(body({"b64": "true"}))


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (b"", "the body is empty"),
        (b'{"instances": [', "the body is not JSON"),
        (b"\xff\xfe", "the body is not JSON"),
        (b"[" * 100_000, "the body is not JSON"),
        (b'{"instances": [[[[NaN]]]]}', "NaN or Infinity"),
        (b'{"instances": [[[[1e999], [0], [0]], [[0], [0], [0]]]]}', ""),
        (b"[]", 'no "instances"'),
        (b'"instances"', 'no "instances"'),
        (b'{"inputs": []}', 'no "instances"'),
        (b'{"instances": [], "nodes": 1}', 'unknown key "nodes"'),
        (b'{"instances": [1], "signature_name": "other"}', "signature_name must be"),
        (b'{"instances": "cat"}', "instances must be a list"),
        (body(), "there are 0 instances; send 1 to 256"),
        (body(*[IMAGE] * (MAX_INSTANCES + 1)), "there are 257 instances"),
        (body(IMAGE[:1]), "has the shape 1 x 3 x 1; an instance is nested lists of 2 x 3 x 1 numbers"),
        (body(7), "has the shape of a single number"),
        (body(IMAGE, IMAGE[:1]), "not all of one shape"),
        (body([[[0], [1]], [[0], [1], [2]]]), "not all of one shape"),
        (body([[["0"], [1], [2]], [[3], [4], [5]]]), "something that is no number"),
        (body([[[None], [1], [2]], [[3], [4], [5]]]), "something that is no number"),
        (body([[[True], [1], [2]], [[3], [4], [5]]]), "holds true or false"),
        (body([[[True], [1], [2]], [[3], [4], [5]]], {"b64": png([[1, 2, 3]] * 2)}), "holds true or false"),
        (body([[[10**30], [1], [2]], [[3], [4], [5]]]), ""),
        (body([[[-1], [1], [2]], [[3], [4], [5]]]), "from -1 to 5; they must be from 0 to 255"),
        (body([[[256], [1], [2]], [[3], [4], [5]]]), "from 1 to 256; they must be"),
        (body({"b64": "%%%"}), "instance 0: b64 is not base64"),
        (body({"b64": "äöü"}), "instance 0: b64 is not base64"),
        (body({"b64": base64.b64encode(b"not an image").decode()}), "instance 0: the image is not an image"),
        (body({"b64": 1}), 'instance 0 must have the one key "b64"'),
        (body({"b64": "", "more": 1}), 'instance 0 must have the one key "b64"'),
    ],
)
def test_anything_else_is_refused_in_words(sent: bytes, problem: str) -> None:
    """The message says what arrived and what is accepted; nothing raises another exception."""
    with pytest.raises(BadRequestError) as caught:
        CONTRACT.read(sent)

    assert problem in str(caught.value)


def test_answer_has_logits_probabilities_and_label() -> None:
    """Logits come back bit by bit, the probabilities are their softmax, the label is the largest's."""
    logits = np.array([[0.1, 2.3], [1000, -1000]], np.float32)

    answers = json.loads(CONTRACT.write(logits))["predictions"]

    assert np.array_equal(logits, np.array([answer["logits"] for answer in answers], np.float32))
    probabilities = np.array([answer["probabilities"] for answer in answers])
    assert np.allclose([[0.0997505, 0.9002495], [1.0, 0.0]], probabilities, atol=1e-6)
    assert ["dog", "cat"] == [answer["label"] for answer in answers]
