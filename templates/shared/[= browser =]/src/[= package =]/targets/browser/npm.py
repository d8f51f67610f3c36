"""Files of npm packages: fetched once by npm, checked against a pinned SHA-512, kept in the user's cache."""

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from ...errors import ProjectError
from .cache import cache_folder

TIMEOUT_SECONDS = 600  # for one archive; the largest is 33 MB


@dataclass(frozen=True, kw_only=True)
class NpmPackage:
    """One version of a package, and which of its files are wanted under which names."""

    name: str
    version: str
    integrity: str  # "sha512-" and the digest in Base64, as `npm view NAME@VERSION dist.integrity` prints it
    files: Mapping[str, str]  # path within the package -> path within the export
    imports: Mapping[str, str] = field(default_factory=dict)  # package that its modules import -> path to it

    @property
    def archive_name(self) -> str:
        """The name of the file that `npm pack` writes."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


def place(package: NpmPackage, folder: Path) -> None:
    """Write the wanted files of the package into `folder`; nothing of the package is run.

    A browser finds no packages by name: imports of other packages become imports of files.

    Raises:
        ProjectError: npm is missing, cannot fetch the package, or fetched something else.
    """
    archive = fetched(package)
    with tarfile.open(archive) as members:
        for source, target in package.files.items():
            content = cast("IO[bytes]", members.extractfile(f"package/{source}"))
            path = folder / target
            path.parent.mkdir(parents=True, exist_ok=True)
            with content:
                path.write_bytes(_with_paths(content.read(), package.imports))


def _with_paths(content: bytes, imports: Mapping[str, str]) -> bytes:
    for name, path in imports.items():
        content = content.replace(f'from "{name}"'.encode(), f'from "{path}"'.encode())
    return content


def fetched(package: NpmPackage) -> Path:
    """Return the package's archive: from the cache, else from where npm is set up to get packages.

    Raises:
        ProjectError: as for `place`.
    """
    path = cache_folder() / "npm" / package.archive_name
    if path.is_file() and integrity(path) == package.integrity:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as temporary:
        archive = _packed(package, Path(temporary))
        found = integrity(archive)
        if found != package.integrity:
            raise ProjectError(
                f"npm fetched {package.name} {package.version} with {found[:20]}..., and it must be"
                f" {package.integrity[:20]}...: this is not the archive that the project was tested with.",
                fix="Find out where npm gets its packages from: npm config get registry.",
            )
        archive.replace(path)
    return path


def integrity(path: Path) -> str:
    """Return the SHA-512 of a file in npm's notation."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha512").digest()
    return f"sha512-{base64.b64encode(digest).decode()}"


def _packed(package: NpmPackage, folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise ProjectError(
            "npm is not on the PATH; the browser's runtimes are npm packages.",
            fix="Install Node.js 20 or newer, which brings npm, and export again.",
        )
    print(f"Fetching {package.name} {package.version} by npm.", flush=True)
    wanted = f"{package.name}@{package.version}"
    command = [npm, "pack", wanted, "--ignore-scripts", "--pack-destination", str(folder)]
    try:
        result = subprocess.run(  # noqa: S603 - no shell, and every argument is a constant or a path
            command, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS
        )
        problem = "" if result.returncode == 0 else _last_error(result.stderr)
    except subprocess.TimeoutExpired:
        problem = f"no answer for {TIMEOUT_SECONDS} seconds"
    archive = folder / package.archive_name
    if problem or not archive.is_file():
        raise ProjectError(
            f"npm could not fetch {wanted} ({problem or 'no archive was written'}).",
            fix=f"Export once with a network: {cache_folder()} keeps the archives for every later export.",
        )
    return archive


def _last_error(text: str) -> str:
    """Return the line of npm's that says most; those about its log come last."""
    lines = [line.removeprefix("npm error ").strip() for line in text.splitlines() if "npm error" in line]
    telling = [
        line for line in lines if not line.startswith(("code ", "A complete log", "errno ", "syscall "))
    ]
    return (telling or lines or ["no reason was given"])[0]
