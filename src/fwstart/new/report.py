"""A planned project as JSON types, as docs/advice.schema.json describes them."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

from fwstart.doctor.report import part_json
from fwstart.new.answers import answer_rows
from fwstart.new.plan import remarks
from fwstart.report import json
from fwstart.settings.settings import all_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fwstart.doctor.diagnosis import Finding
    from fwstart.new.answers import Row
    from fwstart.new.plan import Plan


def to_json(
    plan: Plan, files: Iterable[str], findings: Iterable[Finding], *, dry_run: bool
) -> dict[str, object]:
    """Return what `fwstart new --json` prints; the advice's keys come first."""
    return {
        **json.to_json(plan.advice, date.today()),
        "project": asdict(plan.project),
        "settings": [_setting(row) for row in answer_rows(plan)],
        "remarks": remarks(plan),
        "machine": [part_json(finding) for finding in findings],
        "path": os.path.abspath(plan.place.path),  # noqa: PTH100  (links stay as the user wrote them)
        "files": list(files),
        "next_steps": list(plan.next_steps),
        "next_steps_without_uv": list(plan.without_uv),
        "command": plan.command,
        **({"dry_run": True} if dry_run else {}),
    }


def _setting(row: Row) -> dict[str, object]:
    field = next(field for field in all_fields() if field.key == row.key)
    several = row.value.split(", ") if row.value else []
    return {
        "key": row.key,
        "flag": field.flag,
        "value": several if field.multiple else row.value,
        "source": row.source,
        "accepted": list(field.values),
    }
