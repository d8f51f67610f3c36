"""Sets of answers that hold every pair of choices give projects that are complete, parse, and are clean.

`tests/templates/test_covering.py` says what the sets hold.
"""

from __future__ import annotations

import subprocess
import sys
import time
import tomllib
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from shutil import rmtree
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
import yaml
from support.answer_sets import answer_sets
from support.figures import tell
from support.trees import files_of, listed

from fwstart.template import render as template_render
from fwstart.template.render import ProjectAnswers, create

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.combinations


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """One set of answers and the project that it gave."""

    answers: ProjectAnswers
    path: Path


def render(rendered: Rendered) -> None:
    """Generate one project."""
    create(rendered.path, rendered.answers, {})


def differs(task: tuple[Rendered, Path]) -> ProjectAnswers | None:
    """Return the answers whose project is another one where copier does all its work."""
    rendered, again = task
    with (
        patch.object(template_render, "compiled_once", nullcontext),
        patch.object(template_render, "rendered_once", nullcontext),
    ):
        create(again, rendered.answers, {})
    same = files_of(again) == files_of(rendered.path)
    same = same and all(
        (again / name).read_bytes() == (rendered.path / name).read_bytes() for name in files_of(again)
    )
    rmtree(again)
    return None if same else rendered.answers


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> list[Rendered]:
    """Return all projects, and print how many there are and how quickly they came."""
    folder = tmp_path_factory.mktemp("combinations")
    all_rendered = [
        Rendered(answers=answers, path=folder / str(number)) for number, answers in enumerate(answer_sets())
    ]
    started = time.perf_counter()
    with ProcessPoolExecutor() as processes:
        list(processes.map(render, all_rendered, chunksize=4))
    seconds = time.perf_counter() - started
    tell(f"{len(all_rendered)} sets of answers, {len(all_rendered) / seconds:.1f} renders per second")
    return all_rendered


def test_files_are_those_of_the_listings(projects: list[Rendered]) -> None:
    """Targets and pipelines add up, and a license is there unless none was wanted."""
    for rendered in projects:
        answers = rendered.answers
        listings = [listed(answers.framework)]
        listings += [listed(f"{answers.framework}-{target}") for target in answers.deploy]
        if answers.pipeline != "none":
            listings.append(listed(f"{answers.framework}-{answers.pipeline}"))
        missing = {"LICENSE"} if answers.license == "none" else set()

        assert listed("always").union(*listings) - missing == files_of(rendered.path), answers


def test_copier_alone_makes_the_same(projects: list[Rendered], tmp_path: Path) -> None:
    """What fwstart spares copier and Jinja changes no byte, whatever was answered."""
    with ProcessPoolExecutor() as processes:
        tasks = [(rendered, tmp_path / rendered.path.name) for rendered in projects]
        differing = [answers for answers in processes.map(differs, tasks, chunksize=4) if answers]

    assert [] == differing


def test_data_files_parse(projects: list[Rendered]) -> None:
    """TOML and YAML are what their readers accept."""
    for rendered in projects:
        for path in rendered.path.rglob("*.toml"):
            tomllib.loads(path.read_text(encoding="utf-8"))
        for path in [*rendered.path.rglob("*.yml"), *rendered.path.rglob("*.yaml")]:
            yaml.safe_load(path.read_text(encoding="utf-8"))


def test_sources_are_clean(projects: list[Rendered]) -> None:
    """Each project's own linter and formatter have nothing to say.

    Projects whose Python and settings for it are the same are looked at once.
    """
    different = {_python_of(rendered.path): rendered.path for rendered in projects}
    tell(f"{len(different)} different trees of Python")
    with ProcessPoolExecutor() as processes:
        complaints = list(processes.map(complaint, different.values()))

    assert [""] * len(different) == complaints


def complaint(project: Path) -> str:
    """Return what the project's linter and formatter say, nothing if all is well."""
    results = [
        subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "--no-cache", "."],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        for arguments in (["check"], ["format", "--check"])
    ]
    return "".join(result.stdout + result.stderr for result in results if result.returncode)


def _python_of(project: Path) -> frozenset[tuple[str, bytes]]:
    settings = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    chosen = repr((settings["project"]["requires-python"], settings["tool"]["ruff"])).encode()
    sources = {(path.relative_to(project).as_posix(), path.read_bytes()) for path in project.rglob("*.py")}
    return frozenset({*sources, ("settings", chosen)})
