"""`serve --with tf-serving` and its clients keep the contract of all servers, against a stand-in.

The real TensorFlow Serving can neither be installed nor run here. The stand-in is the generated project's own
(tests/targets/tf_serving/tf_serving_stand_in.py); what it does with bad requests says nothing of the real
one, so that it is not put to the table of cases.
"""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from support.deploy.servers import TOLERANCE, RunningServer, announced, serving
from support.figures import tell
from support.smoke.project import quoted
from support.smoke.projects import with_row
from support.smoke.rows import DEPLOYED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.deploy.prepared import Prepared

pytestmark = [pytest.mark.deploy, with_row(DEPLOYED["keras"])]


@contextmanager
def stand_in(deployed: Prepared, folder: Path) -> Iterator[RunningServer]:
    """Yield what `serve --with tf-serving` starts where the PATH has a stand-in for TF Serving."""
    project = deployed.project
    program = folder / "tensorflow_model_server"
    script = project.path / "tests/targets/tf_serving/tf_serving_stand_in.py"
    python = project.path / ".venv" / "bin" / "python"
    program.write_text(f'#!/bin/sh\nexec {quoted(python, script)} "$@"\n')
    program.chmod(0o755)
    settings = {
        "PATH": f"{folder}:{project.environment['PATH']}",
        "TF_SERVING_OPEN_TO_ALL": "yes",
        "TF_SERVING_GRPC_PORT": "0",
    }
    log = folder / "log"
    with serving(project, log, "--with", "tf-serving", variables=settings) as process:
        yield RunningServer(
            name="a stand-in for TF Serving",
            url=announced(process, r"TF Serving is ready: (http://[^/]+)/v1/"),
            model=project.package,
            process=process,
            log=log,
            samples=deployed.samples,
            worker="tf_serving_stand_in",
            takes_files=False,
        )
    assert 0 == process.returncode


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, deployed: Callable[[str], Prepared]
) -> Iterator[RunningServer]:
    """Return the running stand-in."""
    with stand_in(deployed("keras"), tmp_path_factory.mktemp("stand-in")) as running:
        yield running


def test_answers_are_the_trained_models(server: RunningServer) -> None:
    """The SavedModel in TensorFlow's runtime gives every sample the trained model's label and logits."""
    distance = server.largest_distance()

    num_samples = len(server.samples.images)
    tell(f"parity: {server.name}, {num_samples} samples, largest logit difference {distance:.2g}")
    assert distance <= TOLERANCE
    assert all(abs(sum(each["probabilities"]) - 1) < 1e-4 for each in server.predict(*range(32)))


def test_status_is_answered(server: RunningServer) -> None:
    """The exported version is there."""
    reply = server.ask("GET", f"/v1/models/{server.model}")

    assert "AVAILABLE" == json.loads(reply.body)["model_version_status"][0]["state"]


def test_clients_agree(server: RunningServer, deployed: Callable[[str], Prepared]) -> None:
    """The verb `client` labels the example files as `predict` does, which asks no server."""
    project = deployed("keras").project
    program = f".venv/bin/{project.package}"
    asked = subprocess.run(
        [program, "client", "--url", server.url, "examples"],
        cwd=project.path,
        env=project.environment,
        capture_output=True,
        text=True,
        check=True,
    )

    predicted = project.run(quoted(program, "predict", "examples"))
    assert [line.split()[:2] for line in predicted.splitlines()] == [
        line.split()[:2] for line in asked.stdout.splitlines()
    ]
