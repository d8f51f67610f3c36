"""The folders in which the cache keeps decoded samples: where they are, what they hold, and removing them.

<cache folder>/<key>/          whole, or not there: while it is filled it is called <key>.partial
    inputs.uint8               the samples as the model takes them, one after the other
    contents.json              what they are, and which files could not be read
"""

import json
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from ..config.settings import DataConfig
from ..files import is_folder, user_cache

KEY_LENGTH = 24  # hexadecimal digits
CONTENTS, INPUTS = "contents.json", "inputs.uint8"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One folder of the cache: `source` is the folder of the files, `last_used` a time in UTC."""

    path: Path
    source: str
    samples: int
    megabytes: float
    last_used: str


def contents_of(folder: Path) -> dict[str, Any]:
    """Return what the folder says that it holds.

    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged.
    """
    contents: dict[str, Any] = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
    return contents


def is_whole(folder: Path) -> bool:
    """Whether the folder is there with as many bytes as it says: a disk can lose what it has written."""
    try:
        contents = contents_of(folder)
        num_bytes: int = contents["samples"] * int(np.prod(contents["shape"]))
        return (folder / INPUTS).stat().st_size == num_bytes
    except (OSError, ValueError, KeyError, TypeError):
        return False


def partial_of(folder: Path) -> Path:
    """Return what the folder is called while it is filled."""
    return folder.with_name(f"{folder.name}.partial")


def lock_of(folder: Path) -> Path:
    """Return the file that a process holds while it fills or removes the folder."""
    return folder.with_name(f"{folder.name}.lock")


def cache_folder(config: DataConfig) -> Path:
    """Return where samples are kept on the disk; the folder may not be there yet."""
    if config.disk_cache_folder:
        return Path(config.disk_cache_folder).expanduser()
    return user_cache() / str(__package__).partition(".")[0] / "samples"


def _folders(config: DataConfig) -> list[Path]:
    """Return the folders of samples, whole or not, but not what else may lie in the same place."""
    names = {path.name.removesuffix(".partial") for path in cache_folder(config).glob("*") if is_folder(path)}
    found = (name for name in sorted(names) if re.fullmatch(f"[0-9a-f]{{{KEY_LENGTH}}}", name))
    return [cache_folder(config) / name for name in found]


def list_cache(config: DataConfig) -> list[Entry]:
    """Return what the cache holds, the last used first."""
    entries = []
    for folder in filter(is_whole, _folders(config)):
        contents = contents_of(folder)
        entry = Entry(
            path=folder,
            source=contents["source"],
            samples=contents["samples"],
            megabytes=round((folder / INPUTS).stat().st_size / 1e6, 1),
            last_used=datetime.fromtimestamp(folder.stat().st_mtime, UTC).isoformat(timespec="seconds"),
        )
        entries.append(entry)
    return sorted(entries, key=lambda entry: entry.last_used, reverse=True)


def clear_cache(config: DataConfig) -> list[Path]:
    """Remove all samples from the cache, but those that a process is decoding; return what was removed.

    A run that is reading some keeps them until it ends (not on Windows, where they stay).
    """
    removed = []
    for folder in _folders(config):
        with suppress(Timeout, OSError), FileLock(lock_of(folder), timeout=0):
            if (left := partial_of(folder)).exists():
                shutil.rmtree(left)
                removed.append(left)
            if folder.exists():
                folder.rename(left)  # what cannot be moved stays as it is
                shutil.rmtree(left)
                removed.append(folder)
    return removed
