"""Ask a server that runs the model: the embedded one, TorchServe and TensorFlow Serving answer alike."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

import httpx
import numpy as np
from numpy.typing import NDArray

from ..data.codec import RANGE, InputSpec, example_input
from ..errors import ProjectError
from ..evaluation.labels import Failure, Prediction, label_files
from ..evaluation.softmax import log_softmax
from ..export.manifest import Manifest

SAMPLES_AT_ONCE = 64  # of one request: a few hundred kB of digits
TOKEN = "SERVE_TOKEN"  # noqa: S105  the environment variable that holds a server's token
PAUSE_SECONDS = 0.1  # between two attempts
ATTEMPTS = 3  # of one request, where trying again is safe
TRY_AGAIN = {429, 503}  # the server has not looked at the request: too many, or not ready

Inputs: TypeAlias = NDArray[np.uint8] | NDArray[np.float32]  # (samples, *shape of the input specification)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server says of one sample; probabilities are between 0 and 1, in the order of the classes."""

    label: str
    logits: tuple[float, ...]
    probabilities: tuple[float, ...]

    @property
    def probability(self) -> float:
        """How probable the label is."""
        return max(self.probabilities)


@dataclass(frozen=True, kw_only=True)
class ServedModel:
    """What a client must know of a model: its name at the server, its classes, and its input."""

    name: str
    class_names: tuple[str, ...]
    input_spec: InputSpec

    @classmethod
    def of(cls, manifest: Manifest) -> Self:
        """Return what an export's manifest says of its model."""
        return cls(name=manifest.name, class_names=manifest.class_names, input_spec=manifest.input_spec)


class Client:
    """A connection to a server, kept open between requests; close it, or use it in a `with` block.

    A prediction changes nothing at the server, so a request that found no connection, or that the server
    turned away unread (429, 503), is sent again, up to three times in all. One that timed out is not: it
    may still be computing.
    """

    def __init__(
        self, url: str, model: ServedModel, *, token: str | None = None, timeout_seconds: float = 10.0
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._model = model
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout_seconds, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._http.close()

    def predict(self, inputs: Inputs) -> list[Answer]:
        """Return an answer for each of the samples, in order.

        Raises:
            ProjectError: no server, no answer in time, or it refuses (its message is passed on); not numbers.
        """
        return [answer for batch in in_requests(inputs) for answer in self._predict(batch.tolist())]

    def predict_files(self, paths: Sequence[Path]) -> list[Prediction | Failure]:
        """Return a prediction for every file, decoded here as those of the training were.

        Raises:
            ProjectError: as for `predict`, or a folder holds no sample.
        """
        return label_files(
            paths,
            lambda inputs: np.array([answer.logits for answer in self.predict(inputs)], np.float32),
            input_spec=self._model.input_spec,
            class_names=self._model.class_names,
        )

    def wait_until_ready(self, timeout_seconds: float = 60.0) -> None:
        """Return once the server has made a prediction; that it calls itself healthy is not enough.

        Raises:
            ProjectError: it did not within `timeout_seconds`, or refuses what only the caller can mend.
        """
        example = example_input(self._model.input_spec)
        ask_until_answered(lambda: self.predict(example), timeout_seconds)

    def _predict(self, instances: list[Any]) -> list[Answer]:
        response = self._post(f"/v1/models/{self._model.name}:predict", {"instances": instances})
        try:
            predictions = response.json()["predictions"]
            answers = [self._completed(prediction) for prediction in predictions]
        except (ValueError, KeyError, TypeError) as error:
            raise ServerError(
                f"{response.url} answered what is no prediction: {response.text[:200]}",
                fix="Check that the URL is the model server's.",
                may_pass=False,
            ) from error
        if len(answers) != len(instances):
            raise ServerError(
                f"{response.url} answered {len(answers)} predictions to {len(instances)} instances.",
                fix="Check that the URL is the model server's.",
                may_pass=False,
            )
        return answers

    def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        try:
            return _checked(self._sent(path, body))
        except httpx.ConnectError as error:
            raise ServerError(
                f"{self._http.base_url} cannot be reached ({error}).",
                fix="Start the server: the verb `serve`. Or check --url.",
                may_pass=True,
            ) from error
        except httpx.TimeoutException as error:
            raise ServerError(
                f"{self._http.base_url} gave no answer within {self._http.timeout.read:g} s.",
                fix="Send fewer samples, or allow more time: --timeout.",
                may_pass=True,
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerError(
                f"{self._http.base_url}: the connection failed ({error}).",
                fix="Look at the server's log, then try again.",
                may_pass=True,
            ) from error

    def _sent(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """Return the answer to the last attempt: each but that one may find no server, or be turned away."""
        for attempt in range(1, ATTEMPTS):
            with suppress(httpx.ConnectError):
                response = self._http.post(path, json=body)
                if response.status_code not in TRY_AGAIN:
                    return response
            time.sleep(PAUSE_SECONDS * attempt)
        return self._http.post(path, json=body)

    def _completed(self, prediction: dict[str, Any] | list[float]) -> Answer:
        """Return the server's prediction with what it left out: logits alone decide the rest."""
        values: dict[str, Any] = prediction if isinstance(prediction, dict) else {"logits": prediction}
        logits = np.asarray(values["logits"], np.float64)
        probabilities = values.get("probabilities", np.exp(log_softmax(logits[np.newaxis]))[0])
        return Answer(
            label=self._label(logits, values.get("label")),
            logits=tuple(float(value) for value in logits),
            probabilities=tuple(float(value) for value in probabilities),
        )

    def _label(self, logits: NDArray[np.float64], told: str | None) -> str:
        """Return the name of the class with the highest logit, if the server, which may tell one, agrees."""
        names = self._model.class_names
        if logits.shape != (len(names),):
            found = f"gives {logits.size} logits"
        elif told not in {None, label := names[int(logits.argmax())]}:
            found = f"says {told!r} where the export has {label!r}"
        else:
            return label
        raise ServerError(
            f"{self._http.base_url} {found}: it serves another model than that of the export, whose"
            f" {len(names)} classes are {', '.join(names)}.",
            fix="Name the folder of the export that it serves: --export FOLDER",
            may_pass=False,
        )


def in_requests(inputs: Inputs) -> Iterator[Inputs]:
    """Yield as many inputs at once as one request takes.

    Raises:
        ProjectError: they are not numbers.
    """
    if not np.isfinite(inputs).all():
        low, high = RANGE
        raise ProjectError("The inputs hold NaN or infinity.", fix=f"They are numbers from {low} to {high}.")
    for start in range(0, len(inputs), SAMPLES_AT_ONCE):
        yield inputs[start : start + SAMPLES_AT_ONCE]


def ask_until_answered(ask: Callable[[], object], timeout_seconds: float) -> None:
    """Call `ask` until it raises no ServerError.

    Raises:
        ServerError: the last one after `timeout_seconds`, or one that waiting does not mend.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            ask()
        except ServerError as error:
            if time.monotonic() >= deadline or not error.may_pass:
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            return


class ServerError(ProjectError):
    """A server that does not answer as it should; `may_pass` if waiting could help."""

    def __init__(self, problem: str, *, fix: str, may_pass: bool) -> None:
        super().__init__(problem, fix=fix)
        self.may_pass = may_pass


def _checked(response: httpx.Response) -> httpx.Response:
    if response.is_success:
        return response
    try:
        message = response.json().get("error") or response.json().get("message") or response.text
    except (ValueError, AttributeError):
        message = response.text
    # TorchServe answers 400 to a token that is wrong or missing.
    refused = response.status_code in (401, 403) or "Token Authorization failed" in str(message)
    raise ServerError(
        f"{response.url} answered {response.status_code}: {str(message).strip()[:500]}",
        fix=f"Set {TOKEN} to the server's token." if refused else "Mend what the message names.",
        may_pass=response.status_code in {404, *TRY_AGAIN} or response.status_code >= 500,
    )
