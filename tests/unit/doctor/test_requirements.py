"""What each part of a project needs of a machine."""

import copy
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import CHECKOUT

from fwstart.advice.deployments import load_deployments
from fwstart.doctor import requirements
from fwstart.doctor.requirements import load_requirements, parse_requirements
from fwstart.settings.questionnaire import project_question

ROOT = CHECKOUT


@pytest.fixture
def data() -> dict[str, Any]:
    text = Path(requirements.__file__).with_name("requirements.toml").read_text(encoding="utf-8")
    return copy.deepcopy(tomllib.loads(text))


def test_every_target_is_a_part() -> None:
    """Each choice of copier.yml's `deploy` has its needs, under its runtime's name."""
    choices = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))["deploy"]["choices"].values()

    for one in load_deployments():
        assert one.target in choices
        part = load_requirements().part(one.target, one.framework)
        assert f"{one.target} ({one.name})" == part.name


def test_python_is_that_of_the_projects() -> None:
    """The Python that training needs is what copier.yml and the generated pyproject.toml say."""
    text = (ROOT / "templates/shared/pyproject.toml.jinja").read_text(encoding="utf-8")
    (above,) = re.findall(r"',<([\d.]+)' if framework == 'keras'", text)
    limits = {
        framework: load_requirements().part("train", framework).needs[0][0]
        for framework in ("pytorch", "keras")
    }

    lowest = min(project_question("python").choices)
    assert {"pytorch": (lowest, ""), "keras": (lowest, above)} == {
        framework: (choice.lowest, choice.below) for framework, choice in limits.items()
    }


@pytest.mark.parametrize(
    ("where", "change", "message"),
    [
        (("tool", 1), {"colour": "red"}, "tool uv: unknown keys colour"),
        (("tool", 1), {"id": "python"}, "a tool is there more than once"),
        (("tool", 1), {"version": "uv"}, "tool uv: version is 'uv'; it must have a group"),
        (("tool", 1), {"commands": []}, "tool uv: commands go with every tool but glibc, macos"),
        (("tool", 1), {"install": {"amiga": "x", "else": "y"}}, "'amiga' is no system"),
        (("tool", 1), {"install": {"apt": "x"}}, "it must say what to do elsewhere"),
        (("part", 0), {"name": "", "id": "dance"}, "part dance of None has no name"),
        (("part", 0), {"id": "history"}, "parts must be these, in this order"),
        (("part", 0), {"needs": [[{"tool": "hammer"}]]}, "part commands of None: there is no tool hammer"),
    ],
)
def test_contradiction(
    data: dict[str, Any], where: tuple[str, int], change: dict[str, Any], message: str
) -> None:
    """A table that contradicts itself is refused on load."""
    data[where[0]][where[1]] |= change

    with pytest.raises(ValueError, match=re.escape(message)):
        parse_requirements(data)
