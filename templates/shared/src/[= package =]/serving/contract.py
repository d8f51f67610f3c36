"""From the body of a request to inputs, and from logits to the body of an answer."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from ..data.codec import SAMPLE, SAMPLES, InputError, InputSpec, accepted_instance, decode_instances
from ..evaluation.predict import log_softmax

MAX_INSTANCES = 256  # samples in one request
_KEYS = {"instances", "signature_name"}
BODY = f'{{"instances": [{SAMPLE}, ...]}}'


@dataclass(frozen=True)
class Contract:
    """How requests for a model look, and how their answers do."""

    input_spec: InputSpec
    class_names: tuple[str, ...]

    def read(self, body: bytes) -> NDArray[np.float32]:
        """Return the inputs (samples, *shape of the input specification) that a request holds.

        Raises:
            InputError: the body is not `{"instances": [sample, ...]}` with samples of this model.
        """
        instances = self._instances(body)
        lists = [instance for instance in instances if not isinstance(instance, dict)]
        # NumPy would read them as 1 and 0. A file in base64 may contain these letters.
        text = body if len(lists) == len(instances) else orjson.dumps(lists)
        if b"true" in text or b"false" in text:
            raise InputError(f"an instance holds true or false; {accepted_instance(self.input_spec)}")
        return decode_instances(instances, self.input_spec)

    def write(self, logits: NDArray[np.float32]) -> bytes:
        """Return the body of an answer: for each sample its logits, probabilities and label."""
        rows = zip(logits, np.exp(log_softmax(logits)), logits.argmax(axis=1).tolist(), strict=True)
        predictions = [
            {"logits": row, "probabilities": probabilities, "label": self.class_names[best]}
            for row, probabilities, best in rows
        ]
        return orjson.dumps({"predictions": predictions}, option=orjson.OPT_SERIALIZE_NUMPY)

    def _instances(self, body: bytes) -> list[Any]:
        value = _parsed(body)
        if not isinstance(value, dict) or "instances" not in value:
            raise InputError(f'the body has no "instances"; send {BODY}.')
        if unknown := sorted(value.keys() - _KEYS):
            raise InputError(f'the body has the unknown key "{unknown[0]}"; send {BODY}.')
        if value.get("signature_name", "serving_default") != "serving_default":
            raise InputError('signature_name must be "serving_default", or left out.')
        instances = value["instances"]
        if not isinstance(instances, list):
            accepted = accepted_instance(self.input_spec)
            raise InputError(f"instances must be a list of {SAMPLES}; {accepted}")
        if not 1 <= len(instances) <= MAX_INSTANCES:
            raise InputError(f"there are {len(instances)} instances; send 1 to {MAX_INSTANCES}.")
        return instances


def _parsed(body: bytes) -> object:
    if not body:
        raise InputError(f"the body is empty; send {BODY}.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if b"NaN" in body or b"Infinity" in body:
            raise InputError("the body holds NaN or Infinity, which are not JSON; send numbers.") from error
        raise InputError(f"the body is not JSON ({error}); send {BODY}.") from error
