"""Cut a release: the version, the changelog's date, and one more commit and tag in the bundle of templates.

Run in an environment with fwstart installed from this checkout, on a tree without other changes:
    python scripts/release.py 0.2.0

CHANGELOG.md must have a section `## 0.2.0 (unreleased)` or `## Unreleased`. Its text becomes the commit's
message, which `fwstart update` shows. The commit's author and date are fixed, so that the same templates and
the same section make the same commit anywhere.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime
from hashlib import sha1
from pathlib import Path

from plain_templates import plain_files

from fwstart.errors import FwstartError
from fwstart.template.releases import Release, read_releases, unbundle

CHECKOUT = Path(__file__).resolve().parents[1]
IDENTITY = "fwstart <fwstart@localhost>"

_SECTION = r"^## (?:Unreleased|{version} \(unreleased\))\n+(?P<notes>(?!## |\n).+?)\s*(?=^## |\Z)"


def main(arguments: list[str] | None = None) -> int:
    """Cut the release that the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("version", help="X.Y.Z, above all earlier ones")
    parser.add_argument(
        "--date", type=date.fromisoformat, default=datetime.now(UTC).date(), help="YYYY-MM-DD"
    )
    options = parser.parse_args(arguments)
    try:
        release = cut(CHECKOUT, options.version, options.date)
    except FwstartError as error:
        sys.stderr.write(f"error: {error.problem}\n{error.fix}\n")
        return error.exit_code
    print(
        f"{release.tag} is {release.commit}. Review, then: git add --all && git commit -m 'Release {release}'"
    )
    return 0


def cut(checkout: Path, version: str, day: date) -> Release:
    """Add a release to the checkout's bundle, list of releases, changelog and version; return it.

    Raises:
        FwstartError: the version or the changelog is not ready; nothing is changed.
    """
    bundle = checkout / "src/fwstart/template/templates.bundle"
    earlier = read_releases(bundle) if bundle.exists() else ()
    number = _next_version(version, earlier)
    changelog, notes = _dated(checkout / "CHANGELOG.md", version, day)
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder) / "templates.git"
        if earlier:
            unbundle(repository, bundle)
        else:
            _git(Path(folder), "init", "--quiet", "--bare", "--object-format=sha1", str(repository))
        parent = earlier[-1].commit if earlier else None
        message = f"fwstart {version}\n\n{notes}\n"
        _git(repository, "fast-import", "--quiet", given=_commit(checkout, version, day, message, parent))
        commit = _git(repository, "rev-parse", f"v{version}^{{commit}}").decode().strip()
        # Files that moved have no name in common with what they were: a wide window still finds them.
        _git(repository, "repack", "-a", "-d", "-f", "-q", "--depth=50", "--window=250")
        _git(repository, "bundle", "create", "--quiet", "--version=2", str(Path(folder) / "new"), "--tags")
        bundle.write_bytes((Path(folder) / "new").read_bytes())
    release = Release(version=number, commit=commit)
    _write_version(checkout / "src/fwstart/__init__.py", version)
    (checkout / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
    with (checkout / "tests/released.txt").open("a", encoding="utf-8") as hashes:
        hashes.write(f"{release.tag} {release.commit}\n")
    return release


def template_files(checkout: Path) -> dict[str, tuple[str, bytes]]:
    """Return mode and content of every file that a release consists of, by its path."""
    return {
        name: ("100755" if path.stat().st_mode & 0o100 else "100644", path.read_bytes())
        for name, path in plain_files(checkout).items()
    }


def released_files(repository: Path, release: Release) -> dict[str, tuple[str, str]]:
    """Return mode and hash of every file of a release, by its path."""
    listing = _git(repository, "ls-tree", "-r", "-z", release.commit).decode()
    lines = (line.partition("\t") for line in listing.split("\0") if line)
    return {path: (facts.split()[0], facts.split()[2]) for facts, _, path in lines}


def unreleased_changes(checkout: Path) -> list[str]:
    """Return the template files that differ from the newest release: changed, added or removed since."""
    bundle = checkout / "src/fwstart/template/templates.bundle"
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder) / "templates.git"
        unbundle(repository, bundle)
        released = released_files(repository, read_releases(bundle)[-1])
    present = {path: (mode, _hash(content)) for path, (mode, content) in template_files(checkout).items()}
    return sorted(
        path for path in released.keys() | present.keys() if released.get(path) != present.get(path)
    )


def _next_version(version: str, earlier: tuple[Release, ...]) -> tuple[int, int, int]:
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", version):
        raise FwstartError(f"The version is {version!r}; it must be X.Y.Z.", fix="For example: 0.2.0")
    major, minor, patch = (int(part) for part in version.split("."))
    if earlier and earlier[-1].version >= (major, minor, patch):
        problem = f"The version is {version}, and {earlier[-1]} is released already."
        raise FwstartError(problem, fix="Releases are never changed: choose a higher version.")
    return major, minor, patch


def _dated(path: Path, version: str, day: date) -> tuple[str, str]:
    """Return the changelog with the new section dated, and that section's text."""
    text = path.read_text(encoding="utf-8")
    section = re.search(_SECTION.format(version=re.escape(version)), text, flags=re.MULTILINE | re.DOTALL)
    if section is None:
        problem = f"CHANGELOG.md has no section `## {version} (unreleased)` with text in it."
        raise FwstartError(problem, fix="Write what changes for users there, then cut the release.")
    heading = f"## {version} ({day.isoformat()})\n\n"
    return text[: section.start()] + heading + text[section.start("notes") :], section["notes"]


def _write_version(path: Path, version: str) -> None:
    text = re.sub(r'^__version__ = ".*"$', f'__version__ = "{version}"', path.read_text(), flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")


def _commit(checkout: Path, version: str, day: date, message: str, parent: str | None) -> bytes:
    """Return the release as `git fast-import` takes it."""
    moment = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())
    stamp = f"{IDENTITY} {moment} +0000"
    lines = [
        f"commit refs/tags/v{version}\nauthor {stamp}\ncommitter {stamp}\n".encode()
        + _data(message.encode()),
        *([f"from {parent}\n".encode()] if parent else []),
        b"deleteall\n",
    ]
    for path, (mode, content) in template_files(checkout).items():
        lines += [f"M {mode} inline {path}\n".encode(), _data(content)]
    return b"".join(lines)


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _hash(content: bytes) -> str:
    return sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).hexdigest()


def _git(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    return subprocess.run(
        ["git", *arguments], cwd=folder, input=given, check=True, stdout=subprocess.PIPE
    ).stdout


if __name__ == "__main__":
    sys.exit(main())
