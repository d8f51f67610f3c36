"""From the body of a request to inputs, and from logits to the body of an answer."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from ..data.codec import SAMPLE, SAMPLES, InputError, InputSpec, accepted_instance, decode_instances
from ..evaluation.softmax import log_softmax

MAX_INSTANCES = 256  # samples in one request
_KEYS = {"instances", "signature_name"}
BODY = f'{{"instances": [{SAMPLE}, ...]}}'


class BadRequestError(Exception):
    """What a client sent and what is accepted instead, in words for it."""


@dataclass(frozen=True)
class Contract:
    """How requests for a model look, and how their answers do."""

    input_spec: InputSpec
    class_names: tuple[str, ...]

    def read(self, body: bytes) -> NDArray[np.float32]:
        """Return the inputs (samples, *shape of the input specification) that a request holds.

        Raises:
            BadRequestError: the body is not `{"instances": [sample, ...]}` with samples of this model.
        """
        instances = self._instances(body)
        lists = [instance for instance in instances if not isinstance(instance, dict)]
        # NumPy would take them for 1 and 0. A file in base64 may spell them.
        text = body if len(lists) == len(instances) else orjson.dumps(lists)
        if b"true" in text or b"false" in text:
            raise BadRequestError(f"an instance holds true or false; {accepted_instance(self.input_spec)}")
        try:
            return decode_instances(instances, self.input_spec)
        except InputError as error:
            raise BadRequestError(str(error)) from error

    def write(self, logits: NDArray[np.float32]) -> bytes:
        """Return the body of an answer: for each sample its logits, probabilities and label."""
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

    def _instances(self, body: bytes) -> list[Any]:
        value = _parsed(body)
        if not isinstance(value, dict) or "instances" not in value:
            raise BadRequestError(f'the body has no "instances"; send {BODY}.')
        if unknown := sorted(value.keys() - _KEYS):
            raise BadRequestError(f'the body has the unknown key "{unknown[0]}"; send {BODY}.')
        if value.get("signature_name", "serving_default") != "serving_default":
            raise BadRequestError('signature_name must be "serving_default", or left out.')
        instances: list[Any] = value["instances"]
        if not isinstance(instances, list):
            accepted = accepted_instance(self.input_spec)
            raise BadRequestError(f"instances must be a list of {SAMPLES}; {accepted}")
        if not 1 <= len(instances) <= MAX_INSTANCES:
            raise BadRequestError(f"there are {len(instances)} instances; send 1 to {MAX_INSTANCES}.")
        return instances


def _parsed(body: bytes) -> object:
    if not body:
        raise BadRequestError(f"the body is empty; send {BODY}.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if b"NaN" in body or b"Infinity" in body:
            raise BadRequestError(
                "the body holds NaN or Infinity, which are not JSON; send finite numbers."
            ) from error
        raise BadRequestError(f"the body is not JSON ({error}); send {BODY}.") from error
