"""Advice as JSON types, as docs/advice.schema.json describes them."""

from datetime import date

from fwstart.advice.deployments import Deployment, deployments_of
from fwstart.advice.flips import Flip, flips
from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.notes import Note, is_stale
from fwstart.advice.questions import FRAMEWORKS, Framework
from fwstart.advice.rule import Advice, Reason, Verdict

# Raised with every change of the keys. What was there keeps its name and meaning, so that what reads one
# version reads the later ones. 2 added: status and notes of reasons, today, flips, targets, notes.
# 3 added, for `fwstart new` alone: settings, remarks, machine, next_steps_without_uv.
SCHEMA_VERSION = 3


def to_json(advice: Advice, today: date) -> dict[str, object]:
    """Return the advice; `today` is the day by which notes are stale."""
    return {
        "schema_version": SCHEMA_VERSION,
        **_verdict(advice.verdict),
        "article": _verdict(advice.article),
        "reasons": [_reason(reason, advice.verdict.framework) for reason in advice.reasons],
        "today": {
            **_verdict(advice.today),
            "differs": advice.decides_otherwise_today,
            "because": list(advice.because),
            "changes": [_change(reason) for reason in advice.changes],
        },
        "flips": [_flip(flip) for flip in flips(advice)],
        "targets": [
            deployment_json(deployment)
            for deployment in deployments_of(advice.targets, advice.verdict.framework)
        ],
        "notes": [note_json(note, today) for note in advice.notes],
        "answers": {
            question_id: _answer(question_id, chosen) for question_id, chosen in advice.answers.items()
        },
    }


def note_json(note: Note, today: date) -> dict[str, object]:
    """Return one note; `today` is the day by which it is stale."""
    return note_facts_json(note) | {"stale": is_stale(note.checked, today)}


def note_facts_json(note: Note) -> dict[str, object]:
    """Return what a note says, whatever the day."""
    return {
        "id": note.id,
        "dimension": note.dimension,
        "concerns": [f"{question}.{option}" for question, option in note.concerns] or ["always"],
        "status": note.status,
        "grade": note.grade,
        "text": note.told,
        "sources": [{"title": source.title, "address": source.address} for source in note.sources],
        "source_dates": list(note.source_dates),
        "checked": note.checked.isoformat(),
    }


def deployment_json(deployment: Deployment) -> dict[str, object]:
    """Return what a target means with one framework."""
    return {
        "target": deployment.target,
        "framework": deployment.framework,
        "name": deployment.name,
        "status": deployment.status,
        "remark": deployment.remark,
        "tools": list(deployment.tools),
        "notes": list(deployment.notes),
    }


def _answer(question_id: str, chosen: tuple[str, ...]) -> object:
    return list(chosen) if load_knowledge().question(question_id).multiple else chosen[0]


def _verdict(verdict: Verdict) -> dict[str, object]:
    return {
        "framework": verdict.framework,
        "decided_by": verdict.decided_by,
        "confidence": verdict.confidence,
        "points": {framework: verdict.points.of(framework) for framework in FRAMEWORKS},
    }


def _reason(reason: Reason, framework: Framework | None) -> dict[str, object]:
    data: dict[str, object] = {
        "question": reason.question,
        "option": "+".join(reason.options),
        "dimension": reason.dimension,
        "title": reason.title,
        "points": reason.points,
        "favours": reason.favours,
        "text": reason.text,
        "status": reason.status,
        "points_today": reason.points_today,
        "notes": list(reason.notes),
    }
    return data if framework is None else data | {"side": "for" if reason.favours == framework else "against"}


def _change(reason: Reason) -> dict[str, object]:
    return {
        "question": reason.question,
        "option": "+".join(reason.options),
        "favours": reason.favours,
        "from": reason.points,
        "to": reason.points_today,
        "text": reason.text_today,
        "because": list(reason.because),
    }


def _flip(flip: Flip) -> dict[str, object]:
    return {
        "question": flip.question,
        "from": _answer(flip.question, flip.before),
        "to": _answer(flip.question, flip.after),
        "framework": flip.framework,
    }
