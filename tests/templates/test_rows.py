"""The rows of the matrix hold every pair of choices that copier.yml offers, and enough of them are run."""

from __future__ import annotations

from typing import get_args

import pytest
from support import CHECKOUT
from support.answer_sets import offered, row_of
from support.covering import all_pairs, pairs_of
from support.smoke.rows import ROWS

from fwstart.template.render import Framework, Target

OF_PROCESSES = "tests/training/test_distributed.py"
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
@pytest.mark.parametrize("deploy", [(), get_args(Target)], ids=["no target", "all targets"])
def test_whole_suite_is_run(framework: Framework, deploy: tuple[Target, ...]) -> None:
    """A project's own tests are all run at least once for each framework, without targets and with all.

    Those of several processes may be left out with all targets, where the same Python runs them without any.
    """
    suites = {
        row.suite for row in ROWS if row.is_run and (row.framework, row.deploy) == (framework, deploy)
    }
    left_out = f"uv run pytest --ignore {OF_PROCESSES}"

    assert suites & ({"uv run pytest", left_out} if deploy else {"uv run pytest"})
    assert (CHECKOUT / "templates" / framework / f"{OF_PROCESSES}.jinja").is_file()


def test_several_processes_are_run_by_every_python_that_is() -> None:
    """Where a row leaves their tests out, another one of the framework and Python has them."""
    left_out = {(row.framework, row.python) for row in ROWS if row.is_run and OF_PROCESSES in row.suite}
    whole = {(row.framework, row.python) for row in ROWS if row.is_run and row.suite == "uv run pytest"}

    assert left_out
    assert left_out <= whole


def test_whole_suite_is_run_by_the_oldest_and_the_newest_python() -> None:
    """What lies between is tried with the tests of the targets."""
    pythons = {row.python for row in ROWS if row.is_run and row.suite == "uv run pytest"}

    pythons_offered = sorted(offered()["python"])
    assert {pythons_offered[0], pythons_offered[-1]} <= pythons


def test_every_run_project_has_tests_run() -> None:
    """A project that only some targets shape still runs what these add, and what looks for targets."""
    suites = {row.suite for row in ROWS if row.is_run and OF_PROCESSES not in row.suite}
    (command,) = suites - {"uv run pytest"}

    assert {"tests/targets", "tests/export", "tests/serving", "tests/test_main.py"} <= set(command.split())


def test_matrix_runs_the_suite_of_its_row() -> None:
    """The proof takes the command from the row, so that what is said here is what is run."""
    assert "run_once(row.suite)" in (CHECKOUT / "tests/proof/matrix/test_matrix.py").read_text(
        encoding="utf-8"
    )
