"""What a project recorded when it was generated: its answers, and the release that it is at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fwstart.errors import FwstartError
from fwstart.origin import ORIGIN, origin
from fwstart.questions import FRAMEWORKS
from fwstart.target import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ANSWERS_FILE = ".copier-answers.yml"
UNTOUCHED = "Nothing was touched."

_TAG = re.compile(r"v(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A project's answers file, checked."""

    origin: str
    version: tuple[int, int, int]
    answers: Mapping[str, Any]


def read_recorded(project: Path) -> Recorded:
    """Return what the project at this folder recorded.

    Raises:
        FwstartError: the folder is no project, or its answers file is damaged or from another template.
    """
    content = _load(project)
    source, tag = content.get("_src_path"), content.get("_commit")
    if not isinstance(source, str) or not isinstance(tag, str):
        raise _damaged(project, "`_src_path` or `_commit` is missing")
    if source not in {ORIGIN, origin()}:
        raise _foreign(project, source)
    found = _TAG.fullmatch(tag)
    if found is None:
        raise _damaged(project, f"`_commit` is {tag!r}, which is no release of fwstart")
    major, minor, patch = (int(part) for part in found.groups())
    answers = {key: value for key, value in content.items() if not key.startswith("_")}
    if answers.get("framework") not in FRAMEWORKS:
        raise _damaged(project, "`framework` is neither pytorch nor keras")
    if not isinstance(answers.get("deploy", []), list):
        raise _damaged(project, "`deploy` is no list")
    return Recorded(origin=source, version=(major, minor, patch), answers=answers)


def _load(project: Path) -> dict[str, Any]:
    import yaml

    try:
        content = yaml.safe_load((project / ANSWERS_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        problem = f"{shown(project)} is no project of fwstart: it has no {ANSWERS_FILE}."
        fix = f"Give the folder that `fwstart new` made, or restore that file. {UNTOUCHED}"
        raise FwstartError(problem, fix=fix) from None
    except OSError as error:
        problem = f"{shown(project / ANSWERS_FILE)} cannot be read: {error.strerror}."
        raise FwstartError(problem, fix=f"Make it readable. {UNTOUCHED}") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise _damaged(project, "it is not valid YAML") from error
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise _damaged(project, "it holds no `key: value` lines")
    return content


def _damaged(project: Path, why: str) -> FwstartError:
    problem = f"{shown(project / ANSWERS_FILE)} is damaged: {why}."
    fix = f"Restore it from an earlier commit: `git log -- {ANSWERS_FILE}` lists them. {UNTOUCHED}"
    return FwstartError(problem, fix=fix)


def _foreign(project: Path, source: str) -> FwstartError:
    problem = f"{shown(project)} comes from {shown(source)}, not from fwstart's releases ({ORIGIN})."
    fix = (
        f"If these are fwstart's templates, hosted there, set FWSTART_ORIGIN to that address; else run "
        f"`copier update`. {UNTOUCHED}"
    )
    return FwstartError(problem, fix=fix)
