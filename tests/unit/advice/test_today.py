"""The second reading of the same answers: what is known to have changed since the article."""

import pytest
from support.answer_space import QUESTIONS, Vector

from fwstart.advice.questions import FRAMEWORKS, Framework, Points
from fwstart.advice.rule import Advice, advise

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
    """Whoever answers everything in favor of one side gets that side in both readings, and clearly."""
    answers = {
        question.id: question.favoring(framework)
        if question.multiple
        else (
            max(
                question.favoring(framework),
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
