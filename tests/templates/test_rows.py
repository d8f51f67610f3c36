"""The rows of the matrix hold every pair of choices that copier.yml offers, and enough of them are run."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest
from support import CHECKOUT
from support.answer_sets import offered, row_of
from support.covering import all_pairs, pairs_of
from support.smoke.rows import ROWS, SUITE_OF_SEARCHES, SUITE_OF_TARGETS, WHOLE_SUITE

from fwstart.template.render import Framework, Target

RUN = [row for row in ROWS if row.is_run]
TFX = ("pipeline", "tfx")


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
    """No two choices are never tried together; TFX is tried by `nox -s tfx`, in a Debian 13."""
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
    """One is, with all its own tests: in the framework whose tested build has a collection."""
    assert "uv run pytest" in {row.suite for row in ROWS if row.is_run and row.backbones == "hub"}


def test_at_least_ten_rows_are_run() -> None:
    """A matrix that is mostly resolved proves little."""
    assert sum(row.is_run for row in ROWS) >= 10


def test_rows_are_different() -> None:
    """No project is made twice."""
    assert len(ROWS) == len({row.name for row in ROWS})


@pytest.mark.parametrize("framework", get_args(Framework))
def test_whole_suite_is_run(framework: Framework) -> None:
    """A project's own tests are all run without targets."""
    rows = [row for row in RUN if (row.framework, row.deploy) == (framework, ())]

    assert {WHOLE_SUITE} == {row.suite for row in rows}


def test_targets_are_tested_by_each_python() -> None:
    """The tests of every target of a row are run, in its project or in one with all, by the same Python."""
    tested = {
        (row.framework, row.python, target)
        for row in RUN
        if row.suite in (WHOLE_SUITE, SUITE_OF_TARGETS)
        for target in row.deploy
    }

    assert {(row.framework, row.python, target) for row in RUN for target in row.deploy} == tested
    assert {*itertools.product(get_args(Framework), get_args(Target))} == {
        (framework, target) for framework, _, target in tested
    }


def test_whole_suite_is_run_by_the_oldest_and_the_newest_python() -> None:
    """What lies between is tried with the tests of the targets."""
    pythons = {row.python for row in ROWS if row.is_run and row.suite == "uv run pytest"}

    pythons_offered = sorted(offered()["python"])
    assert {pythons_offered[0], pythons_offered[-1]} <= pythons


def test_every_run_project_has_tests_run() -> None:
    """A project that only some targets shape still runs what looks for these."""
    searching = {"tests/export", "tests/serving", "tests/test_main.py"}

    assert {WHOLE_SUITE, SUITE_OF_SEARCHES, SUITE_OF_TARGETS} == {row.suite for row in RUN}
    assert searching | {"tests/targets"} <= set(SUITE_OF_TARGETS.split())
    assert searching <= set(SUITE_OF_SEARCHES.split())


def test_matrix_runs_the_suite_of_its_row() -> None:
    """The proof takes the command from the row, so that what is said here is what is run."""
    assert "run_once(row.suite)" in (CHECKOUT / "tests/proof/matrix/test_matrix.py").read_text(
        encoding="utf-8"
    )
