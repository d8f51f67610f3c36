"""The backbones that `fetch` has brought: what is known of each, and that its files are whole.

<user's cache>/<package>/backbones/<name>.json     what `fetch` found, with the files and their SHA-256

The files themselves stay in the libraries' own caches, which other projects use, too.
"""

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ...errors import ProjectError, command
from ...files import user_cache, using_cache, write_json
from ...runs.backbone import Backbone
from .source import Files, fingerprint


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A backbone on this machine."""

    backbone: Backbone
    files: Files

    @property
    def folder(self) -> Path:
        """The folder of the first of its files."""
        return min(self.files.values(), key=lambda path: len(path.parts)).parent


def fetched_folder() -> Path:
    """Return where is kept what is known of fetched backbones; it may not be there yet."""
    return user_cache() / str(__package__).partition(".")[0] / "backbones"


def write_fetched(fetched: Fetched) -> None:
    """Remember a backbone.

    Raises:
        ProjectError: the cache cannot be written.
    """
    with using_cache(fetched_folder()):
        fetched_folder().mkdir(parents=True, exist_ok=True)
    files = {name: str(path) for name, path in fetched.files.items()}
    write_json(_record(fetched.backbone.name), {"backbone": asdict(fetched.backbone), "files": files})


def list_fetched() -> list[Fetched]:
    """Return the backbones that were fetched, by name; a damaged record is left out."""
    found = []
    for record in sorted(fetched_folder().glob("*.json")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            found.append(_read(record))
    return found


def find_fetched(name: str) -> Fetched:
    """Return the backbone called `name`, whose files are those that were fetched.

    Raises:
        ProjectError: it was not fetched, or a file is missing or was changed; the fix fetches it.
    """
    fix = f"Run: {command(f'fetch {name}')}"
    try:
        fetched = _read(_record(name))
    except FileNotFoundError as error:
        raise ProjectError(f"The weights of {name} were not fetched yet.", fix=fix) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProjectError(f"{_record(name)} cannot be read ({error}).", fix=fix) from error
    if missing := [str(path) for path in fetched.files.values() if not path.is_file()]:
        raise ProjectError(f"The weights of {name} are gone: {missing[0]} is missing.", fix=fix)
    found = fingerprint(fetched.files)["sha256"]
    if found != fetched.backbone.sha256:
        raise ProjectError(
            f"The weights of {name} in {fetched.folder} are not those that were fetched: their SHA-256 is"
            f" {found}, it was {fetched.backbone.sha256}.",
            fix=f"Run: {command(f'fetch --remove {name}')} && {command(f'fetch {name}')}",
        )
    return fetched


def remove_fetched(name: str) -> Fetched:
    """Remove the files of a backbone and what is known of it; return what it was.

    Raises:
        ProjectError: it was not fetched.
    """
    record = _record(name)
    try:
        fetched = _read(record)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProjectError(
            f"{name} was not fetched.", fix=f"To list what was, run: {command('fetch --list')}"
        ) from error
    others = [each for each in list_fetched() if each.backbone.name != name]
    shared = {path for each in others for path in each.files.values()}
    for path in set(fetched.files.values()) - shared:
        target = path.resolve()  # in the cache of Hugging Face's Hub a file is a link
        path.unlink(missing_ok=True)
        target.unlink(missing_ok=True)
    record.unlink()
    return fetched


def _record(name: str) -> Path:
    words = re.sub(r"[^\w.-]+", "-", name)
    return fetched_folder() / f"{words}-{hashlib.sha256(name.encode()).hexdigest()[:8]}.json"


def _read(record: Path) -> Fetched:
    values = json.loads(record.read_text(encoding="utf-8"))
    backbone = Backbone.taken_from(values["backbone"])
    if backbone is None:
        raise ValueError("no backbone")
    return Fetched(backbone=backbone, files={name: Path(path) for name, path in values["files"].items()})
