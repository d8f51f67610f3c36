"""Versions of an export: which earlier ones stay, and what number one that was made elsewhere gets."""

import shutil
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ...export.manifest import Manifest, read_manifest
from ...files import sha256
from .config import CONTAINER_FOLDER, FILE_NAME, find_versions, models_config

KEPT_VERSIONS = 3  # the new one and those to go back to; earlier ones are dropped


def keep(earlier: Path, versions: Path) -> int:
    """Copy the versions in `earlier` that stay into `versions`; return the number of the next one."""
    numbers = find_versions(earlier)
    for number in numbers[: KEPT_VERSIONS - 1]:
        shutil.copytree(earlier / str(number), versions / str(number))
    return max(numbers, default=0) + 1


def follow(export: Path, earlier: Path) -> None:
    """Let the one version in a new export be the next after those of an earlier one.

    The newest of these are copied, so that there is something to go back to. `models.config` and
    `manifest.json` say what is in the folder then.

    Raises:
        ProjectError: the manifest cannot be read.
    """
    manifest = read_manifest(export)
    (variant,) = manifest.variants
    versions = export / manifest.name
    made = (export / variant.path).rename(export / "next")
    path = versions / str(keep(earlier / manifest.name, versions))
    made.rename(path)
    config = models_config(manifest.name, CONTAINER_FOLDER / manifest.name, find_versions(versions))
    (export / FILE_NAME).write_text(config, encoding="utf-8")
    files = [export / FILE_NAME, *(file for file in sorted(versions.rglob("*")) if file.is_file())]
    replace(
        manifest,
        variants=(replace(variant, path=path.relative_to(export).as_posix()),),
        sha256={file.relative_to(export).as_posix(): sha256(file) for file in files},
    ).write(export)


def newest_files(manifest: Manifest) -> dict[str, str]:
    """Return the SHA-256 of each file of an export's newest version, by its path in there."""
    (variant,) = manifest.variants
    paths = {name: PurePosixPath(name) for name in manifest.sha256}
    return {
        path.relative_to(variant.path).as_posix(): manifest.sha256[name]
        for name, path in paths.items()
        if path.is_relative_to(variant.path)
    }
