"""The compose service of TensorFlow Serving is shut in; there is no container engine to run it here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from support.trees import ANSWERS

from fwstart.template.render import create


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the one service of the file."""
    project = tmp_path_factory.mktemp("projects") / "project"
    create(project, replace(ANSWERS, framework="keras", deploy=("server",)), {})
    text = (project / "deploy" / "server" / "compose.tf-serving.yaml").read_text()
    (only,) = yaml.safe_load(text)["services"].values()
    return dict(only)


def test_service_is_shut_in(service: dict[str, Any]) -> None:
    """It can write nothing, has no rights, is not root, and only this machine reaches its ports."""
    assert (True, ["ALL"], ["no-new-privileges:true"]) == (
        service["read_only"],
        service["cap_drop"],
        service["security_opt"],
    )
    assert "1000:1000" in service["user"]
    assert all(volume.endswith(":ro") for volume in service["volumes"])
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_image_is_for_the_user_to_choose(service: dict[str, Any]) -> None:
    """No image is pinned that nobody here has seen."""
    assert service["image"].startswith("${TF_SERVING_IMAGE:?")


def test_health_is_that_of_the_model(service: dict[str, Any]) -> None:
    """The check asks for the model's status by the model's name."""
    command = service["healthcheck"]["test"]

    assert ["CMD", "bash", "-c"] == command[:3]
    assert "GET /v1/models/demo HTTP/1.0\\r\\n\\r\\n" in command[3]
