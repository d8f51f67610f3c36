"""What each target means with each framework."""

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from fwstart.advice import deployments
from fwstart.advice.deployments import deployments_of, load_deployments, parse_deployments


@pytest.fixture
def data() -> dict[str, Any]:
    text = Path(deployments.__file__).with_name("deployments.toml").read_text(encoding="utf-8")
    return copy.deepcopy(tomllib.loads(text))


def test_names_and_care() -> None:
    """Each runtime by its name today, and what is archived or dormant is called so."""
    assert {
        ("server", "pytorch"): ("TorchServe", "archived"),
        ("server", "keras"): ("TensorFlow Serving", "maintained"),
        ("edge", "pytorch"): ("ExecuTorch", "maintained"),
        ("edge", "keras"): ("LiteRT", "maintained"),
        ("browser", "pytorch"): ("ONNX Runtime Web", "maintained"),
        ("browser", "keras"): ("TensorFlow.js", "dormant"),
    } == {(one.target, one.framework): (one.name, one.status) for one in load_deployments()}


def test_status_is_in_the_words_too() -> None:
    """The remark that is shown says how the runtime is cared for, and what it needs is never left out."""
    for deployment in load_deployments():
        assert deployment.remark.startswith(deployment.status)
        assert deployment.tools


def test_chosen_targets() -> None:
    """A target means one runtime with a framework, and nothing without one."""
    assert ["LiteRT"] == [one.name for one in deployments_of(("edge",), "keras")]
    assert () == deployments_of((), "keras") == deployments_of(("edge",), None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": "cloud"}, "deployments must be these, in this order"),
        ({"status": "alive"}, "deployment server of pytorch: status is 'alive'"),
        ({"notes": ["torchsurf"]}, "there is no note torchsurf"),
    ],
)
def test_contradictory_deployment(data: dict[str, Any], change: dict[str, Any], message: str) -> None:
    """A deployment that contradicts itself, or one that is missing, is refused on load."""
    data["deployment"][0] |= change

    with pytest.raises(ValueError, match=message):
        parse_deployments(data)
