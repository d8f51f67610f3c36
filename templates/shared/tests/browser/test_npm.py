"""Files of npm packages are those that are pinned, and fetched once."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from [= package =].browser.cache import cache_folder
from [= package =].browser.npm import NpmPackage, integrity, place
from [= package =].errors import ProjectError

CONTENT = b'import { x } from "@scope/other";\nimport { y } from "./mine.js";\n'


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the user's cache out of it."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    return cache_folder() / "npm"


@pytest.fixture
def package(tmp_path: Path) -> NpmPackage:
    """Return a package whose archive lies in `tmp_path`."""
    archive = tmp_path / "scope-thing-1.2.3.tgz"
    with tarfile.open(archive, "w:gz") as file:
        member = tarfile.TarInfo("package/dist/index.js")
        member.size = len(CONTENT)
        file.addfile(member, io.BytesIO(CONTENT))
    return NpmPackage(
        name="@scope/thing",
        version="1.2.3",
        integrity=integrity(archive),
        files={"dist/index.js": "thing/thing.js"},
        imports={"@scope/other": "./other.js"},
    )


def fake_npm(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a stand-in for npm on the PATH, and nothing else but the system's own tools."""
    if os.name == "nt":
        pytest.skip("the stand-in is a shell script")
    folder.mkdir()
    (folder / "npm").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_files_of_a_cached_archive_are_placed_offline(
    package: NpmPackage, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without npm as well; imports by a package's name become paths, others stay."""
    cache.mkdir(parents=True)
    (tmp_path / package.archive_name).rename(cache / package.archive_name)
    monkeypatch.setenv("PATH", "")

    place(package, tmp_path / "runtime")

    expected = CONTENT.replace(b"@scope/other", b"./other.js")
    assert expected == (tmp_path / "runtime" / "thing" / "thing.js").read_bytes()


def test_archive_is_fetched_by_npm_and_kept(
    package: NpmPackage, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged archive in the cache is replaced by a fetched one."""
    cache.mkdir(parents=True)
    (cache / package.archive_name).write_bytes(b"damaged")
    fake_npm(tmp_path / "bin", f'cp "{tmp_path / package.archive_name}" "$5"', monkeypatch)

    place(package, tmp_path / "runtime")

    assert (tmp_path / "runtime" / "thing" / "thing.js").is_file()
    assert package.integrity == integrity(cache / package.archive_name)
    assert [package.archive_name] == [path.name for path in cache.iterdir()]


def test_another_archive_than_the_pinned_one_is_refused(
    package: NpmPackage, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is kept."""
    fake_npm(tmp_path / "bin", f'echo evil > "$5/{package.archive_name}"', monkeypatch)

    with pytest.raises(ProjectError, match=r"@scope/thing 1\.2\.3 with sha512-.* it must be sha512-"):
        place(package, tmp_path / "runtime")

    assert [] == list(cache.iterdir())


def test_missing_npm_says_what_to_install(
    package: NpmPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Node.js brings npm."""
    monkeypatch.setenv("PATH", "")

    with pytest.raises(ProjectError, match=r"npm is not on the PATH.*Install Node\.js"):
        place(package, tmp_path / "runtime")


def test_npm_without_network_says_what_to_do(
    package: NpmPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason that npm gives is passed on, its code and its log are not."""
    script = 'printf "npm error code ENOTFOUND\\nnpm error network is unreachable\\n" >&2; exit 1'
    fake_npm(tmp_path / "bin", script, monkeypatch)

    with pytest.raises(ProjectError, match=r"\(network is unreachable\)\. Export once with a network"):
        place(package, tmp_path / "runtime")
