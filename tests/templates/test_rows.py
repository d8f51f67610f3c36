"""The rows of the matrix hold every pair of choices that copier.yml offers, and enough of them are run."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest
import yaml
from support import CHECKOUT
from support.smoke.rows import ROWS, Row

from fwstart.template.render import Framework, Target

QUESTIONS = yaml.safe_load((CHECKOUT / "copier.yml").read_text(encoding="utf-8"))
SINGLE = ("framework", "license", "accelerator", "python", "backbones")  # questions with one answer
Choice = tuple[str, str]
Pair = frozenset[Choice]


def choices() -> dict[str, list[str]]:
    """Return what each question with choices offers; of a set of targets each is in or out."""
    offered: dict[str, list[str]] = {}
    for name, question in QUESTIONS.items():
        if isinstance(question, dict) and "choices" in question:
            given = question["choices"]
            values = list(given.values()) if isinstance(given, dict) else given
            if question.get("multiselect"):
                offered |= {value: ["in", "out"] for value in values}
            else:
                offered[name] = values
    return offered


def chosen(row: Row) -> set[Choice]:
    """Return what a row chooses."""
    answers = {name: getattr(row, name) for name in SINGLE}
    targets = QUESTIONS["deploy"]["choices"].values()
    return {*answers.items(), *((target, "in" if target in row.deploy else "out") for target in targets)}


def pairs(choices: set[Choice]) -> set[Pair]:
    """Return every two choices of different questions."""
    return {frozenset(pair) for pair in itertools.combinations(choices, 2) if pair[0][0] != pair[1][0]}


def all_pairs() -> set[Pair]:
    """Return every pair that answers can hold."""
    return pairs({(name, value) for name, values in choices().items() for value in values})


def test_every_choice_is_known() -> None:
    """The questions that have choices are the fields of a row."""
    assert {*SINGLE, "server", "edge", "browser"} == set(choices())


def test_every_pair_is_in_a_row() -> None:
    """No two choices are never tried together."""
    covered = set().union(*(pairs(chosen(row)) for row in ROWS))

    assert set() == all_pairs() - covered


def test_pairs_are_run_unless_that_cannot_be() -> None:
    """All are in a project that is trained and served, but for PyTorch and a Python without the tested torch.

    A license is one file, which no program reads: it may meet a Python in a project that is only resolved. So may
    pretrained backbones, which add dependencies and change no code, meet anything.
    """
    run = set().union(*(pairs(chosen(row)) for row in ROWS if row.is_run))

    for pair in all_pairs() - run:
        names, values = {name for name, _ in pair}, {value for _, value in pair}
        if ("backbones", "hub") in pair:
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
    """A project's own tests are all run at least once for each framework, without targets and with all."""
    assert [
        row
        for row in ROWS
        if row.is_run and row.suite == "uv run pytest" and (row.framework, row.deploy) == (framework, deploy)
    ]


def test_whole_suite_is_run_by_the_oldest_and_the_newest_python() -> None:
    """What lies between is tried with the tests of the targets."""
    pythons = {row.python for row in ROWS if row.is_run and row.suite == "uv run pytest"}

    offered = sorted(choices()["python"])
    assert {offered[0], offered[-1]} <= pythons


def test_every_run_project_has_tests_run() -> None:
    """A project that only some targets shape still runs what these add, and what looks for targets."""
    (command,) = {row.suite for row in ROWS if row.is_run} - {"uv run pytest"}

    assert {"tests/targets", "tests/export", "tests/serving", "tests/test_main.py"} <= set(command.split())


def test_matrix_runs_the_suite_of_its_row() -> None:
    """The proof takes the command from the row, so that what is said here is what is run."""
    assert "run_once(row.suite)" in (CHECKOUT / "tests/proof/matrix/test_matrix.py").read_text(encoding="utf-8")
