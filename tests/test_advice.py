"""The rule, over all 20,736 ways to answer."""

from collections.abc import Iterator

import pytest
from answer_space import QUESTIONS, Vector, all_vectors, answers_of, possible_answers

from fwstart.advice import Advice, Answers, advise, complete, confidence
from fwstart.questions import FRAMEWORKS, Framework, Points


def neighbours(vector: Vector) -> Iterator[tuple[int, Vector]]:
    """Yield the vectors that differ in one answer, with that question's position."""
    for position, question in enumerate(QUESTIONS):
        for chosen in possible_answers(question):
            if chosen != vector[position]:
                yield position, (*vector[:position], chosen, *vector[position + 1 :])


@pytest.fixture(scope="module")
def space() -> dict[Vector, Advice]:
    """Return the advice for every answer vector."""
    return {vector: advise(answers_of(vector)) for vector in all_vectors()}


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
        for position, other in neighbours(vector):
            if space[other].verdict.framework != advice.verdict.framework:
                added = set(other[position]) - set(vector[position])
                turning |= {(QUESTIONS[position].id, option_id) for option_id in added if len(added) == 1}

    assert {(question.id, option_id) for question in QUESTIONS for option_id in question.values} == turning


def test_monotonicity(space: dict[Vector, Advice]) -> None:
    """Going from the neutral answer to one that favours X, or adding a target of X, never lowers X."""
    rank = {"keras": 0, None: 1, "pytorch": 2}
    for vector, advice in space.items():
        before = advice.verdict
        for position, other in neighbours(vector):
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


# The decision table's today points where they differ from the article's: TensorFlow/Keras negative.
TODAY = {
    ("setting", "enterprise"): -1,
    ("setting", "moving-to-pytorch"): 2,
    ("popularity", "incumbent"): 0,
    ("models", "tensorflow-hub"): 0,
    ("models", "pytorch-hub"): 3,
    ("community", "established"): 0,
    ("deploy", "server"): -1,
    ("deploy", "edge"): -1,
    ("deploy", "browser"): -1,
}


def test_today_points(space: dict[Vector, Advice]) -> None:
    """Today's totals are worked out anew from the decision table, however many targets are chosen."""
    points = {
        (question.id, option.id): option.weight.points.pytorch - option.weight.points.keras
        for question in QUESTIONS
        for option in question.options
        if option.weight
    } | TODAY
    for vector, advice in space.items():
        totals: dict[Framework, int] = {"pytorch": 0, "keras": 0}
        for question, chosen in zip(QUESTIONS, vector, strict=True):
            own = [points.get((question.id, option_id), 0) for option_id in chosen]
            totals["pytorch"] += max([0, *own])
            totals["keras"] += -min([0, *own])
        assert Points(**totals) == advice.today.points


def test_today_decides_otherwise(space: dict[Vector, Advice]) -> None:
    """24.6 % of the vectors get another verdict today, and none of them one nearer to TensorFlow."""
    rank = {"keras": 0, None: 1, "pytorch": 2}
    differing = [advice for advice in space.values() if advice.decides_otherwise_today]

    assert 5_111 == len(differing)
    assert 0.246 == round(len(differing) / len(space), 3)
    assert all(rank[advice.today.framework] > rank[advice.article.framework] for advice in differing)
    assert all(advice.because for advice in differing)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_pure_profiles_keep_their_verdict(framework: Framework) -> None:
    """Whoever answers everything in favour of one side gets that side in both readings, and clearly."""
    answers = {
        question.id: question.favouring(framework)
        if question.multiple
        else (
            max(
                question.favouring(framework),
                key=lambda option_id: question.option(option_id).weight.worth("article"),  # type: ignore[union-attr]
            ),
        )
        for question in QUESTIONS
    }
    advice = advise(answers)

    assert (framework, framework) == (advice.article.framework, advice.today.framework)
    assert ("clear", "clear") == (advice.article.confidence, advice.today.confidence)


def test_today_never_replaces_the_verdict(space: dict[Vector, Advice]) -> None:
    """The verdict is the article's, whatever today's view says."""
    assert all(advice.verdict == advice.article for advice in space.values())


def test_today_breaks_ties_alike() -> None:
    """A server of each kind is worth 1 point for each side today: level, decided by nothing, a draw."""
    advice = advise({"deploy": ("server", "pytorch-server")})

    assert ("keras", "score") == (advice.article.framework, advice.article.decided_by)
    assert (None, "draw", Points(pytorch=1, keras=1)) == (
        advice.today.framework,
        advice.today.decided_by,
        advice.today.points,
    )
    assert ("executorch", "litert", "litertjs", "tfjs") == advice.because


@pytest.mark.parametrize(
    ("question", "options", "status"),
    [
        ("background", ("experienced",), None),  # no note is about it
        ("background", ("beginner",), "new"),
        ("style", ("flexible",), "holds"),
        ("setting", ("enterprise",), "weakened"),
        ("setting", ("moving-to-pytorch",), "holds"),  # worth more today
        ("popularity", ("incumbent",), "reversed"),
        ("models", ("tensorflow-hub",), "gone"),
        ("models", ("pytorch-hub",), "holds"),  # worth more today, though a note weakens a part of it
        ("deploy", ("server",), "weakened"),
        ("deploy", ("edge", "browser"), "weakened"),
        ("deploy", ("pytorch-server",), "gone"),
        ("community", ("tfx",), "holds"),
    ],
)
def test_status_of_a_reason(question: str, options: tuple[str, ...], status: str | None) -> None:
    """The gravest status among the notes about an answer speaks for it, unless it counts more today."""
    (reason, *_) = advise({question: options}).reasons[-1:]

    assert (options, status) == (reason.options, reason.status)


def test_notes_that_bear_on_the_answers() -> None:
    """Notes about a chosen answer, a neutral one too, about everything, and behind changed points."""
    ids = [note.id for note in advise({"deploy": ("edge",), "setting": ("moving-to-pytorch",)}).notes]

    assert ["executorch", "litert", "transformers5", "tf-releases", "py314", "gpu-os", "tpu"] == ids
    assert "jobs" in [note.id for note in advise({}).notes]


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
