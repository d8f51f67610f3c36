"""Running model servers, all of which are put to the same proof."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from support.smoke.project import Project

TOKEN = "a-secret-of-the-tests"  # noqa: S105
TOLERANCE = 1e-3  # of a logit: another runtime adds up in another order, which is 1e-5 on real samples
START_SECONDS = 120
# The plain server, in a project that has the hardened one as well.
PLAIN = """
import sys
from pathlib import Path
from {package}.serving.serve import ServeOptions
from {package}.serving.server import serve
sys.exit(serve(Path("exports/onnx"), ServeOptions(port=0)))
"""
NOTHING: Mapping[str, str] = MappingProxyType({})
Image = list[list[list[int]]]


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Real test images, and what the trained model itself answers to each."""

    images: Sequence[Image]
    logits: Sequence[Sequence[float]]
    labels: Sequence[str]

    def distance(self, number: int, prediction: Mapping[str, Any]) -> float:
        """Return by how much a prediction is off: by a logit at most, or infinitely by its label."""
        if prediction["label"] != self.labels[number]:
            return float("inf")
        pairs = zip(self.logits[number], prediction["logits"], strict=True)
        return max(abs(expected - float(received)) for expected, received in pairs)


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    code: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RunningServer:
    """A server that has made a prediction, and what the proof needs to know of it.

    A server that answers a case of the table with other codes than most says so in `codes`.
    """

    name: str
    url: str
    model: str
    process: subprocess.Popen[str]
    log: Path
    samples: Samples
    worker: str  # what the command line of a process that predicts contains
    token: str = TOKEN
    codes: Mapping[str, frozenset[int]] = field(default_factory=dict)
    silent: frozenset[int] = frozenset()  # codes that it answers without a message
    cut_off: frozenset[str] = frozenset()  # cases for which it may close the connection instead
    again: frozenset[int] = frozenset({429, 503, 507})  # after these a request may be sent again
    has_status: bool = True  # GET /v1/models/NAME is answered as by TensorFlow Serving
    takes_files: bool = True  # instances may be {"b64": ...}
    slow_seconds: float | None = 30  # after which a client that does not go on sending is let go; None: never

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        parts = urlsplit(self.url)
        assert parts.hostname
        assert parts.port
        return parts.hostname, parts.port

    @property
    def predict_path(self) -> str:
        """The path of its predictions."""
        return f"/v1/models/{self.model}:predict"

    @property
    def headers(self) -> dict[str, str]:
        """What every request of a client that may ask has."""
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Return the answer to one request on a connection of its own; the path goes out as it is."""
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        try:
            chosen = self.headers if headers is None else headers
            connection.request(method, path, body, dict(chosen), encode_chunked=body is not None)
            answer = connection.getresponse()
            return Reply(answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()})
        finally:
            connection.close()

    def predict(self, *numbers: int) -> list[dict[str, Any]]:
        """Return the predictions for samples."""
        body = json.dumps({"instances": [self.samples.images[number] for number in numbers]})
        reply = self.ask("POST", self.predict_path, body.encode())
        assert reply.code == 200, reply
        predictions: list[dict[str, Any]] = json.loads(reply.body)["predictions"]
        return predictions

    def largest_distance(self) -> float:
        """Return by how much the answers to all samples are off at most, asked 32 at a time."""
        numbers = range(len(self.samples.images))
        predictions = [each for start in numbers[::32] for each in self.predict(*numbers[start : start + 32])]
        return max(self.samples.distance(*numbered) for numbered in enumerate(predictions))

    def assert_predicts(self) -> None:
        """Make sure that it still answers as the trained model does."""
        (prediction,) = self.predict(0)
        assert self.samples.distance(0, prediction) <= TOLERANCE

    def worker_pids(self) -> set[int]:
        """Return the processes that predict."""
        return {pid for pid in _descendants(self.process.pid) if self.worker in _command_line(pid)}

    def kill_workers(self) -> set[int]:
        """Kill the processes that predict as hard as possible, and return which they were."""
        pids = self.worker_pids()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return pids


@contextmanager
def embedded(project: Project, samples: Samples, folder: Path) -> Iterator[RunningServer]:
    """Yield the embedded server, which the verb `serve` of a project has started."""
    log = folder / f"embedded-{project.framework}.log"
    with serving(project, log, variables={"SERVE_TOKEN": TOKEN}) as process:
        yield RunningServer(
            name=f"embedded {project.framework}",
            url=announced(process, r"(http\S+) answers"),
            model=project.package,
            process=process,
            log=log,
            samples=samples,
            worker="spawn_main",
        )


@contextmanager
def plain(project: Project, samples: Samples, folder: Path) -> Iterator[RunningServer]:
    """Yield the server of projects without the target `server`: no token, and no slow client is let go."""
    log = folder / f"plain-{project.framework}.log"
    with started(project, log, ".venv/bin/python", "-c", PLAIN.format(package=project.package)) as process:
        yield RunningServer(
            name=f"plain {project.framework}",
            url=announced(process, r"(http\S+) answers"),
            model=project.package,
            process=process,
            log=log,
            samples=samples,
            worker="-c",
            slow_seconds=None,
        )


@contextmanager
def torchserve(project: Project, samples: Samples, folder: Path) -> Iterator[RunningServer]:
    """Yield the real TorchServe under Java, which the verb `serve` of a project has started.

    What it does not let us change: 400 for a bad token and for GET, 500 to requests whose worker was killed,
    nothing in the body of a 413, after which it may close the connection while the client still sends, and
    no limit of the time that a client takes to send a request.
    """
    log = folder / "torchserve.log"
    with serving(project, log, "--with", "torchserve") as process:
        url = announced(process, r"ready: (http://[^/]+)/")
        key = Path(announced(process, r"\(cat (.+)\)"))
        answered_400 = ("no token", "bad token", "odd token", "GET of a prediction")
        yield RunningServer(
            name="TorchServe",
            url=url,
            model=project.package,
            process=process,
            log=log,
            samples=samples,
            token=key.read_text(),
            worker="model_service_worker",
            codes=dict.fromkeys(answered_400, frozenset({400})),
            silent=frozenset({413}),
            cut_off=frozenset({"too large", "too large, in chunks"}),
            again=frozenset({429, 500, 503, 507}),
            has_status=False,
            slow_seconds=None,
        )


@contextmanager
def browser_page(project: Project, folder: Path) -> Iterator[str]:
    """Yield the address of the exported page, which the verb `serve` of a project shows."""
    with serving(project, folder / "browser.log", "--with", "browser") as process:
        yield announced(process, r"(http\S+) shows")


@contextmanager
def serving(
    project: Project, log: Path, *arguments: str, variables: Mapping[str, str] = NOTHING
) -> Iterator[subprocess.Popen[str]]:
    """Run a project's verb `serve` on a free port, with more variables, and end it as a user would."""
    command = (f".venv/bin/{project.package}", "serve", "--port", "0", *arguments)
    with started(project, log, *command, variables=variables) as process:
        yield process


@contextmanager
def started(
    project: Project, log: Path, program: str, *arguments: str, variables: Mapping[str, str] = NOTHING
) -> Iterator[subprocess.Popen[str]]:
    """Run a program of a project's environment that serves, and end it as a user would."""
    with log.open("w") as errors:
        process = subprocess.Popen(
            [project.path / program, *arguments],
            cwd=project.path,
            env={**project.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        yield process
    finally:
        _end(process)


def announced(process: subprocess.Popen[str], pattern: str) -> str:
    """Return what a server says of itself, once it does: the group of the pattern."""
    assert process.stdout
    for line in process.stdout:
        if found := re.search(pattern, line):
            return found[1]
    raise AssertionError(f"the server ended with {process.wait()}")


def _end(process: subprocess.Popen[str]) -> None:
    """End a server as a user would; one that does not end is killed, and that is a failure."""
    process.terminate()
    try:
        process.communicate(timeout=40)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise


def _descendants(pid: int) -> set[int]:
    try:
        children = {
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        }
    except OSError:  # it has just ended
        return set()
    return children.union(*(_descendants(child) for child in children))


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def wait_until(condition: Any, seconds: float = START_SECONDS) -> None:
    """Return as soon as `condition()` is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
