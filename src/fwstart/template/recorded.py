"""What a project recorded when it was generated: its answers and its release."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fwstart.advice.questions import FRAMEWORKS
from fwstart.errors import FwstartError
from fwstart.template.origin import ORIGIN, origin
from fwstart.terminal.spelling import quoted, shorten, shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ANSWERS_FILE = ".copier-answers.yml"
UNTOUCHED = "Nothing was touched."

MAX_BYTES = 65536  # what fwstart records is a hundredth of that
MAX_VALUES = 1000  # keys and values
MAX_DEPTH = 10

_TAG = re.compile(r"v(\d{1,9})\.(\d{1,9})\.(\d{1,9})")
_NO_PROJECT = "Run it in a folder that `fwstart new` created, or name one; or restore that file."
_TEXTS = (
    *("project_name", "package", "description", "author", "license", "python", "accelerator", "backbones"),
    "pipeline",
)


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
        raise _damaged(project, f"`_commit` is {quoted(tag)}, which is not a release of fwstart")
    major, minor, patch = (int(part) for part in found.groups())
    answers = {key: value for key, value in content.items() if not key.startswith("_")}
    if answers.get("framework") not in FRAMEWORKS:
        raise _damaged(project, "`framework` is neither pytorch nor keras")
    deploy = answers.get("deploy", [])
    if not isinstance(deploy, list) or not all(isinstance(target, str) for target in deploy):
        raise _damaged(project, "`deploy` must be a list of strings")
    if nested := [key for key in _TEXTS if isinstance(answers.get(key), dict | list | set | bytes)]:
        raise _damaged(project, f"`{nested[0]}` must be a string")
    return Recorded(origin=source, version=(major, minor, patch), answers=answers)


def _load(project: Path) -> dict[str, Any]:
    import yaml

    try:
        with (project / ANSWERS_FILE).open("rb") as file:
            read = file.read(MAX_BYTES + 1)
        excess = f"it is longer than {MAX_BYTES:,} bytes" if len(read) > MAX_BYTES else _excess(read.decode())
        content = None if excess else yaml.safe_load(read.decode())
    except (FileNotFoundError, NotADirectoryError):
        raise _no_project(project) from None
    except OSError as error:
        problem = f"{shown(project / ANSWERS_FILE)} cannot be read: {error.strerror}."
        raise FwstartError(problem, fix=f"Make it readable. {UNTOUCHED}") from error
    except (ValueError, yaml.YAMLError) as error:  # ValueError: no UTF-8, a 13th month, a number without end
        raise _damaged(project, "it is not valid YAML") from error
    if excess:
        raise _damaged(project, excess)
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise _damaged(project, "it contains no `key: value` lines")
    return content


def _excess(text: str) -> str:
    """Return what would take too long or too much memory to read; empty for every file that fwstart wrote."""
    import yaml

    values = depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            return "it has an alias (`*`), which stands for another part of it"
        values += isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if values > MAX_VALUES:
            return f"it has more than {MAX_VALUES:,} keys and values"
        if depth > MAX_DEPTH:
            return f"it is nested more than {MAX_DEPTH} deep"
    return ""


def _no_project(project: Path) -> FwstartError:
    """Return the error for a folder without an answers file; it names the project around it."""
    folder = project.resolve()
    problem = f"{shown(folder)} is not a fwstart project: it has no {ANSWERS_FILE}."
    around = next((each for each in folder.parents if (each / ANSWERS_FILE).is_file()), None)
    fix = f"The project is {shown(around)}: run it there." if around else _NO_PROJECT
    return FwstartError(problem, fix=f"{fix} {UNTOUCHED}")


def _damaged(project: Path, why: str) -> FwstartError:
    problem = f"{shown(project / ANSWERS_FILE)} is damaged: {why}."
    fix = f"Restore it from an earlier commit: `git log -- {ANSWERS_FILE}` lists them. {UNTOUCHED}"
    return FwstartError(problem, fix=fix)


def _foreign(project: Path, source: str) -> FwstartError:
    problem = f"{shown(project)} comes from {shorten(shown(source))}, not from fwstart's releases ({ORIGIN})."
    fix = (
        f"If these are fwstart's templates, hosted there, set FWSTART_ORIGIN to that address; otherwise run "
        f"`copier update`. {UNTOUCHED}"
    )
    return FwstartError(problem, fix=fix)
