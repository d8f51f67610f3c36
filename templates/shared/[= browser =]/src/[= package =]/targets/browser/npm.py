"""Files of npm packages, of the versions and with the hashes that `package-lock.json` names; fetched once."""

import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...errors import ProjectError
from ...export.artifact import Gate
from ...files import user_cache, using_cache

PACKAGES = Path(__file__).with_name("package.json")
LOCK = "package-lock.json"  # next to it
TIMEOUT_SECONDS = 600  # for all packages; those that others need are fetched with them, and not used


@dataclass(frozen=True, kw_only=True)
class NpmPackage:
    """A package that `package.json` names, and which of its files are wanted under which names."""

    name: str
    files: Mapping[str, str]  # path within the package -> path within the export

    @property
    def version(self) -> str:
        """The version that the lock file names."""
        lock = json.loads(PACKAGES.with_name(LOCK).read_text(encoding="utf-8"))
        return str(lock["packages"][f"node_modules/{self.name}"]["version"])


@dataclass(frozen=True, kw_only=True)
class BrowserModel:
    """One form of the model in an export, and what the page runs it with."""

    variant: str  # "float32"
    runtime: str  # "ONNX Runtime Web"
    path: str  # relative to the export's folder; page/runtimes.js chooses the runtime by its suffix
    packages: tuple[NpmPackage, ...]  # the runtime; the first one's version is the runtime's
    gate: Gate


def place(packages: Iterable[NpmPackage], folder: Path) -> None:
    """Write the wanted files of the packages into `folder`; nothing of the packages is run.

    Raises:
        ProjectError: npm is missing, cannot fetch the packages, or fetched something else; or the cache
            cannot be used.
    """
    wanted = {
        Path(package.name, source): folder / target
        for package in packages
        for source, target in package.files.items()
    }
    digest = hashlib.sha256(PACKAGES.with_name(LOCK).read_bytes()).hexdigest()
    kept = cache_folder() / "npm" / digest[:16]
    with using_cache(kept):
        missing = [path for path in wanted if not (kept / path).is_file()]
        if missing:
            _fetch(missing, kept)
        contents = {target: (kept / path).read_bytes() for path, target in wanted.items()}
    for target, content in contents.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def cache_folder() -> Path:
    """Return where downloads are kept for every project of this user; the folder may not be there yet."""
    return user_cache() / "browser-export"


def _fetch(paths: Iterable[Path], kept: Path) -> None:
    """Have npm install all packages, and keep these files of them."""
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as temporary:
        _install(Path(temporary))
        for path in paths:
            (kept / path).parent.mkdir(parents=True, exist_ok=True)
            Path(temporary, "node_modules", path).replace(kept / path)


def _install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise ProjectError(
            "npm is not on the PATH; the browser's runtimes are npm packages.",
            fix="Install Node.js 20 or newer, which brings npm, and export again.",
        )
    names = json.loads(PACKAGES.read_text(encoding="utf-8"))["dependencies"]
    print("Fetching by npm:", ", ".join(f"{name} {version}" for name, version in names.items()), flush=True)
    for name in (PACKAGES.name, LOCK):
        shutil.copy(PACKAGES.with_name(name), folder)
    command = [npm, "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"]
    try:
        result = subprocess.run(  # noqa: S603 - no shell, and every argument is a constant or a path
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise _not_fetched(f"no answer for {TIMEOUT_SECONDS} seconds") from error
    except OSError as error:
        raise _not_fetched(str(error)) from error
    if "EINTEGRITY" in result.stderr:
        raise ProjectError(
            f"npm fetched another package than the project was tested with ({_reason(result.stderr)}).",
            fix="Find out where npm gets its packages from: npm config get registry",
        )
    if result.returncode != 0:
        raise _not_fetched(_reason(result.stderr))


def _not_fetched(reason: str) -> ProjectError:
    return ProjectError(
        f"npm could not fetch the browser's runtimes ({reason}).",
        fix=f"Export once with a network: {cache_folder()} keeps them for every later export.",
    )


def _reason(text: str) -> str:
    """Return the line of npm's that says most; those about its log come last."""
    lines = [line.removeprefix("npm error ").strip() for line in text.splitlines() if "npm error" in line]
    telling = [
        line for line in lines if not line.startswith(("code ", "A complete log", "errno ", "syscall "))
    ]
    return (telling or lines or ["no reason was given"])[0]
