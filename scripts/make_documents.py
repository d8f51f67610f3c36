"""Write what is made from the knowledge: docs/knowledge.md and the page's data, docs/advisor/knowledge.js.

A test compares both with what this would write.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from fwstart.advice.deployments import load_deployments
from fwstart.advice.knowledge import Knowledge, load_knowledge
from fwstart.advice.notes import GRADES, Note
from fwstart.advice.questions import FRAMEWORK_NAMES, Question, Weight
from fwstart.advice.rule import TIE_BREAKS
from fwstart.report.explanation import notes_of_combined, weight_json
from fwstart.report.json import SCHEMA_VERSION, deployment_json, note_facts_json
from fwstart.report.markdown import notes_markdown
from fwstart.report.wording import STATUS_WORDS, deployment_line

DOCS = Path(__file__).parents[1] / "docs"
COMMAND = "python scripts/make_documents.py"
READINGS = """\
The points are our reading of "{article.title}" ({article.author}, {article.date}).
*Today* is a second reading, shown next to the verdict and never counted in it; its points differ only where
notes of grade A say why. A tie is broken by background, then by deployment; otherwise it is a draw."""
GRADING = """\
The status is relative to the article, `new` if it says nothing. Grade A: primary source, B: partly primary,
C: reported by others only."""


def main() -> None:
    """Write both files."""
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
        print(path)


def documents() -> dict[Path, str]:
    """Return the text of each file."""
    knowledge = load_knowledge()
    return {
        DOCS / "knowledge.md": knowledge_markdown(knowledge),
        DOCS / "advisor" / "knowledge.js": knowledge_script(knowledge),
    }


def knowledge_script(knowledge: Knowledge) -> str:
    """Return the knowledge as a script, which a page opened from a folder can load and JSON is not."""
    text = json.dumps(knowledge_json(knowledge), indent=1, ensure_ascii=False)
    return f"// Made by `{COMMAND}`; do not edit.\nconst KNOWLEDGE = {text};\n"


def knowledge_json(knowledge: Knowledge) -> dict[str, object]:
    """Return everything that the page needs to ask, to add up and to explain."""
    article = knowledge.article
    return {
        "schema_version": SCHEMA_VERSION,
        "article": {"title": article.title, "author": article.author, "date": article.date},
        "frameworks": dict(FRAMEWORK_NAMES),
        "dimensions": {str(number): title for number, title in knowledge.dimensions.items()},
        "tie_breaks": dict(TIE_BREAKS),
        "grades": dict(GRADES),
        "questions": [_question(question, knowledge) for question in knowledge.questions],
        "deployments": [deployment_json(deployment) for deployment in load_deployments()],
        "notes": [note_facts_json(note) for note in knowledge.notes],
    }


def _question(question: Question, knowledge: Knowledge) -> dict[str, object]:
    return {
        "id": question.id,
        "dimension": question.dimension,
        "title": question.title,
        "prompt": question.prompt,
        "help": question.help,
        "multiple": question.multiple,
        "combined": _weight(question.combined, notes_of_combined(question, knowledge)),
        "options": [
            {
                "id": option.id,
                "label": option.label,
                "target": option.target,
                "weight": _weight(option.weight, knowledge.notes_about(question.id, (option.id,))),
            }
            for option in question.options
        ],
    }


def _weight(weight: Weight | None, notes: tuple[Note, ...]) -> dict[str, object] | None:
    if weight is None:
        return None
    return {
        "favours": weight.favours,
        "points": weight.worth("article"),
        "points_today": weight.worth("today"),
        "reason": weight.reason,
        "reason_today": weight.today.reason if weight.today else None,
        "because": list(weight.today.because) if weight.today else [],
        "status": weight_json(weight, notes)["status"],
    }


def knowledge_markdown(knowledge: Knowledge) -> str:
    """Return every question, option, point, reason, target and note as a document."""
    names = FRAMEWORK_NAMES
    targets = [
        f"- {one.target} with {names[one.framework]}: {deployment_line(one)}" for one in load_deployments()
    ]
    parts = [
        "# What the advice knows",
        f"Made from `knowledge.toml`, `deployments.toml` and `notes.toml` by `{COMMAND}`; do not edit.",
        READINGS.format(article=knowledge.article),
        *(part for question in knowledge.questions for part in _question_markdown(question, knowledge)),
        "## What the targets mean",
        "\n".join(targets),
        "## Notes",
        GRADING,
        "\n".join(notes_markdown(knowledge.notes, None)),
    ]
    return "\n\n".join(parts) + "\n"


def _question_markdown(question: Question, knowledge: Knowledge) -> Iterator[str]:
    yield f"## {question.id}: {question.prompt}"
    yield f"{question.dimension}. {question.title}. {question.help}"
    rows = ["| answer | article | today | reason | status today | notes |", "|---|---|---|---|---|---|"]
    for option in question.options:
        notes = knowledge.notes_about(question.id, (option.id,))
        rows.append(_row(f"`{option.id}`: {option.label}", option.weight, notes))
    if question.combined:
        rows.append(
            _row("two or more for one side", question.combined, notes_of_combined(question, knowledge))
        )
    yield "\n".join(rows)


def _row(answer: str, weight: Weight | None, notes: tuple[Note, ...]) -> str:
    ids = ", ".join(note.id for note in notes)
    if weight is None:
        return f"| {answer} | 0 | 0 | | | {ids} |"
    name = FRAMEWORK_NAMES[weight.favours]
    reason = f"{weight.reason} *{weight.today.reason}*" if weight.today else weight.reason
    status = STATUS_WORDS[weight_json(weight, notes)["status"]]  # type: ignore[index]
    points = f"{name} {weight.worth('article')} | {name} {weight.worth('today')}"
    return f"| {answer} | {points} | {reason} | {status} | {ids} |"


if __name__ == "__main__":
    main()
