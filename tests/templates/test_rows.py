"""The rows of the matrix hold every pair of choices that copier.yml offers, and enough of them are run."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest
from support import CHECKOUT
from support.answer_sets import offered, row_of
from support.covering import all_pairs, pairs_of
from support.smoke.rows import (
    EVERY_WEEK,
    ROWS,
    Row,
    SUITE_BUT_TRAINING,
    SUITE_OF_SEARCHES,
    SUITE_OF_TARGETS,
    WHOLE_SUITE,
)
from support.trees import ANSWERS

from fwstart.template.render import Framework, create

if TYPE_CHECKING:
    from pathlib import Path

RUN = [row for row in ROWS if row.is_run]
FOR_EACH_CHANGE = [row for row in RUN if row not in EVERY_WEEK]
TFX = ("pipeline", "tfx")
TESTS = CHECKOUT / "templates/shared/tests"
LOOKS_FOR_TARGETS = re.compile(r"export(\.targets import|\b.* import targets)\b")


def test_every_choice_is_known() -> None:
    """The questions that have choices are the fields of a row."""
    of_rows = {
        "server",
        "edge",
        "browser",
        "framework",
        "license",
        "accelerator",
        "python",
        "backbones",
        "pipeline",
    }

    assert of_rows == set(offered())


def test_every_pair_is_in_a_row() -> None:
    """No two choices are never tried together, some every week; TFX is tried by `nox -s tfx`, in a Debian 13."""
    covered = set().union(*(pairs_of(row_of(row)) for row in ROWS))

    assert set() == {pair for pair in all_pairs(offered()) - covered if TFX not in pair}


def test_pairs_are_run_unless_that_cannot_be() -> None:
    """All are in a project that is trained and served, but for PyTorch and a Python without the tested torch.

    A license is one file, which no program reads: it may meet a Python in a project that is only resolved. So may
    pretrained backbones, which add dependencies and change no code, and pipelines, which only call the commands
    that every project has, meet anything.
    """
    run = set().union(*(pairs_of(row_of(row)) for row in ROWS if row.is_run))

    for pair in all_pairs(offered()) - run:
        names, values = {name for name, _ in pair}, {value for _, value in pair}
        if ("backbones", "hub") in pair or "pipeline" in names:
            continue
        assert "python" in names
        assert values & {"3.12", "3.13"}
        assert "license" in names or "pytorch" in values


def test_project_with_backbones_is_run() -> None:
    """One is, with its own tests of models, in the framework whose tested build has a collection.

    The proof of backbones runs those that need weights in training.
    """
    assert SUITE_BUT_TRAINING in {row.suite for row in RUN if row.backbones == "hub"}


def test_at_least_ten_rows_are_run() -> None:
    """A matrix that is mostly resolved proves little; .ci/run runs at least eight, and `nox -s weekly` the rest."""
    assert len(RUN) >= 10
    assert len(FOR_EACH_CHANGE) >= 8
    assert set(EVERY_WEEK) < set(RUN)


def test_rows_are_different() -> None:
    """No project is made twice."""
    assert len(ROWS) == len({row.name for row in ROWS})


@pytest.mark.parametrize("framework", get_args(Framework))
def test_whole_suite_is_run(framework: Framework) -> None:
    """A project's own tests are all run without targets."""
    rows = [row for row in RUN if (row.framework, row.deploy) == (framework, ())]

    assert {WHOLE_SUITE} == {row.suite for row in rows}


@pytest.mark.parametrize("framework", get_args(Framework))
def test_targets_are_tested(framework: Framework) -> None:
    """The tests of every target are run, in the project that has them all."""
    (row,) = [row for row in RUN if row.framework == framework and row.has_all_targets]

    assert row.suite == SUITE_BUT_TRAINING or row.suite.startswith(SUITE_OF_TARGETS)
    assert "tests/targets" in SUITE_OF_TARGETS.split()
    assert "tests/targets" not in SUITE_BUT_TRAINING


def test_suite_is_run_by_the_oldest_and_the_newest_python() -> None:
    """By the newest without the tests of training, which is slow, and which each row does."""
    pythons_offered = sorted(offered()["python"])

    assert pythons_offered[0] in {row.python for row in RUN if row.suite == WHOLE_SUITE}
    assert pythons_offered[-1] in {row.python for row in RUN if row.suite == SUITE_BUT_TRAINING}


@pytest.mark.parametrize("framework", get_args(Framework))
def test_each_own_test_is_run(framework: Framework, tmp_path: Path) -> None:
    """No file of tests that a project may have is left out by the suites of all rows that .ci/run runs."""
    own, run = set(), set()
    for number, row in enumerate(row for row in FOR_EACH_CHANGE if row.framework == framework):
        create(tmp_path / str(number), replace(ANSWERS, **vars(row)), {})
        files = {
            file.relative_to(tmp_path / str(number)).as_posix()
            for file in (tmp_path / str(number)).glob("tests/**/test_*.py")
        }
        own |= files
        run |= {file for file in files if _is_run(file, row.suite)}

    assert {"tests/pipelines", "tests/targets/edge"} <= {file.rpartition("/")[0] for file in own}
    assert own == run


def _is_run(file: str, suite: str) -> bool:
    """Whether a file of tests is one of those that the command names, or leaves."""
    words = suite.removeprefix(WHOLE_SUITE).split()
    left_out = [word.removeprefix("--ignore=") for word in words if word.startswith("--ignore=")]
    named = [word for word in words if not word.startswith("--")] or ["tests"]

    def within(places: list[str]) -> bool:
        return any(file == place or file.startswith(f"{place}/") for place in places)

    return within(named) and not within(left_out)


def test_every_run_project_has_tests_run() -> None:
    """A project that only some targets shape still runs what looks for these."""
    searching = {
        f"tests/{file.relative_to(TESTS).with_suffix('')}"
        for file in TESTS.rglob("test_*.py.jinja")
        if LOOKS_FOR_TARGETS.search(file.read_text(encoding="utf-8"))
    }

    assert "tests/export/test_targets.py" in searching
    assert searching <= set(SUITE_OF_SEARCHES.split())
    assert all(row.suite in (WHOLE_SUITE, SUITE_BUT_TRAINING) or _searches(row) for row in RUN)


def _searches(row: Row) -> bool:
    """Whether a row's suite has all that looks for targets."""
    return set(SUITE_OF_SEARCHES.split()) <= set(row.suite.split())


def test_matrix_runs_the_suite_of_its_row() -> None:
    """The proof takes the command from the row, so that what is said here is what is run."""
    assert "run_once(row.suite)" in (CHECKOUT / "tests/proof/matrix/test_matrix.py").read_text(
        encoding="utf-8"
    )
