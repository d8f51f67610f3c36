"""The rows of the matrix hold every pair of choices that copier.yml offers, and enough of them are run."""

from __future__ import annotations

from support import CHECKOUT
import itertools
from pathlib import Path

import yaml
from support.smoke.rows import ROWS, Row

QUESTIONS = yaml.safe_load((CHECKOUT / "copier.yml").read_text(encoding="utf-8"))
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
    answers = {name: getattr(row, name) for name in ("framework", "license", "accelerator", "python")}
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
    assert {"framework", "license", "python", "accelerator", "server", "edge", "browser"} == set(choices())


def test_every_pair_is_in_a_row() -> None:
    """No two choices are never tried together."""
    covered = set().union(*(pairs(chosen(row)) for row in ROWS))

    assert set() == all_pairs() - covered


def test_pairs_are_run_unless_that_cannot_be() -> None:
    """All are in a project that is trained and served, but for PyTorch and a Python without the tested torch.

    A license is one file, which no program reads: it may meet a Python in a project that is only resolved.
    """
    run = set().union(*(pairs(chosen(row)) for row in ROWS if row.is_run))

    for pair in all_pairs() - run:
        names, values = {name for name, _ in pair}, {value for _, value in pair}
        assert "python" in names
        assert values & {"3.12", "3.13"}
        assert "license" in names or "pytorch" in values


def test_at_least_ten_rows_are_run() -> None:
    """A matrix that is mostly resolved proves little."""
    assert sum(row.is_run for row in ROWS) >= 10


def test_rows_are_different() -> None:
    """No project is made twice."""
    assert len(ROWS) == len({row.name for row in ROWS})
