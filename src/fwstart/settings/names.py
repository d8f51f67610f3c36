"""Names: the target folder's becomes the project's and, slugged, the package's; bad ones are refused."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fwstart.errors import UsageError
from fwstart.settings import reserved

if TYPE_CHECKING:
    from pathlib import Path

MAX_FOLDER_BYTES = 200  # file systems allow 255, and the staging folder's name is 18 longer
MAX_TEXT_LENGTH = 1000  # several sentences: it stands in one line of pyproject.toml and of the README
MAX_PACKAGE_LENGTH = 40  # with it every line of a generated file keeps within its 110 characters

# Latin letters that Unicode does not decompose into a base letter and an accent.
_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})  # noqa: RUF001


@dataclass(frozen=True, kw_only=True)
class ProjectName:
    """What a project and its package are called, and in words what was changed to get there."""

    project_name: str
    package: str
    remarks: tuple[str, ...]


def name_project(target: Path, package: str | None, subject: str = "--package") -> ProjectName:
    """Return the names for a project at `target`; `package` None means: from the folder's name.

    `subject` is what the package's name was given by, as an error calls it.

    Raises:
        UsageError: a name that Windows, Python or the project's own imports would stumble over.
    """
    folder = target.name if target.name not in {"", ".."} else target.resolve().name
    _check_folder(folder)
    given = folder if package is None else package
    slug = slugify(given)
    reason = _package_reason(slug)
    if reason:
        origin = (
            f'made from the folder name "{_shorten(folder)}"'
            if package is None
            else f'of {subject} "{_shorten(package)}"'
        )
        problem = f'The package name "{_shorten(slug)}", {_printable(origin)}, is refused: {reason}.'
        raise UsageError(problem, fix=f"Choose another name, for example: --package {_suggest(slug)}")
    remarks = () if slug == given else (f'Package: {slug} (from "{_shorten(_printable(given))}")',)
    return ProjectName(project_name=folder, package=slug, remarks=remarks)


def slugify(text: str) -> str:
    """Return letters a to z and digits, accents stripped, and one underscore for each run of anything else.

    Letters of other scripts are dropped: the result may be empty.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    kept = (character for character in decomposed if character.isascii() or not _is_letter(character))
    return re.sub(r"[^a-z0-9]+", "_", "".join(kept)).strip("_")


def check_text(field: str, value: str) -> str:
    """Return `value` without blanks around it; `field` is what the user calls it, such as `--author`.

    Raises:
        UsageError: it is not one line of text, or too long a one.
    """
    text = value.strip(" ")
    if len(text) > MAX_TEXT_LENGTH:
        problem = f"{field} has {len(text):,} characters; it may have at most {MAX_TEXT_LENGTH:,}."
        raise UsageError(problem, fix="Shorten it to a sentence; the project's README has room for more.")
    control = _find_control(text)
    if control:
        problem = (
            f"{field} has {control.description} at position {control.position}; it must be one line of text."
        )
        raise UsageError(problem, fix=f"Give {field} without line breaks or control characters.")
    return text


def _check_folder(name: str) -> None:
    reason = _folder_reason(name)
    if reason:
        problem = f'The folder name "{_shorten(_printable(name))}" is refused: {reason}.'
        raise UsageError(problem, fix="Choose another folder name, for example my-project.")


def _folder_reason(name: str) -> str | None:
    """Return why no project folder can have this name on Linux, macOS and Windows alike; None when it can."""
    control = _find_control(name)
    forbidden = next((character for character in name if character in reserved.WINDOWS_FORBIDDEN), None)
    reasons = {
        "it is empty": not name,
        f"it contains {control and control.description}": control is not None,
        f"it contains {forbidden}, which Windows or a configuration file does not allow": forbidden
        is not None,
        "commands would read the leading dash as an option": name.startswith("-"),
        "it begins with a space": name.startswith(" "),
        "Windows drops a dot or space at the end": name.endswith((".", " ")),
        "Windows reserves this name for a device": _is_device(name),
        f"it is longer than {MAX_FOLDER_BYTES} bytes": len(name.encode(errors="replace")) > MAX_FOLDER_BYTES,
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def _package_reason(slug: str) -> str | None:
    """Return why no package can have this name; None when it can."""
    reasons = {
        "it contains no letter from a to z and no digit": not slug,
        "it must begin with a letter from a to z": slug[:1].isdigit(),
        f"it is longer than {MAX_PACKAGE_LENGTH} characters": len(slug) > MAX_PACKAGE_LENGTH,
        "it is a Python keyword": slug in reserved.KEYWORDS,
        "it is a module of Python's standard library": slug in reserved.STANDARD_LIBRARY,
        "the project installs or imports a module of that name": slug
        in reserved.INSTALLED | reserved.RELATED,
        "the project has a folder or file of that name": slug in reserved.PROJECT_FOLDERS,
        "Windows reserves this name for a device": _is_device(slug),
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def _suggest(slug: str) -> str:
    """Return an acceptable package name close to a refused one."""
    if not slug:
        return "my_project"
    if len(slug) > MAX_PACKAGE_LENGTH:
        return slug[: MAX_PACKAGE_LENGTH // 2].strip("_") if slug[0].isalpha() else "my_project"
    return f"project_{slug}" if slug[0].isdigit() else f"my_{slug}"


def _is_device(name: str) -> bool:
    return name.split(".", maxsplit=1)[0].rstrip(" ").lower() in reserved.WINDOWS_DEVICES


def _is_letter(character: str) -> bool:
    """Return whether a character is a letter or accent: dropped from a slug, where others separate words."""
    return unicodedata.category(character)[0] in "LM"


@dataclass(frozen=True, kw_only=True)
class _Control:
    """The first character that breaks lines, controls terminals or is half of an undecodable byte."""

    position: int  # counted from 1
    description: str


def _find_control(text: str) -> _Control | None:
    for position, character in enumerate(text, start=1):
        if _is_control(character):
            known = {"\n": "a line break", "\r": "a line break", "\t": "a tab"}
            surrogate = unicodedata.category(character) == "Cs"
            other = "an undecodable byte" if surrogate else f"a control character (U+{ord(character):04X})"
            return _Control(position=position, description=known.get(character, other))
    return None


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def _printable(text: str) -> str:
    return "".join("?" if _is_control(character) else character for character in text)


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_PACKAGE_LENGTH else text[: MAX_PACKAGE_LENGTH - 3] + "..."
