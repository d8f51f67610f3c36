"""The released templates at `fwstart::templates`, through the real git."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.small_releases import SECOND, bundle_of, cut, git

from fwstart.template.releases import read_releases

ADDRESS = "fwstart::templates"


@pytest.fixture(autouse=True)
def helper(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the helper on PATH, as an installation does; it serves the test's own releases."""
    script = tmp_path / "bin" / "git-remote-fwstart"
    script.parent.mkdir()
    script.write_text(
        f"#!{sys.executable}\n"
        "import sys\nfrom pathlib import Path\nfrom fwstart.template import git_remote, releases\n"
        f"releases.BUNDLE = Path({str(bundle_of(checkout))!r})\nsys.exit(git_remote.main())\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    return script


def fails(folder: Path, *arguments: str) -> str:
    """Return what git says when it fails."""
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    return done.stderr


def test_tags_are_the_releases(checkout: Path, tmp_path: Path) -> None:
    """`git ls-remote` shows every release and nothing else."""
    cut(checkout, "0.2.0", SECOND)

    listed = [line.split("\t") for line in git(tmp_path, "ls-remote", ADDRESS).splitlines()]
    assert listed == [[one.commit, f"refs/tags/{one.tag}"] for one in read_releases()]


def test_mirror(tmp_path: Path) -> None:
    """A mirror, which is what copier makes, holds the files of a release."""
    git(tmp_path, "clone", "--quiet", "--mirror", ADDRESS, "mirror.git")

    assert "copier.yml\ntemplates" == git(tmp_path / "mirror.git", "ls-tree", "--name-only", "v0.1.0")


def test_mirror_learns_of_a_new_release(checkout: Path, tmp_path: Path) -> None:
    """A mirror from before an upgrade is brought up to date by `git remote update`."""
    git(tmp_path, "clone", "--quiet", "--mirror", ADDRESS, "mirror.git")
    cut(checkout, "0.2.0", SECOND)
    git(tmp_path / "mirror.git", "remote", "update", "--prune")

    assert "v0.1.0\nv0.2.0" == git(tmp_path / "mirror.git", "tag")


@pytest.mark.parametrize("protocol", ["0", "1", "2"])
def test_protocols(tmp_path: Path, protocol: str) -> None:
    """Every version of git's protocol gets through."""
    git(tmp_path, "-c", f"protocol.version={protocol}", "clone", "--quiet", "--mirror", ADDRESS, "mirror.git")

    assert "v0.1.0" == git(tmp_path / "mirror.git", "tag")


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """The unpacked releases are gone when the conversation is over."""
    git(tmp_path, "ls-remote", ADDRESS)

    assert [] == list((tmp_path / "temporary").iterdir())


def test_read_only(tmp_path: Path) -> None:
    """Pushing is refused in words."""
    git(tmp_path, "init", "--quiet", "repository")
    git(tmp_path / "repository", "commit", "--quiet", "--allow-empty", "--message", "x")

    said = fails(tmp_path / "repository", "push", ADDRESS, "HEAD:refs/heads/x")
    assert "fwstart: `connect git-receive-pack`: the released templates can only be read." in said


def test_damaged_bundle(checkout: Path, tmp_path: Path) -> None:
    """A broken installation says so; no traceback."""
    bundle_of(checkout).write_bytes(b"broken")

    said = fails(tmp_path, "ls-remote", ADDRESS)
    assert "Install fwstart again." in said
    assert "Traceback" not in said


def test_missing_helper(helper: Path, tmp_path: Path) -> None:
    """Without fwstart git says which command it missed, in the words that docs/update.md explains."""
    helper.unlink()

    # git looks in the folder of its own programs, too: nothing of the tests' environment may be on PATH.
    done = subprocess.run(
        ["git", "ls-remote", ADDRESS],
        cwd=tmp_path,
        env={**os.environ, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "git: 'remote-fwstart' is not a git command" in done.stderr
