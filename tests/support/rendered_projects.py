"""Projects for the tests of the templates: one of each framework, and others on demand."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest

from fwstart.template.render import Framework, Target, create
from support.trees import ANSWERS

if TYPE_CHECKING:
    from pathlib import Path

FRAMEWORKS: tuple[Framework, ...] = get_args(Framework)
TARGETS: tuple[Target, ...] = get_args(Target)
SUBSETS = [subset for size in range(len(TARGETS) + 1) for subset in itertools.combinations(TARGETS, size)]


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[Framework, Path]:
    """Return both projects, rendered with the same answers."""
    folder = tmp_path_factory.mktemp("projects")
    for framework in FRAMEWORKS:
        create(folder / framework, replace(ANSWERS, framework=framework), {})
    return {framework: folder / framework for framework in FRAMEWORKS}


def rendered(target: Path, **answers: object) -> Path:
    """Return a project at `target` with some other answers than the usual ones."""
    create(target, replace(ANSWERS, **answers), {})  # type: ignore[arg-type]
    return target
