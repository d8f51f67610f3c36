"""The sets of answers that are rendered: every pair of answers, every triple of layers, each layer alone."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import yaml

from support import CHECKOUT
from support.covering import Combination, covering
from support.rendered_projects import FRAMEWORKS, TARGETS
from support.trees import ANSWERS

if TYPE_CHECKING:
    from fwstart.template.render import ProjectAnswers
    from support.smoke.rows import Row

MOST = 400  # sets
IN, OUT = "in", "out"  # of a set of targets, each is one of them
CHOSEN = {"hub": {"backbones": "hub"}, "kfp": {"pipeline": "kfp"}}  # layers that answer other questions
LAYERS = (*TARGETS, *CHOSEN)  # what can be added to a project, alone or together

IMPOSSIBLE = frozenset({frozenset({("framework", "pytorch"), ("pipeline", "tfx")})})  # which is refused


@cache
def offered() -> dict[str, list[str]]:
    """Return what each question of copier.yml with choices offers; a target is a question, in or out."""
    found: dict[str, list[str]] = {}
    for name, question in yaml.safe_load((CHECKOUT / "copier.yml").read_text(encoding="utf-8")).items():
        if isinstance(question, dict) and "choices" in question:
            choices = question["choices"]
            values = list(choices.values()) if isinstance(choices, dict) else choices
            found |= {value: [IN, OUT] for value in values} if question.get("multiselect") else {name: values}
    return found


def answer_sets() -> list[ProjectAnswers]:
    """Return the sets, those that are about layers first."""
    alone = [(), *((layer,) for layer in LAYERS)]
    together = [*alone, *itertools.combinations(LAYERS, 3)]
    rows = [with_layers(framework, layers) for framework in FRAMEWORKS for layers in together]
    return [answers_of(row) for row in covering(offered(), rows, IMPOSSIBLE)]


def with_layers(framework: str, layers: tuple[str, ...]) -> Combination:
    """Return the row of a project with exactly these layers, all else being as usual."""
    targets: Combination = {target: IN if target in layers else OUT for target in TARGETS}
    row: Combination = {**row_of(ANSWERS), "framework": framework, **targets}
    for layer in layers:
        row |= CHOSEN.get(layer, {})
    return row


def row_of(answers: ProjectAnswers | Row) -> Combination:
    """Return answers, or a row of the matrix, by question: one text for each."""
    return {
        name: (IN if name in answers.deploy else OUT) if name in TARGETS else str(getattr(answers, name))
        for name in offered()
    }


def answers_of(row: Combination) -> ProjectAnswers:
    """Return a row as answers."""
    single = {name: value for name, value in row.items() if name not in TARGETS}
    deploy = tuple(target for target in TARGETS if row[target] == IN)
    return replace(ANSWERS, **single, deploy=deploy)  # type: ignore[arg-type]


def layers_of(answers: ProjectAnswers) -> tuple[str, ...]:
    """Return the layers that these answers bring."""
    row = row_of(answers)
    return tuple(
        layer
        for layer in LAYERS
        if row.get(layer) == IN or CHOSEN.get(layer, {"": ""}).items() <= row.items()
    )
