"""The sets of answers that are rendered hold every pair, every triple of layers and each layer alone."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from support.answer_sets import IMPOSSIBLE, LAYERS, MOST, answer_sets, layers_of, offered, row_of
from support.covering import all_pairs, covering, pairs_of
from support.rendered_projects import FRAMEWORKS

if TYPE_CHECKING:
    from fwstart.template.render import Framework

GIVEN = {"letter": ["a", "b"], "number": ["1", "2", "3"], "color": ["red", "blue"], "size": ["s", "m", "l"]}


def test_every_pair_is_in_a_row() -> None:
    """Two answers of different questions meet in one of the rows, each of which answers every question."""
    rows = covering(GIVEN)

    assert all_pairs(GIVEN) == set().union(*map(pairs_of, rows))
    assert all(list(GIVEN) == list(row) for row in rows)


def test_number_of_pairs_is_counted_by_hand() -> None:
    """2*3 + 2*2 + 2*3 + 3*2 + 3*3 + 2*3 pairs, in at least 3*3 rows and in far fewer than 36."""
    assert 37 == len(all_pairs(GIVEN))
    assert 9 <= len(covering(GIVEN)) <= 12


def test_rows_are_the_same_again() -> None:
    """Nothing is drawn: a failure comes back."""
    assert covering(GIVEN) == covering(GIVEN)


def test_given_rows_count() -> None:
    """What given rows hold needs no further row; they come first."""
    rows = covering(GIVEN)

    assert rows == covering(GIVEN, rows)
    assert rows[:3] == covering(GIVEN, rows[:3])[:3]


def test_every_pair_of_answers_is_rendered() -> None:
    """Of a set of targets each is in or out."""
    rendered = set().union(*(pairs_of(row_of(answers)) for answers in answer_sets()))

    assert all_pairs(offered()) - IMPOSSIBLE == rendered


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_triple_of_layers_is_rendered(framework: Framework) -> None:
    """Any three layers meet in a project of each framework."""
    sets = [set(layers_of(each)) for each in answer_sets() if each.framework == framework]

    assert len(LAYERS) >= 4
    for triple in itertools.combinations(LAYERS, 3):
        assert any(set(triple) <= layers for layers in sets), triple


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_each_layer_is_rendered_alone(framework: Framework) -> None:
    """What a layer lacks without the others shows; a project without layers is there as well."""
    sets = [layers_of(each) for each in answer_sets() if each.framework == framework]

    assert {(), *((layer,) for layer in LAYERS)} <= set(sets)


def test_sets_are_few_and_different() -> None:
    """The number grows with the choices, not with their product."""
    sets = answer_sets()

    assert len(set(sets)) == len(sets) <= MOST
