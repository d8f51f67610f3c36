"""The rule, over all 20,736 ways to answer."""

from collections.abc import Iterator

import pytest
from support.answer_space import QUESTIONS, Vector, possible_answers

from fwstart.advice.questions import FRAMEWORKS, Points
from fwstart.advice.rule import Advice, Answers, advise, complete, confidence


def neighbors(vector: Vector) -> Iterator[tuple[int, Vector]]:
    """Yield the vectors that differ in one answer, with that question's position."""
    for position, question in enumerate(QUESTIONS):
        for chosen in possible_answers(question):
            if chosen != vector[position]:
                yield position, (*vector[:position], chosen, *vector[position + 1 :])


@pytest.mark.parametrize(
    ("answers", "framework", "points", "decided_by", "band"),
    [
        ({"background": ("beginner",)}, "keras", (0, 5), "score", "clear"),
        ({"background": ("experienced",)}, "pytorch", (5, 0), "score", "clear"),
        ({"background": ("beginner",), "deploy": ("pytorch-server",)}, "keras", (1, 5), "score", "moderate"),
        (
            {
                "background": ("beginner",),
                "setting": ("research",),
                "models": ("pytorch-hub",),
                "style": ("flexible",),
            },
            *("pytorch", (6, 5), "score", "leaning"),
        ),
        ({"background": ("experienced",), "deploy": ("edge",)}, "pytorch", (5, 3), "score", "leaning"),
        (
            {"background": ("experienced",), "deploy": ("edge", "browser")},
            "pytorch",
            (5, 4),
            "score",
            "leaning",
        ),
        (
            {"background": ("experienced",), "deploy": ("edge", "browser"), "community": ("tfx",)},
            *("keras", (5, 6), "score", "leaning"),
        ),
        ({}, None, (0, 0), "draw", "toss-up"),
        ({"deploy": ("browser",)}, "keras", (0, 3), "score", "moderate"),
        # Ties, each broken by the first rule that can.
        (
            {
                "background": ("beginner",),
                "style": ("flexible",),
                "setting": ("research",),
                "popularity": ("rising",),
            },
            *("keras", (5, 5), "tie-break: background", "toss-up"),
        ),
        ({"deploy": ("server",), "style": ("flexible",)}, "keras", (2, 2), "tie-break: deploy", "toss-up"),
        (
            {"deploy": ("pytorch-server",), "popularity": ("incumbent",)},
            *("pytorch", (1, 1), "tie-break: deploy", "toss-up"),
        ),
        ({"style": ("flexible",), "setting": ("enterprise",)}, None, (2, 2), "draw", "toss-up"),
        # The server of both kinds: each part counts for its own side.
        ({"deploy": ("server", "pytorch-server")}, "keras", (1, 2), "score", "leaning"),
        ({"deploy": ("server", "edge", "browser")}, "keras", (0, 4), "score", "moderate"),
    ],
)
def test_case(
    answers: Answers, framework: str | None, points: tuple[int, int], decided_by: str, band: str
) -> None:
    """The decision table's cases, and one for each rule of its own."""
    verdict = advise(answers).verdict

    assert (framework, decided_by, band) == (verdict.framework, verdict.decided_by, verdict.confidence)
    assert Points(pytorch=points[0], keras=points[1]) == verdict.points


def test_fixed_framework() -> None:
    """A framework that is decided wins outright; points, confidence and the article's verdict stay."""
    advice = advise({"background": ("beginner",)}, fixed="pytorch")

    assert ("pytorch", "fixed", "clear") == (
        advice.verdict.framework,
        advice.verdict.decided_by,
        advice.verdict.confidence,
    )
    assert ("keras", "score", "clear") == (
        advice.article.framework,
        advice.article.decided_by,
        advice.article.confidence,
    )
    assert Points(keras=5) == advice.verdict.points == advice.article.points


def test_number_of_vectors(space: dict[Vector, Advice]) -> None:
    """There are 20,736 ways to answer."""
    assert 20_736 == len(space)


def test_everything_is_reachable(space: dict[Vector, Advice]) -> None:
    """Every outcome, every band and every way to decide occurs."""
    verdicts = [advice.verdict for advice in space.values()]

    assert {"pytorch", "keras", None} == {verdict.framework for verdict in verdicts}
    assert {"toss-up", "leaning", "moderate", "clear"} == {verdict.confidence for verdict in verdicts}
    assert {"score", "tie-break: background", "tie-break: deploy", "draw"} == {
        verdict.decided_by for verdict in verdicts
    }


def test_every_option_can_change_the_outcome(space: dict[Vector, Advice]) -> None:
    """For each option there are answers that it alone turns; so for each question too."""
    turning = set()
    for vector, advice in space.items():
        for position, other in neighbors(vector):
            if space[other].verdict.framework != advice.verdict.framework:
                added = set(other[position]) - set(vector[position])
                turning |= {(QUESTIONS[position].id, option_id) for option_id in added if len(added) == 1}

    assert {(question.id, option_id) for question in QUESTIONS for option_id in question.values} == turning


def test_monotonicity(space: dict[Vector, Advice]) -> None:
    """Going from the neutral answer to one that favours X, or adding a target of X, never lowers X."""
    rank = {"keras": 0, None: 1, "pytorch": 2}
    for vector, advice in space.items():
        before = advice.verdict
        for position, other in neighbors(vector):
            question, after = QUESTIONS[position], space[other].verdict
            added = set(other[position]) - set(vector[position])
            removed = set(vector[position]) - set(other[position])
            if len(added) != 1 or not removed <= set(question.neutral):
                continue
            weight = question.option(added.pop()).weight
            if weight is None:
                continue
            assert after.points.of(weight.favours) >= before.points.of(weight.favours)
            step = rank[after.framework] - rank[before.framework]
            assert step >= 0 if weight.favours == "pytorch" else step <= 0


def test_reasons_add_up(space: dict[Vector, Advice]) -> None:
    """The reasons' points are the totals, and no question counts on a side that was not chosen."""
    for advice in space.values():
        for framework in FRAMEWORKS:
            assert advice.verdict.points.of(framework) == sum(
                reason.points for reason in advice.reasons_for(framework)
            )


def test_score_decides_whenever_points_differ(space: dict[Vector, Advice]) -> None:
    """More points always win, and only level points are a toss-up."""
    for advice in space.values():
        verdict = advice.verdict
        assert (verdict.decided_by == "score") == (verdict.points.favours is not None)
        assert (verdict.confidence == "toss-up") == (verdict.points.favours is None)
        if verdict.points.favours:
            assert verdict.points.favours == verdict.framework


def test_a_target_is_never_level(space: dict[Vector, Advice]) -> None:
    """Whoever chose a target never gets a draw: deployment breaks every tie."""
    assert all(not advice.targets for advice in space.values() if advice.article.framework is None)


def test_targets() -> None:
    """Both kinds of server are one target, and targets stand in copier.yml's order."""
    assert ("server", "browser") == advise({"deploy": ("browser", "pytorch-server", "server")}).targets


@pytest.mark.parametrize(
    ("margin", "band"),
    [(0, "toss-up"), (1, "leaning"), (2, "leaning"), (3, "moderate"), (4, "moderate"), (5, "clear")],
)
def test_bands(margin: int, band: str) -> None:
    """The words change at 1, 3 and 5 points."""
    assert band == confidence(margin)


def test_answers_are_completed_in_order() -> None:
    """Questions that were not asked are neutral, and targets stand in their own order."""
    full = complete({"deploy": ("browser", "server")})

    assert [question.id for question in QUESTIONS] == list(full)
    assert (("server", "browser"), ("some",)) == (full["deploy"], full["background"])


def test_impossible_answers() -> None:
    """Unknown ids and two answers to one question are our own mistakes and fail loudly."""
    with pytest.raises(KeyError):
        advise({"colour": ("red",)})
    with pytest.raises(KeyError):
        advise({"background": ("novice",)})
    with pytest.raises(ValueError, match="exactly one answer"):
        advise({"background": ("some", "beginner")})
