"""A project has the files of its targets and of no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from make_listings import pipelines
from support.owned import OWNED, strays
from support.rendered_projects import FRAMEWORKS, TARGETS, projects, rendered
from support.trees import files_of, listed

if TYPE_CHECKING:
    from pathlib import Path

    from fwstart.template.render import Framework, Target

__all__ = ["projects"]  # a fixture


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_nothing_of_a_target_without_one(projects: dict[Framework, Path], framework: Framework) -> None:
    """Without a target nothing is there that any target owns."""
    assert [] == strays(files_of(projects[framework]), framework, ())


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("target", TARGETS)
def test_nothing_of_another_target(tmp_path: Path, framework: Framework, target: Target) -> None:
    """With one target nothing is there that the others own, and something of each path that it owns."""
    files = files_of(rendered(tmp_path / "project", framework=framework, deploy=(target,)))

    assert [] == strays(files, framework, (target,))
    for owned in OWNED:
        if owned.belongs_to(framework, (target,)):
            assert all(any(file.startswith(path) for file in files) for path in owned.paths)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("target", TARGETS)
def test_what_a_target_adds_is_owned(framework: Framework, target: Target) -> None:
    """Each file that a target adds, as its listing has it, belongs to the target: the table forgets none."""
    belonging = [owned for owned in OWNED if owned.belongs_to(framework, (target,))]

    assert [] == [
        path
        for path in sorted(listed(f"{framework}-{target}"))
        if not any(owned.has(path) for owned in belonging)
    ]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_what_a_pipeline_adds_is_owned(framework: Framework) -> None:
    """Each file that a pipeline adds, as its listing has it, is in the table, and everything there is added."""
    for pipeline in pipelines(framework):
        belonging = [owned for owned in OWNED if pipeline in owned.pipelines]
        files = listed(f"{framework}-{pipeline}")

        assert [] == [path for path in sorted(files) if not any(owned.has(path) for owned in belonging)]
        for owned in belonging:
            assert all(any(file.startswith(path) for file in files) for path in owned.paths)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_pipeline_adds_the_files_of_its_listing(tmp_path: Path, framework: Framework) -> None:
    """A pipeline adds exactly the files in its listing."""
    for pipeline in pipelines(framework):
        project = rendered(tmp_path / pipeline, framework=framework, pipeline=pipeline)

        assert listed(f"{framework}-{pipeline}") == files_of(project) - listed("always") - listed(framework)


def test_listing_of_every_project() -> None:
    """`always.txt`, which a script writes from what it finds, swears to nothing that a target owns."""
    assert [] == [path for path in sorted(listed("always")) if any(owned.has(path) for owned in OWNED)]
