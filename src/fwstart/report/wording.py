"""Advice in sentences, the same in the terminal and in the document."""

from collections.abc import Mapping

from fwstart.advice.deployments import Deployment
from fwstart.advice.flips import Flip
from fwstart.advice.notes import GRADES, Note, Status
from fwstart.advice.questions import FRAMEWORK_NAMES, FRAMEWORKS, Framework
from fwstart.advice.rule import Advice, Reason, Verdict

STATUS_WORDS: Mapping[Status | None, str] = {
    "holds": "holds",
    "weakened": "weakened",
    "reversed": "reversed",
    "gone": "gone",
    "new": "new facts since",
    None: "no note about it",
}
DRAW = "a draw"
COLLECTIONS: Mapping[Framework, str] = {"pytorch": "timm and torchvision", "keras": "KerasHub"}  # of weights
PIPELINES: Mapping[str, str] = {"kfp": "Kubeflow Pipelines", "tfx": "TFX"}
STALE = "checked more than a year ago"


def verdict_lines(advice: Advice) -> list[str]:
    """Return the verdict in one to three sentences, both totals included, the most important first."""
    verdict = advice.verdict
    if verdict.framework is None:
        return [f"A draw: {_totals(verdict)}, and neither background nor deployment decides."]
    if verdict.decided_by == "fixed":
        alone = f"recommends {_summary(advice.article)}" if advice.article.framework else _undecided(advice)
        return [
            f"Framework: {FRAMEWORK_NAMES[verdict.framework]}, as already decided.",
            f"The article alone {alone}.",
        ]
    return [f"Recommendation: {_summary(verdict)}."]


def why(advice: Advice) -> str:
    """Return the framework and why in one line, without a period."""
    verdict = advice.verdict
    if verdict.framework is None:
        return "no framework: the answers end in a draw"
    if verdict.decided_by == "fixed":
        article = advice.article
        agreement = (
            _undecided(advice)
            if article.framework is None
            else "agrees"
            if article.framework == verdict.framework
            else f"recommends {FRAMEWORK_NAMES[article.framework]}"
        )
        return f"{FRAMEWORK_NAMES[verdict.framework]}, as you decided; the article alone {agreement}"
    counted = ", ".join(
        f"{reason.question} {'+'.join(reason.options)}" for reason in advice.reasons_for(verdict.framework)
    )
    return f"{_summary(verdict)}: {counted}"


def today_line(advice: Advice) -> str:
    """Return the result of today's view, without a period."""
    if not advice.reasons:
        return "Today's view: nothing to go by either"
    kind = "would decide differently" if advice.decides_otherwise_today else "the same"
    return f"Today's view: {kind}, {_summary(advice.today)}"


def today_note(advice: Advice) -> str:
    """Return what the changed points below today's view mean."""
    if not advice.changes:
        return "None of these answers counts differently today."
    if advice.decides_otherwise_today:
        fixed = advice.verdict.decided_by == "fixed"
        verdict = "the article's verdict" if fixed else "the verdict, which rests on the article alone"
        return f"It does not replace {verdict}. It differs because of this:"
    return "These answers count differently today:"


def change_line(reason: Reason) -> str:
    """Return one answer's points today, why, and the ids of the notes behind it."""
    return (
        f"{reason.question} {'+'.join(reason.options)}: {points_words(reason.points_today)} for "
        f"{FRAMEWORK_NAMES[reason.favours]} instead of {reason.points}. {reason.text_today} "
        f"[{', '.join(reason.because)}]"
    )


def reason_today(reason: Reason) -> str:
    """Return what has happened to a reason since the article."""
    status = f"Today: {STATUS_WORDS[reason.status]}"
    if reason.points_today == reason.points:
        return f"{status}."
    return f"{status}; {points_words(reason.points_today)} instead of {reason.points}."


def flips_title(advice: Advice) -> str:
    """Return the heading above the flips."""
    whose = "the article's verdict" if advice.verdict.decided_by == "fixed" else "the verdict"
    return f"Single answers that would change {whose}"


def flip_change(flip: Flip) -> str:
    """Return what is answered differently, by the options' ids."""
    if len(flip.before) == len(flip.after) == 1:
        return f"{flip.before[0]} -> {flip.after[0]}"
    (option_id,) = set(flip.before) ^ set(flip.after)
    return f"{'add' if option_id in flip.after else 'drop'} {option_id}"


def outcome(framework: Framework | None) -> str:
    """Return a framework's name, or that it is a draw."""
    return FRAMEWORK_NAMES[framework] if framework else DRAW


def deployment_line(deployment: Deployment) -> str:
    """Return what a target means: the runtime, how it is maintained, what it needs."""
    return f"{deployment.name}, {deployment.remark}. Needs {'; '.join(deployment.tools)}."


def note_facts(note: Note, *, stale: bool) -> str:
    """Return what is known about a note itself."""
    facts = [
        f"dimension {note.dimension}" if note.dimension else "outside the article's dimensions",
        note.status,
        f"grade {note.grade} ({GRADES[note.grade]})",
        f"{STALE}, {note.checked}" if stale else f"checked {note.checked}",
    ]
    return ", ".join(facts)


def sides(advice: Advice) -> list[tuple[Framework, str]]:
    """Return both sides in the order to show them, each with its heading."""
    winner = advice.verdict.framework
    if winner is None:
        return [(framework, f"For {FRAMEWORK_NAMES[framework]}") for framework in FRAMEWORKS]
    other = _other(winner)
    return [(winner, f"For {FRAMEWORK_NAMES[winner]}"), (other, f"Against it, for {FRAMEWORK_NAMES[other]}")]


def origin(reason: Reason) -> str:
    """Return the article's dimension that a reason belongs to."""
    return f"{reason.dimension}. {reason.title}"


def points_words(count: int) -> str:
    """Return a number of points in words."""
    return "1 point" if count == 1 else f"{count} points"


def _summary(verdict: Verdict) -> str:
    """Return a verdict in a few words, with the winner's points first."""
    if verdict.framework is None:
        return f"{DRAW} ({_totals(verdict)})"
    if verdict.decided_by == "score":
        mine, theirs = (
            verdict.points.of(framework) for framework in (verdict.framework, _other(verdict.framework))
        )
        return (
            f"{FRAMEWORK_NAMES[verdict.framework]}, {points_words(mine)} to {theirs} ({verdict.confidence})"
        )
    question = "background" if verdict.decided_by == "tie-break: background" else "deployment"
    return (
        f"{FRAMEWORK_NAMES[verdict.framework]}, by {question}, as points are tied at "
        f"{verdict.points.pytorch} to {verdict.points.keras} ({verdict.confidence})"
    )


def _undecided(advice: Advice) -> str:
    return "has nothing to go by" if not advice.reasons else f"ends in a draw ({_totals(advice.article)})"


def _totals(verdict: Verdict) -> str:
    return ", ".join(
        f"{FRAMEWORK_NAMES[framework]} {verdict.points.of(framework)}" for framework in FRAMEWORKS
    )


def _other(framework: Framework) -> Framework:
    return "keras" if framework == "pytorch" else "pytorch"
