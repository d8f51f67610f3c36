"""Few sets of choices that hold every pair of them, instead of all sets: the number of those explodes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Choice = tuple[str, str]  # a question and one of its answers
Combination = dict[str, str]


def pairs_of(row: Mapping[str, str]) -> set[frozenset[Choice]]:
    """Return every two choices that a row holds."""
    return {frozenset(pair) for pair in itertools.combinations(row.items(), 2)}


def all_pairs(offered: Mapping[str, Sequence[str]]) -> set[frozenset[Choice]]:
    """Return every two choices of different questions."""
    return {
        frozenset(((first, one), (second, other)))
        for first, second in itertools.combinations(offered, 2)
        for one, other in itertools.product(offered[first], offered[second])
    }


def covering(
    offered: Mapping[str, Sequence[str]],
    rows: Iterable[Combination] = (),
    impossible: frozenset[frozenset[Choice]] = frozenset(),
) -> list[Combination]:
    """Return the given rows and as many more as it takes to hold every pair of choices; always the same.

    Greedy: a further row begins with the first missing pair and takes, question by question, the answer that
    brings the most missing pairs. Pairs that are `impossible` are in none.
    """
    covered = list(rows)
    missing = all_pairs(offered).difference(impossible, *map(pairs_of, covered))
    while missing:
        row: Combination = dict(min(sorted(pair) for pair in missing))
        for question in offered:
            if question not in row:
                possible = [
                    answer
                    for answer in offered[question]
                    if not impossible & pairs_of({**row, question: answer})
                ]
                row[question] = max(
                    possible, key=lambda answer: len(missing & pairs_of({**row, question: answer}))
                )
        covered.append({question: row[question] for question in offered})
        missing -= pairs_of(row)
    return covered
