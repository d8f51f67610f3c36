"""What deploy/server/README.md prints is typed and does what it says, but for what is marked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.deploy.deployed import FRAMEWORKS
from support.figures import tell
from support.smoke.documents import project_document
from support.smoke.reading import reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.deploy.prepared import Prepared

pytestmark = pytest.mark.deploy

README = "deploy/server/README.md"
KEY = {"<the file that it names>": r"\(cat (.+)\)"}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_printed_commands(deployed: Callable[[str], Prepared], tmp_path: Path, framework: str) -> None:
    """TorchServe labels the examples as they are called; the SavedModel is written."""
    project = deployed(framework).project
    with reading(project, tmp_path, placeholders=KEY) as reader:
        reader.read(project_document(project.path, README, framework))

    tell(f"{README} of a {framework} project: {reader.summary}")
    if framework == "pytorch":
        (output,) = (text for command, text in reader.outputs.items() if command.endswith("client examples"))
        assert [str(digit) for digit in range(10)] == [line.split()[1] for line in output.splitlines()]
        (answer,) = (text for command, text in reader.outputs.items() if command.startswith("curl"))
        assert "7" == json.loads(answer)["predictions"][0]["label"]
    else:
        (answer,) = (text for command, text in reader.outputs.items() if "saved_model.load" in command)
        assert "'probabilities': <tf.Tensor: shape=(1, 10)" in answer
        assert "saved-model" in reader.outputs[f"uv run {project.package} export --to saved-model"]
