"""The released templates: a git bundle within the package, one commit and one tag for every version.

What a release is called and holds is fixed for good: projects name it in their answers file and are updated
from it. `scripts/release.py` adds one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from typing import TYPE_CHECKING

from fwstart.errors import FwstartError
from fwstart.git.run import git_bytes, run_git
from fwstart.terminal.spelling import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

BUNDLE = Path(__file__).resolve().parent / "templates.bundle"
SECONDS = 60.0  # for git to read all of it, on a slow disk

_SIGNATURE = b"# v2 git bundle\n"
_REFERENCE = re.compile(rb"([0-9a-f]{40}) refs/tags/v(\d+)\.(\d+)\.(\d+)")
_SUBJECT = re.compile(r"fwstart \d+\.\d+\.\d+\n+")


@dataclass(frozen=True, kw_only=True, order=True)
class Release:
    """One version of the templates; releases are ordered by version."""

    version: tuple[int, int, int]
    commit: str

    @property
    def tag(self) -> str:
        """The name by which projects refer to it."""
        return f"v{self}"

    def __str__(self) -> str:
        return ".".join(str(part) for part in self.version)


def read_releases(bundle: Path | None = None) -> tuple[Release, ...]:
    """Return all releases, the oldest first; needs no git, as the head of a bundle is text.

    Raises:
        FwstartError: the bundle is missing or damaged.
    """
    bundle = bundle or BUNDLE
    try:
        head, _, pack = bundle.read_bytes().partition(b"\n\n")
    except OSError as error:
        raise _unusable(bundle, f"cannot be read: {error.strerror}") from error
    if not head.startswith(_SIGNATURE) or not pack.startswith(b"PACK"):
        raise _unusable(bundle, "is damaged")
    return tuple(sorted(_releases(head)))


def _releases(head: bytes) -> Iterator[Release]:
    for line in head.splitlines():
        if found := _REFERENCE.fullmatch(line):
            commit, major, minor, patch = (part.decode() for part in found.groups())
            yield Release(version=(int(major), int(minor), int(patch)), commit=commit)


def unbundle(folder: Path, bundle: Path | None = None) -> None:
    """Make `folder` a bare repository with all releases (50 of them: 69 KB, 45 ms).

    Raises:
        FwstartError: git cannot read the bundle.
    """
    bundle = bundle or BUNDLE
    arguments = ("clone", "--quiet", "--mirror", "--template=", "--", str(bundle), str(folder))
    cloned = run_git(folder.parent, *arguments, seconds=SECONDS, own=True)
    if cloned.code == 0:
        return
    if not _is_whole(bundle):
        raise _unusable(bundle, "is damaged")
    problem = f"git cannot unpack fwstart's released templates in {shown(folder.parent)}: {cloned.words}."
    fix = "Fix that, then try again; TMPDIR sets the folder for temporary files. Nothing was touched."
    raise FwstartError(problem, fix=fix)


def unpack(repository: Path, release: Release, folder: Path) -> None:
    """Write the files of a release into `folder`, from the unpacked bundle."""
    folder.mkdir()
    variables = {"GIT_INDEX_FILE": str(folder.with_name(f"{folder.name}.index"))}
    work = f"--work-tree={folder}"
    arguments = (f"--git-dir={repository}", work, "checkout", "--quiet", "--force", release.commit)
    git_bytes(folder, *arguments, "--", ".", variables=variables, own=True)


def read_notes(repository: Path, release: Release) -> str:
    """Return what the changelog says about a release, from the unpacked bundle."""
    show = (f"--git-dir={repository}", "log", "-1", "--format=%B", release.commit)
    message = run_git(repository.parent, *show, own=True).output
    return _SUBJECT.sub("", message, count=1).strip()


def _is_whole(bundle: Path) -> bool:
    """Whether the pack within a bundle ends with its own checksum, as git writes it."""
    pack = bundle.read_bytes().partition(b"\n\n")[2]
    return sha1(pack[:-20], usedforsecurity=False).digest() == pack[-20:]


def _unusable(bundle: Path, why: str) -> FwstartError:
    return FwstartError(f"fwstart's released templates, {bundle}: {why}.", fix="Install fwstart again.")
