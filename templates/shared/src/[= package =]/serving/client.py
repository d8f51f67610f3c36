"""Ask a server that runs the model: the embedded one, TorchServe and TensorFlow Serving answer alike."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

import httpx
import numpy as np
from numpy.typing import NDArray

from ..data.codec import RANGE, example_input
from ..errors import ProjectError, UsageError, command
from ..evaluation.predict import Failure, Prediction, label_files
from ..export.manifest import Manifest
from ..export.targets import DEFAULT_URL
from .serve import TOKEN_VARIABLE, check_token

SAMPLES_AT_ONCE = 64  # in one request at most: a few hundred kB of digits
BYTES_AT_ONCE = 8 * 2**20  # in one request of several samples; servers accept 16 MiB
INTEGER_BYTES, FLOAT_BYTES = 6, 24  # that a number takes at most in JSON, with comma and brackets
PAUSE_SECONDS = 0.1  # between two attempts
ATTEMPTS = 3  # at one request, where trying again is safe
TRY_AGAIN = {429, 503}  # the server has not looked at the request: too many, or not ready

Inputs: TypeAlias = NDArray[np.uint8] | NDArray[np.float32]  # (samples, *shape of the input specification)
Logits: TypeAlias = NDArray[np.float32]  # (samples, classes)


class ServerError(ProjectError):
    """A server does not answer as it should; `may_pass` says whether waiting could help."""

    def __init__(self, problem: str, *, fix: str, may_pass: bool = False) -> None:
        super().__init__(problem, fix=fix)
        self.may_pass = may_pass


class Client:
    """A connection to a server, kept open between requests; close it, or use it in a `with` block.

    `model` is the manifest of the export that is served. A request that found no connection, or that the
    server turned away unread (429, 503), is sent again, up to three times in all. One that timed out is
    not: the server may still be computing.
    """

    def __init__(
        self, url: str, model: Manifest, *, token: str | None = None, timeout_seconds: float = 10.0
    ) -> None:
        """Prepare to ask the server at `url`; nothing is sent yet.

        Raises:
            ProjectError: that is not the URL of a server, or no header can carry the token.
        """
        if token:
            check_token(token)
        self._model = model
        self._http = httpx.Client(
            base_url=_server_url(url),
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=timeout_seconds,
            transport=httpx.HTTPTransport(retries=ATTEMPTS - 1),
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._http.close()

    def predict_logits(self, inputs: Inputs) -> Logits:
        """Return logits for the samples, in order.

        Raises:
            ProjectError: no server, no answer in time, a refusal (with the server's message), the answer of
                another model, or inputs that are not numbers.
        """
        return np.concatenate([self._predict(batch) for batch in in_requests(inputs)])

    def predict_files(self, paths: Sequence[Path], *, top: int | None = None) -> list[Prediction | Failure]:
        """Return a prediction for every file, decoded here, as files are for training.

        `top` says how many labels each has, the most probable ones; None: all.

        Raises:
            ProjectError: as for `predict_logits`, or a folder holds no sample.
        """
        return label_files(
            paths,
            self.predict_logits,
            input_spec=self._model.input_spec,
            class_names=self._model.class_names,
            top=top,
        )

    def wait_until_ready(self, timeout_seconds: float = 60.0) -> None:
        """Return once the server has made a prediction; that it calls itself healthy is not enough.

        Raises:
            ProjectError: it did not within `timeout_seconds`, or refuses for a reason that stays.
        """
        example = example_input(self._model.input_spec)
        ask_until_answered(lambda: self.predict_logits(example), timeout_seconds)

    def _predict(self, inputs: Inputs) -> Logits:
        response = self._post({"instances": inputs.tolist()})
        try:
            predictions = [_as_object(each) for each in response.json()["predictions"]]
            logits = np.array([each["logits"] for each in predictions], np.float32)
            if len(logits) != len(inputs):
                raise ValueError(len(logits))
        except (ValueError, KeyError, TypeError) as error:
            raise ServerError(
                f"{response.url} did not answer with {len(inputs)} predictions: {response.text[:200]}",
                fix="Check that the URL is the model server's.",
            ) from error
        self._check_model(logits, [each.get("label") for each in predictions])
        return logits

    def _post(self, body: dict[str, Any]) -> httpx.Response:
        url = self._http.base_url
        try:
            for attempt in range(1, ATTEMPTS + 1):
                response = self._http.post(f"/v1/models/{self._model.name}:predict", json=body)
                if response.status_code not in TRY_AGAIN or attempt == ATTEMPTS:
                    break
                time.sleep(PAUSE_SECONDS * attempt)
        except httpx.TimeoutException as error:
            raise ServerError(
                f"{url} gave no answer within {self._http.timeout.read:g} s.",
                fix="Send fewer samples, or allow more time with --timeout.",
                may_pass=True,
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerError(
                f"{url} cannot be reached ({error}).",
                fix=f"Start the server: {command('serve')}. If it runs, check --url and the server's log.",
                may_pass=True,
            ) from error
        return _checked(response)

    def _check_model(self, logits: Logits, labels: Sequence[str | None]) -> None:
        """Make sure that the answers are of the model of this export; a server need not send labels."""
        names = self._model.class_names
        if logits.shape[1:] != (len(names),):
            found = f"gives {logits[0].size} logits"
        else:
            pairs = zip(labels, (names[best] for best in logits.argmax(axis=1)), strict=True)
            wrong = [(told, expected) for told, expected in pairs if told not in (None, expected)]
            if not wrong:
                return
            found = "says {!r} where the export has {!r}".format(*wrong[0])
        raise ServerError(
            f"{self._http.base_url} {found}: it serves another model than that of the export, whose"
            f" {len(names)} classes are {', '.join(names)}.",
            fix="Name the folder of the export that it serves: --export FOLDER",
        )


def in_requests(inputs: Inputs) -> Iterator[Inputs]:
    """Yield as many inputs at once as one request takes.

    Raises:
        ProjectError: they are not numbers.
    """
    if not np.isfinite(inputs).all():
        low, high = RANGE
        raise ProjectError("The inputs hold NaN or infinity.", fix=f"They are numbers from {low} to {high}.")
    num_bytes = inputs[:1].size * (INTEGER_BYTES if inputs.dtype == np.uint8 else FLOAT_BYTES)
    step = min(SAMPLES_AT_ONCE, max(1, BYTES_AT_ONCE // max(1, num_bytes)))
    for start in range(0, len(inputs), step):
        yield inputs[start : start + step]


def ask_until_answered(ask: Callable[[], object], timeout_seconds: float) -> None:
    """Call `ask` until it raises no ServerError.

    Raises:
        ServerError: the last one after `timeout_seconds`, or one that waiting does not help with.
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


def _server_url(text: str) -> httpx.URL:
    """Return the URL of a server, or raise a UsageError."""
    try:
        url = httpx.URL(text)
        url.raw_host.decode().encode("idna")  # as a connection does
        if url.scheme not in {"http", "https"} or not url.host or not 0 <= (url.port or 0) <= 65535:
            raise httpx.InvalidURL("it needs http:// or https://, a host, and at most 65535 as a port")
    except (httpx.InvalidURL, UnicodeError) as error:
        raise UsageError(
            f"{text} is not the URL of a server ({error}).", fix=f"Write it like {DEFAULT_URL}"
        ) from error
    return url


def _as_object(prediction: dict[str, Any] | list[float]) -> dict[str, Any]:
    """Return a prediction as an object; TensorFlow Serving leaves out the key where there is one output."""
    return prediction if isinstance(prediction, dict) else {"logits": prediction}


def _checked(response: httpx.Response) -> httpx.Response:
    """Return the answer if it is a success."""
    if response.is_success:
        return response
    try:
        message = response.json().get("error") or response.json().get("message") or response.text
    except (ValueError, AttributeError):
        message = response.text
    # TorchServe answers 400 to a token that is wrong or missing.
    refused = response.status_code in {401, 403} or "Token Authorization failed" in str(message)
    raise ServerError(
        f"{response.url} answered {response.status_code}: {str(message).strip()[:500]}",
        fix=f"Set {TOKEN_VARIABLE} to the server's token." if refused else "Change what the message names.",
        may_pass=response.status_code in {404, *TRY_AGAIN} or response.status_code >= 500,
    )
