"""The released templates: what is released stays as it is, and a release is what the checkout holds."""

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import release
from support import CHECKOUT, small_releases
from support.small_releases import DAY, FIRST, SECOND, bundle_of, cut, git, small_checkout, template_of
from support.smoke.documents import our_document

from fwstart import __version__
from fwstart.errors import FwstartError
from fwstart.template import releases
from fwstart.template.releases import read_notes, read_releases, unbundle

RELEASED = CHECKOUT / "tests/released.txt"


def test_releases_stay_as_they_are() -> None:
    """Every release has the hash that it had when it was cut, and tests/released.txt lists them all.

    If this fails, something else than `python scripts/release.py` changed templates.bundle: restore it. No
    line of released.txt is ever changed.
    """
    lines = RELEASED.read_text(encoding="utf-8").splitlines()

    assert lines == [f"{one.tag} {one.commit}" for one in read_releases()]


def test_each_release_follows_the_one_before(tmp_path: Path) -> None:
    """The releases are one line of history, so that none can have been taken out of it."""
    unbundle(tmp_path / "templates.git")
    known = read_releases()

    history = git(tmp_path / "templates.git", "log", "--format=%H", known[-1].commit).splitlines()
    assert [one.commit for one in known] == history[::-1]


def test_newest_release_is_the_checkout() -> None:
    """A released version's templates are those of its release; a .dev version says that another will come."""
    newest = read_releases()[-1]
    changes = release.unreleased_changes(CHECKOUT)
    if __version__ == str(newest):
        assert [] == changes, (
            f"{', '.join(changes[:5])} changed since {newest.tag}: python scripts/release.py X.Y.Z; "
            'or, if it comes later, set __version__ = "X.Y.Z.dev0" in src/fwstart/__init__.py until then.'
        )
    else:
        version, _, development = __version__.partition(".dev")
        assert development.isdigit(), f"{__version__} is not released: cut it, or call it {__version__}.dev0"
        assert tuple(int(part) for part in version.split(".")) > newest.version


def test_changelog_has_every_release() -> None:
    """Each release is dated in CHANGELOG.md."""
    changelog = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert all(f"\n## {one} (20" in changelog for one in read_releases())


def test_releases_are_in_order_of_version(checkout: Path) -> None:
    """0.10.0 comes after 0.9.0, whatever the alphabet says."""
    for version in ("0.9.0", "0.10.0"):
        cut(checkout, version, {"README.md.jinja": version})

    assert [str(one) for one in read_releases()] == ["0.1.0", "0.9.0", "0.10.0"]


def test_printed_command(checkout: Path) -> None:
    """The command in docs/contributing.md cuts the release that is put in the place of its version."""
    (checkout / "scripts").mkdir()
    for name in ("release.py", "plain_templates.py"):
        shutil.copy(CHECKOUT / "scripts" / name, checkout / "scripts")
    (checkout / ".venv").symlink_to(sys.prefix)
    small_releases.write(checkout, {"CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n- Something.\n"})
    (command,) = our_document("docs/contributing.md").commands("docs/contributing.md#Releases")
    subprocess.run(["bash", "-c", command.replace("<X.Y.Z>", "0.2.0")], cwd=checkout, check=True)

    assert ["0.1.0", "0.2.0"] == [str(one) for one in read_releases()]


def test_same_templates_make_the_same_release(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut elsewhere, by someone else, in another order of files, a release has the same hash."""
    other = small_checkout(tmp_path / "other")
    for name, value in (("AUTHOR_NAME", "Bo"), ("COMMITTER_DATE", "@9 +0100"), ("DEFAULT_HASH", "sha256")):
        monkeypatch.setenv(f"GIT_{name}", value)
    cut(other, "0.1.0", dict(reversed(FIRST.items())), "- The first.")

    assert read_releases(bundle_of(other)) == read_releases(bundle_of(checkout))


def test_release_is_the_templates(checkout: Path, tmp_path: Path) -> None:
    """Its files are copier.yml and templates/, byte for byte, and nothing compiled."""
    (checkout / "templates/pytorch/__pycache__").mkdir()
    (checkout / "templates/pytorch/__pycache__/x.pyc").touch()
    cut(checkout, "0.2.0", SECOND)
    template = template_of(bundle_of(checkout), tmp_path / "unpacked")

    present = {path.relative_to(template).as_posix(): path.read_bytes() for path in files_in(template)}
    assert {name: content for name, (_, content) in release.template_files(checkout).items()} == present
    assert not any("__pycache__" in name for name in present)


def test_release_has_no_links(checkout: Path, tmp_path: Path) -> None:
    """What both frameworks share is in the folder of each, whether git made a link there or a text file."""
    small_releases.write(checkout / "templates/shared", {"both.txt": "Both.\n"})
    (checkout / "templates/pytorch/[= shared =]").symlink_to("../shared")
    (checkout / "templates/keras/[= shared =]").write_text("../shared")
    cut(checkout, "0.2.0", SECOND)
    template = template_of(bundle_of(checkout), tmp_path / "unpacked")

    for framework in ("pytorch", "keras"):
        assert "Both.\n" == (template / f"templates/{framework}/[= shared =]/both.txt").read_text()
    assert not (template / "templates/shared").exists()
    assert [] == release.unreleased_changes(checkout)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_release_writes_everything_down(checkout: Path, tmp_path: Path) -> None:
    """The version, the changelog's date, the list of hashes and the notes within the bundle."""
    made = cut(checkout, "0.2.0", SECOND, "- New.\n- And more.")
    unbundle(tmp_path / "templates.git", bundle_of(checkout))

    assert (checkout / "src/fwstart/__init__.py").read_text() == '__version__ = "0.2.0"\n'
    assert (
        f"\n## 0.2.0 ({DAY})\n\n- New.\n- And more.\n\n## 0.1.0 (" in (checkout / "CHANGELOG.md").read_text()
    )
    assert (checkout / "tests/released.txt").read_text().endswith(f"\nv0.2.0 {made.commit}\n")
    assert read_notes(tmp_path / "templates.git", made) == "- New.\n- And more."


def test_changes_since_the_release(checkout: Path) -> None:
    """What changed, came or went since is named; nothing else is."""
    assert release.unreleased_changes(checkout) == []
    small_releases.write(checkout / "templates/keras", {"old.txt": None, "x.txt": "", "image.png": "other"})

    names = ["templates/keras/image.png", "templates/keras/old.txt", "templates/keras/x.txt"]
    assert release.unreleased_changes(checkout) == names


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "1", "v0.2.0", "0.2.0.dev0", "0.02.0"])
def test_refused_version(checkout: Path, version: str) -> None:
    """A version that is no version or not above the last one changes nothing."""
    before = {path: path.read_bytes() for path in files_in(checkout)}
    (checkout / "CHANGELOG.md").write_text("## Unreleased\n\n- Something.\n")
    before[checkout / "CHANGELOG.md"] = b"## Unreleased\n\n- Something.\n"
    with pytest.raises(FwstartError):
        release.cut(checkout, version, DAY)

    assert before == {path: path.read_bytes() for path in files_in(checkout)}


@pytest.mark.parametrize("text", ["", "## Unreleased\n\n## 0.1.0 (2026-11-23)\n\n- Old.\n"])
def test_refused_changelog(checkout: Path, text: str) -> None:
    """A release that has nothing to say is not cut."""
    (checkout / "CHANGELOG.md").write_text(text)
    with pytest.raises(FwstartError, match="no section"):
        release.cut(checkout, "0.2.0", date(2026, 1, 1))

    assert len(read_releases()) == 1


def test_missing_bundle(tmp_path: Path) -> None:
    """An installation without the bundle says what to do."""
    with pytest.raises(FwstartError, match="No such file") as caught:
        read_releases(tmp_path / "none.bundle")

    assert caught.value.fix == "Install fwstart again."


@pytest.mark.parametrize("content", [b"", b"# v2 git bundle\n", b"version https://git-lfs\n\nPACK"])
def test_damaged_head(tmp_path: Path, content: bytes) -> None:
    """Neither an empty file nor a placeholder of Git LFS is taken for a bundle."""
    (tmp_path / "x.bundle").write_bytes(content)
    with pytest.raises(FwstartError, match="is damaged"):
        read_releases(tmp_path / "x.bundle")


def test_damaged_pack(checkout: Path, tmp_path: Path) -> None:
    """A truncated bundle is refused when it is unpacked."""
    content = bundle_of(checkout).read_bytes()
    (tmp_path / "x.bundle").write_bytes(content[: len(content) - 40])
    with pytest.raises(FwstartError, match="is damaged") as caught:
        unbundle(tmp_path / "templates.git", tmp_path / "x.bundle")

    assert "Install fwstart again." == caught.value.fix


def test_whole_bundle_that_cannot_be_unpacked(checkout: Path, tmp_path: Path) -> None:
    """Where the disk is what refuses, installing fwstart again is not the advice."""
    (tmp_path / "templates.git").write_text("in the way")
    with pytest.raises(FwstartError, match=r"git cannot unpack .*: destination path") as caught:
        unbundle(tmp_path / "templates.git", bundle_of(checkout))

    assert "Install" not in caught.value.fix
    assert "TMPDIR" in caught.value.fix


def test_bundle_is_within_the_package() -> None:
    """It lies beside the modules, where the wheel takes it along."""
    assert ["fwstart", "template"] == [*releases.BUNDLE.parts[-3:-1]]
    assert (
        subprocess.run(
            ["git", "bundle", "verify", releases.BUNDLE], capture_output=True, check=False
        ).returncode
        == 0
    )
