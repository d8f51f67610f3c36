"""What TorchServe calls for every batch of requests: each request is checked, and answered or refused."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...data.codec import A_FILE, CONTENT_TYPE, InputError, read_file
from ...errors import ProjectError
from ...model.checkpoint import load_model
from ...model.network import predict_logits
from ...runs.run import Run
from ...serving.contract import BODY, Contract
from .context import Context

Inputs = NDArray[np.float32]  # (samples of one request, *shape of the input specification)


class TorchServeHandler:
    """The model of an unpacked archive; TorchServe makes one in every worker and calls these two methods."""

    def initialize(self, context: Context) -> None:
        """Load the model: on the GPU that the worker was given, or where every command computes."""
        run = Run(Path(context.system_properties["model_dir"]))
        record = run.read_record()
        self._contract = Contract(record.input_spec, record.class_names)
        self._model = load_model(run)
        gpu = context.system_properties.get("gpu_id")
        if gpu is not None:
            self._model.to(torch.device("cuda", gpu))

    def handle(self, requests: Sequence[Mapping[str, Any]], context: Context) -> list[bytes]:
        """Return the body of every answer; one bad request is refused with 400, the others are answered.

        The samples of all requests go through the model together.
        """
        checked = [self._checked(request) for request in requests]
        accepted = [inputs for inputs in checked if not isinstance(inputs, InputError)]
        logits = iter(self._logits(accepted))
        answers = []
        for number, inputs in enumerate(checked):
            context.set_response_content_type(number, "application/json")
            if isinstance(inputs, InputError):
                context.set_response_status(400, "Bad Request", number)
                answers.append(json.dumps({"error": str(inputs)}).encode())
            else:
                answers.append(self._contract.write(next(logits)))
        return answers

    def _checked(self, request: Mapping[str, Any]) -> Inputs | InputError:
        """Return the inputs of a request, or what is wrong with it."""
        try:
            body = _body(request)
            return self._contract.read(body) if _looks_like_json(body) else self._from_file(body)
        except InputError as error:
            return error

    def _from_file(self, body: bytes) -> Inputs:
        try:
            return read_file(body, self._contract.input_spec).astype(np.float32)[np.newaxis]
        except ProjectError as error:
            raise InputError(f"the body is neither JSON nor {A_FILE} ({error}); send {BODY}.") from error

    def _logits(self, accepted: Sequence[Inputs]) -> list[NDArray[np.float32]]:
        """Return logits for the samples of every request, which are in order."""
        if not accepted:
            return []
        logits = predict_logits(self._model, np.concatenate(accepted))
        ends = np.cumsum([len(inputs) for inputs in accepted])
        return np.split(logits, ends[:-1])


def _body(request: Mapping[str, Any]) -> bytes:
    """Return what the client sent; TorchServe decodes JSON unless its environment says not to."""
    body = request.get("body", request.get("data"))
    if body is None:
        raise InputError(
            f'the body is empty, or a form without the field "data"; send {BODY}'
            f" with Content-Type: application/json, or {A_FILE} with {CONTENT_TYPE}."
        )
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def _looks_like_json(body: bytes) -> bool:
    """Whether it begins as an object or a list, or is empty: clients seldom send the right content type."""
    return body.lstrip()[:1] in (b"{", b"[", b"")
