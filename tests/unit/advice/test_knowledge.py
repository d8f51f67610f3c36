"""The knowledge that comes with fwstart, and what is refused on load."""

import copy
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support import CHECKOUT

from fwstart.advice import knowledge
from fwstart.advice.knowledge import load_knowledge, parse_knowledge
from fwstart.advice.notes import load_notes
from fwstart.advice.questions import Points

ROOT = CHECKOUT

# The decision table's points: TensorFlow/Keras negative, PyTorch positive.
TABLE = {
    "background": {"beginner": -5, "some": 0, "experienced": 5},
    "style": {"high-level": -2, "no-preference": 0, "flexible": 2},
    "setting": {"enterprise": -2, "undecided": 0, "moving-to-pytorch": 1, "research": 2},
    "popularity": {"incumbent": -1, "indifferent": 0, "rising": 1},
    "models": {"tensorflow-hub": -1, "none": 0, "pytorch-hub": 2},
    "deploy": {"server": -2, "edge": -3, "browser": -3, "pytorch-server": 1},
    "community": {"tfx": -2, "established": -1, "no-preference": 0, "fast-growing": 1},
}


@pytest.fixture
def data() -> dict[str, Any]:
    text = Path(knowledge.__file__).with_name("knowledge.toml").read_text(encoding="utf-8")
    return copy.deepcopy(tomllib.loads(text))


def test_questions_options_and_points() -> None:
    """Ids, their order and every point are the decision table's."""
    loaded = {
        question.id: {
            option.id: option.weight.points.pytorch - option.weight.points.keras if option.weight else 0
            for option in question.options
        }
        for question in load_knowledge().questions
    }

    assert TABLE == loaded
    assert [list(options) for options in TABLE.values()] == [list(options) for options in loaded.values()]


def test_dimensions() -> None:
    """The questions follow the article's six dimensions in order."""
    assert [1, 1, 2, 3, 4, 5, 6] == [question.dimension for question in load_knowledge().questions]


def test_combined_targets() -> None:
    """Two or more TensorFlow targets are worth one point more, two or more PyTorch ones nothing."""
    combined = {
        question.id: question.combined for question in load_knowledge().questions if question.combined
    }

    assert ["deploy"] == list(combined)
    assert Points(keras=1) == combined["deploy"].points


def test_neutral_answers() -> None:
    """Each question has one neutral answer; that of deploy is to choose none."""
    neutral = {question.id: question.neutral for question in load_knowledge().questions}

    assert (("none",), (), ("some",)) == (neutral["models"], neutral["deploy"], neutral["background"])
    assert {0, 1} == {len(answer) for answer in neutral.values()}


def test_targets_are_known_to_the_template() -> None:
    """Every option's target is a choice of `deploy` in copier.yml."""
    deploy = re.search(
        r"^deploy:.*?(?=^\S|\Z)", (ROOT / "copier.yml").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert deploy

    for option in load_knowledge().question("deploy").options:
        assert option.target is not None
        assert f": {option.target}\n" in deploy[0]


def test_today_points_and_their_notes() -> None:
    """Points differ today exactly where the decision table says so, because of the notes that it names."""
    deploy = ("executorch", "litert", "litertjs", "tfjs")
    expected = {
        "setting.enterprise": (1, ("tf-releases",)),
        "setting.moving-to-pytorch": (2, ("tf-releases",)),
        "popularity.incumbent": (0, ("so2024", "pypi")),
        "models.tensorflow-hub": (0, ("tfhub",)),
        "models.pytorch-hub": (3, ("transformers5",)),
        "deploy.server": (1, deploy),
        "deploy.edge": (1, ("executorch", "litert")),
        "deploy.browser": (1, ("litertjs", "tfjs")),
        "deploy (combined)": (0, deploy),
        "community.established": (0, ("community",)),
    }
    weights = {
        f"{question.id}.{option.id}": option.weight
        for question in load_knowledge().questions
        for option in question.options
    } | {f"{question.id} (combined)": question.combined for question in load_knowledge().questions}

    assert expected == {
        name: (weight.today.points, weight.today.because)
        for name, weight in weights.items()
        if weight and weight.today
    }


def test_no_reason_without_dimension() -> None:
    """Every reason belongs to a question with one of the article's six dimensions and its title."""
    assert {1, 2, 3, 4, 5, 6} == set(load_knowledge().dimensions)
    assert all(load_knowledge().dimensions.values())


def test_texts_fit_a_narrow_terminal() -> None:
    """Labels fit 60 columns behind their pointer, a question and its longest answer two lines."""
    for question in load_knowledge().questions:
        assert len(question.prompt) <= 50
        assert all(len(option.label) <= 50 for option in question.options)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": {"keras": 1}}, "points and reason go together"),
        ({"points": {"keras": 0}, "reason": "x"}, "at least 1 point"),
        ({"points": {"jax": 1}, "reason": "x"}, "one framework"),
        ({"points": {"keras": 1, "pytorch": 1}, "reason": "x"}, "one framework"),
        ({"points": {"keras": 1}, "reason": "x"}, "exactly one option"),
        ({"id": "beginner"}, "more than once: beginner"),
        ({"target": "cloud"}, "must be one of server, edge, browser"),
        ({"note": "x"}, "unknown keys note"),
    ],
)
def test_contradictory_option(data: dict[str, Any], change: dict[str, Any], message: str) -> None:
    """An option that contradicts itself or its question is refused on load."""
    data["question"][0]["option"][1] |= change

    with pytest.raises(ValueError, match=message):
        parse_knowledge(data, load_notes())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dimension": 7}, "the article has 1 to 6"),
        ({"id": "style"}, "question more than once: style"),
        ({"multiple": True}, "no option may be without points"),
        ({"combined": {"points": {"keras": 1}, "reason": "x"}}, "only a multiple question"),
        ({"promt": "x"}, "unknown keys promt"),
    ],
)
def test_contradictory_question(data: dict[str, Any], change: dict[str, Any], message: str) -> None:
    """A question that contradicts itself or another is refused on load."""
    data["question"][0] |= change

    with pytest.raises(ValueError, match=message):
        parse_knowledge(data, load_notes())


@pytest.mark.parametrize(
    ("today", "message"),
    [
        ({"points": 5, "reason": "x", "because": ["pypi"]}, "another number than 5"),
        ({"points": -1, "reason": "x", "because": ["pypi"]}, "another number than 5, from 0"),
        ({"points": 4, "reason": "x", "because": []}, "because is empty"),
        (
            {"points": 4, "reason": "x", "because": ["pipy"]},
            "today rests on pipy, which is not a note of grade A",
        ),
        (
            {"points": 4, "reason": "x", "because": ["jobs"]},
            "today rests on jobs, which is not a note of grade A",
        ),
        ({"points": 4, "reason": "x", "because": ["pypi"], "why": "x"}, "unknown keys why"),
    ],
)
def test_contradictory_today(data: dict[str, Any], today: dict[str, Any], message: str) -> None:
    """Points can differ today only with a reason and notes of grade A."""
    data["question"][0]["option"][0]["today"] = today

    with pytest.raises(ValueError, match=message):
        parse_knowledge(data, load_notes())


def test_today_of_a_neutral_answer(data: dict[str, Any]) -> None:
    """An answer that counts for nothing by the article counts for nothing today."""
    data["question"][0]["option"][1]["today"] = {"points": 1, "reason": "x", "because": ["pypi"]}

    with pytest.raises(ValueError, match="only an answer that has points"):
        parse_knowledge(data, load_notes())


def test_order_turned_round(data: dict[str, Any]) -> None:
    """Where only the strongest option counts, it must be the same one in both readings."""
    data["question"][5]["option"][0]["today"]["points"] = 4

    with pytest.raises(ValueError, match="reverse the order of its options"):
        parse_knowledge(data, load_notes())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dimension": 7}, "note torchserve: dimension is 7"),
        ({"concerns": (("deploy", "cloud"),)}, "there is no answer deploy.cloud"),
        ({"concerns": (("cloud", "deploy"),)}, "there is no answer cloud.deploy"),
    ],
)
def test_contradictory_note(data: dict[str, Any], change: dict[str, Any], message: str) -> None:
    """A note about what is not asked is refused."""
    first, *rest = load_notes()

    with pytest.raises(ValueError, match=message):
        parse_knowledge(data, (replace(first, **change), *rest))


def test_unknown_ids() -> None:
    """Asking for a question or option that is not there fails, naming it."""
    with pytest.raises(KeyError, match="backgruond"):
        load_knowledge().question("backgruond")
    with pytest.raises(KeyError, match="no option novice"):
        load_knowledge().question("background").option("novice")
    with pytest.raises(KeyError, match="no note pipy"):
        load_knowledge().note("pipy")
