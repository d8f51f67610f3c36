"""Which single answers turn the verdict."""

import pytest
from support.answer_space import QUESTIONS, sample

from fwstart.advice.flips import Flip, flips, other_answers
from fwstart.advice.rule import advise


def test_flips_of_a_close_verdict() -> None:
    """PyTorch 5 to 4: two points for Keras turn it, one makes it level and background keeps it."""
    found = flips(advise({"background": ("experienced",), "deploy": ("edge", "browser")}))

    assert [
        ("background", ("beginner",), "keras"),
        ("background", ("some",), "keras"),
        ("style", ("high-level",), "keras"),
        ("setting", ("enterprise",), "keras"),
        ("community", ("tfx",), "keras"),
    ] == [(flip.question, flip.after, flip.framework) for flip in found]


def test_deploy_flips_by_one_target() -> None:
    """A target more or less is one answer; from a framework to a draw is a turn."""
    found = [flip for flip in flips(advise({"deploy": ("server",)})) if flip.question == "deploy"]

    assert [Flip(question="deploy", before=("server",), after=(), framework=None)] == found


def test_flips_of_a_draw() -> None:
    """With nothing answered, every answer that counts decides."""
    assert 18 == len(flips(advise({})))


def test_flips_of_a_fixed_framework() -> None:
    """They are those of the article's verdict."""
    answers = {"background": ("beginner",)}

    assert flips(advise(answers)) == flips(advise(answers, fixed="pytorch"))


@pytest.mark.parametrize("seed", range(2))
def test_flips_are_exactly_what_turns(seed: int) -> None:
    """Applied to the answers each flip gives its framework; no other single answer changes the verdict."""
    for answers in sample(200, seed=seed):
        advice = advise(answers)
        found = flips(advice)
        for flip in found:
            assert answers[flip.question] == flip.before
            after = advise({**answers, flip.question: flip.after}).verdict.framework
            assert flip.framework == after != advice.verdict.framework
        turned = {(flip.question, flip.after) for flip in found}
        for question in QUESTIONS:
            for other in other_answers(question, answers[question.id]):
                if (question.id, other) not in turned:
                    kept = advise({**answers, question.id: other}).verdict.framework
                    assert advice.verdict.framework == kept


def test_other_answers() -> None:
    """One of several options in its place, or one target added or removed, in the options' order."""
    background, deploy = QUESTIONS[0], QUESTIONS[5]

    assert [("some",), ("experienced",)] == list(other_answers(background, ("beginner",)))
    assert [("server", "edge"), (), ("edge", "browser"), ("edge", "pytorch-server")] == list(
        other_answers(deploy, ("edge",))
    )
