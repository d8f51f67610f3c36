"""Advice in words and as data: text for a terminal, Markdown for the project, JSON for programs."""

import textwrap
from collections.abc import Callable

from fwstart import __version__
from fwstart.advice import Advice, Reason, Verdict
from fwstart.commands import advise_command
from fwstart.knowledge import FRAMEWORK_NAMES, FRAMEWORKS, Framework, load_knowledge

SCHEMA_VERSION = 1


def to_text(advice: Advice, width: int = 80, *, heading: Callable[[str], str] = str) -> str:
    """Return the advice for a terminal of `width` columns; `heading` may make a line stand out."""
    blocks = [_wrap(line, width) for line in verdict_lines(advice)]
    blocks[0] = heading(blocks[0])
    for framework, title in _sides(advice):
        reasons = advice.reasons_for(framework)
        lines = [_wrap(_item(reason), width, hang=6) for reason in reasons] or ["  (none of your answers)"]
        blocks += ["", heading(f"{title}: {_points(sum(reason.points for reason in reasons))}"), *lines]
    return "\n".join(blocks)


def to_markdown(advice: Advice) -> str:
    """Return the advice as the project's docs/DECISION.md; the same answers always give the same text."""
    article = load_knowledge().article
    verdict, *rest = verdict_lines(advice)
    name = FRAMEWORK_NAMES[advice.verdict.framework] if advice.verdict.framework else None
    lines = [f"# Why {name}" if name else "# PyTorch or Keras", "", f"**{verdict}**", *_paragraphs(rest)]
    for framework, title in _sides(advice):
        lines += ["", f"## {title}", ""]
        lines += [
            f"- **+{reason.points}** {reason.text} ({_origin(reason)})"
            for reason in advice.reasons_for(framework)
        ] or ["None of the answers."]
    lines += ["", "## The answers", "", "| Question | Answer |", "|---|---|", *_answer_rows(advice), ""]
    lines += [
        "## Where this comes from",
        "",
        f'The points are a reading of "{article.title}" ({article.author}, {article.date}).',
        "Each of its six dimensions is one question or two, and an answer counts for a side as much as the",
        "article's own words speak for it.",
        "A tie is broken by background, then by deployment; otherwise it is a draw.",
        f"Written by fwstart {__version__}; decision.json holds the same for programs. To see it again:",
        "",
        f"    {advise_command(advice)}",
    ]
    return "\n".join(lines) + "\n"


def to_json(advice: Advice) -> dict[str, object]:
    """Return the advice as JSON types; within a schema version keys are added, never renamed or removed."""
    return {
        "schema_version": SCHEMA_VERSION,
        **_verdict_json(advice.verdict),
        "article": _verdict_json(advice.article),
        "reasons": [_reason_json(reason, advice.verdict.framework) for reason in advice.reasons],
        "answers": {
            question.id: list(advice.answers[question.id])
            if question.multiple
            else advice.answers[question.id][0]
            for question in load_knowledge().questions
        },
    }


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
    """Return the framework and why in one line, without a full stop."""
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


def _summary(verdict: Verdict) -> str:
    """Return a verdict in a few words, with the winner's points first."""
    if verdict.framework is None:
        return f"a draw ({_totals(verdict)})"
    if verdict.decided_by == "score":
        mine, theirs = (
            verdict.points.of(framework) for framework in (verdict.framework, _other(verdict.framework))
        )
        return f"{FRAMEWORK_NAMES[verdict.framework]}, {_points(mine)} to {theirs} ({verdict.confidence})"
    question = "background" if verdict.decided_by == "tie-break: background" else "deployment"
    return (
        f"{FRAMEWORK_NAMES[verdict.framework]}, by {question}, as points are level at "
        f"{verdict.points.pytorch} to {verdict.points.keras} ({verdict.confidence})"
    )


def _undecided(advice: Advice) -> str:
    return "has nothing to go by" if not advice.reasons else f"ends in a draw ({_totals(advice.article)})"


def _totals(verdict: Verdict) -> str:
    return ", ".join(
        f"{FRAMEWORK_NAMES[framework]} {verdict.points.of(framework)}" for framework in FRAMEWORKS
    )


def _points(count: int) -> str:
    return "1 point" if count == 1 else f"{count} points"


def _sides(advice: Advice) -> list[tuple[Framework, str]]:
    """Return both sides in the order to show them, each with its heading."""
    winner = advice.verdict.framework
    if winner is None:
        return [(framework, f"For {FRAMEWORK_NAMES[framework]}") for framework in FRAMEWORKS]
    other = _other(winner)
    return [(winner, f"For {FRAMEWORK_NAMES[winner]}"), (other, f"Against it, for {FRAMEWORK_NAMES[other]}")]


def _other(framework: Framework) -> Framework:
    return "keras" if framework == "pytorch" else "pytorch"


def _item(reason: Reason) -> str:
    return f"  +{reason.points}  {reason.text} ({_origin(reason)})"


def _origin(reason: Reason) -> str:
    return f"{reason.dimension}. {reason.title}"


def _wrap(text: str, width: int, hang: int = 0) -> str:
    return textwrap.fill(text, max(width, 40), subsequent_indent=" " * hang, break_on_hyphens=False)


def _paragraphs(lines: list[str]) -> list[str]:
    return [line for text in lines for line in ("", text)]


def _answer_rows(advice: Advice) -> list[str]:
    return [
        f"| {question.prompt} | {question.labels(advice.answers[question.id])} |"
        for question in load_knowledge().questions
    ]


def _verdict_json(verdict: Verdict) -> dict[str, object]:
    return {
        "framework": verdict.framework,
        "decided_by": verdict.decided_by,
        "confidence": verdict.confidence,
        "points": {framework: verdict.points.of(framework) for framework in FRAMEWORKS},
    }


def _reason_json(reason: Reason, framework: Framework | None) -> dict[str, object]:
    data: dict[str, object] = {
        "question": reason.question,
        "option": "+".join(reason.options),
        "dimension": reason.dimension,
        "title": reason.title,
        "points": reason.points,
        "favours": reason.favours,
        "text": reason.text,
    }
    return data if framework is None else data | {"side": "for" if reason.favours == framework else "against"}
