"""What TorchServe calls for every batch of requests; each is checked, and answered or refused, on its own."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...data.images import decode_image
from ...errors import ProjectError
from ...model.checkpoint import load_model
from ...model.network import predict_logits
from ...runs.run import Run
from ...serving.contract import BadRequestError, Contract
from .context import Context

Pixels = NDArray[np.float32]  # (images of one request, height, width, channels), 0 to 255


class TorchServeHandler:
    """The model of an unpacked archive; TorchServe makes one in every worker and calls these two methods."""

    def initialize(self, context: Context) -> None:
        """Load the model: on the GPU that the worker was given, or where every verb computes."""
        run = Run(Path(context.system_properties["model_dir"]))
        record = run.read_record()
        self._contract = Contract(record.image_shape, record.class_names)
        self._model = load_model(run)
        gpu = context.system_properties.get("gpu_id")
        if gpu is not None:
            self._model.to(torch.device("cuda", gpu))

    def handle(self, requests: Sequence[Mapping[str, Any]], context: Context) -> list[bytes]:
        """Return the body of every answer; one bad request is refused with 400, the others are answered.

        The images of all requests go through the model together.
        """
        checked = [self._checked(request) for request in requests]
        accepted = [pixels for pixels in checked if not isinstance(pixels, BadRequestError)]
        logits = iter(self._logits(accepted))
        answers = []
        for number, pixels in enumerate(checked):
            context.set_response_content_type(number, "application/json")
            if isinstance(pixels, BadRequestError):
                context.set_response_status(400, "Bad Request", number)
                answers.append(json.dumps({"error": str(pixels)}).encode())
            else:
                answers.append(self._contract.write(next(logits)))
        return answers

    def _checked(self, request: Mapping[str, Any]) -> Pixels | BadRequestError:
        """Return the images of a request, or what is wrong with it."""
        try:
            body = _body(request)
            return self._contract.read(body) if _looks_like_json(body) else self._image(body)
        except BadRequestError as error:
            return error

    def _image(self, body: bytes) -> Pixels:
        try:
            return decode_image(body, self._contract.image_shape).astype(np.float32)[np.newaxis]
        except ProjectError as error:
            raise BadRequestError(
                f'the body is neither JSON nor an image file ({error}); send {{"instances": [image, ...]}}.'
            ) from error

    def _logits(self, accepted: Sequence[Pixels]) -> list[NDArray[np.float32]]:
        """Return logits for the images of every request, which are in order."""
        if not accepted:
            return []
        logits = predict_logits(self._model, np.concatenate(accepted))
        ends = np.cumsum([len(pixels) for pixels in accepted])
        return np.split(logits, ends[:-1])


def _body(request: Mapping[str, Any]) -> bytes:
    """Return what the client sent; TorchServe decodes JSON unless its environment says not to."""
    body = request.get("body", request.get("data"))
    if body is None:
        raise BadRequestError(
            'the body is empty, or a form without the field "data"; send {"instances": [image, ...]}'
            " with Content-Type: application/json, or an image file with image/png."
        )
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def _looks_like_json(body: bytes) -> bool:
    """Whether it begins as an object or a list, or is empty: clients seldom send the right content type."""
    return body.lstrip()[:1] in (b"{", b"[", b"")
