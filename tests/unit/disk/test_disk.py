"""Disks that refuse: read-only and full, on real file systems of our own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

UNSHARE = ["unshare", "--map-root-user", "--mount"]


def _may_mount() -> bool:
    try:
        return (
            subprocess.run([*UNSHARE, "true"], check=False, capture_output=True, timeout=10).returncode == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


# The tests may run as root, to whom permissions mean nothing: only a file system can refuse.
pytestmark = pytest.mark.skipif(
    not _may_mount(), reason="mounting a tmpfs needs unshare -rm, which is not permitted"
)

# Creates a project of 100 files of 4 KB, prints the error or "created".
SCRIPT = """
import sys
from pathlib import Path
from fwstart.errors import FwstartError
from fwstart.disk.staging import staged
try:
    with staged(Path(sys.argv[1])) as folder:
        for number in range(100):
            (folder / f"file{number}").write_bytes(bytes(4096))
    print("created")
except FwstartError as error:
    print(error.problem, error.fix)
"""

REAL_SCRIPT = """
import sys
from pathlib import Path
from fwstart.errors import FwstartError
from fwstart.template.render import ProjectAnswers, create
answers = ProjectAnswers(
    framework="keras", project_name="demo", package="demo", description="", author="",
    license="mit", python="3.11", deploy=(), accelerator="cpu", backbones="none", pipeline="none",
)
try:
    create(Path(sys.argv[1]), answers, {})
    print("created")
except FwstartError as error:
    print(error.problem, error.fix)
"""


def on_tmpfs(folder: Path, prepare: str, target: str, script: str = SCRIPT) -> list[str]:
    """Run the script on a tmpfs of 1 MB that a shell line has made ready.

    Returns what it said, and last "unchanged" where the files are the same as before.
    """
    (folder / "script.py").write_text(script, encoding="utf-8")
    (folder / "disk").mkdir()
    steps = "\n".join(
        [
            "set -e",
            f"mount -t tmpfs -o size=1m tmpfs {folder}/disk",
            f"cd {folder}/disk",
            prepare,
            "find . | sort > ../before",
            f"{sys.executable} -B {folder}/script.py {target}",
            "find . | sort > ../after",
            "diff ../before ../after && echo unchanged",
        ]
    )
    command = [*UNSHARE, "sh", "-c", steps]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path)
    }
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, env=environment)
    return done.stdout.splitlines()


FULL_WORDS = "the disk is full. Free a few megabytes or choose a folder on another disk."
READ_ONLY_WORDS = (
    "it is read-only or belongs to someone else. Choose a folder that you may write to. Nothing was changed."
)
FULL = "head -c 800000 /dev/zero > ballast"


@pytest.mark.parametrize(
    ("prepare", "target"),
    [
        (FULL, "demo"),
        (FULL, "a/b/demo"),
        (f"{FULL}; mkdir demo", "demo"),
        (f"{FULL}; mkdir -p demo/.git; touch demo/.git/HEAD", "demo"),
    ],
)
def test_disk_fills_up(tmp_path: Path, prepare: str, target: str) -> None:
    """Half a project does not stay, nor a folder that was made for it; the error says what to do."""
    assert on_tmpfs(tmp_path, prepare, target) == [
        f"No project can be created at {target}: {FULL_WORDS}",
        "unchanged",
    ]


def test_disk_is_full_already(tmp_path: Path) -> None:
    """Not even the first file fits."""
    said = on_tmpfs(tmp_path, "head -c 2000000 /dev/zero > ballast || true", "demo")

    assert [said[0].split(": ")[1].split(". ")[0], said[1]] == ["the disk is full", "unchanged"]


def test_no_inode_is_left(tmp_path: Path) -> None:
    """A disk can also run out of files."""
    said = on_tmpfs(tmp_path, f"mount -o remount,nr_inodes=20 {tmp_path}/disk", "demo")

    assert [said[0].split(": ")[1].split(". ")[0], said[1]] == ["the disk is full", "unchanged"]


def test_disk_is_large_enough(tmp_path: Path) -> None:
    """The very same project fits into an empty disk."""
    assert on_tmpfs(tmp_path, "true", "demo")[0] == "created"


@pytest.mark.parametrize(
    ("prepare", "target", "refused"),
    [("true", "demo", "{disk}"), ("true", "a/demo", "{disk}"), ("mkdir demo", "demo", "demo")],
)
def test_disk_is_read_only(tmp_path: Path, prepare: str, target: str, refused: str) -> None:
    """It is said before anything is tried."""
    remounted = f"{prepare}; mount -o remount,ro {tmp_path}/disk"

    assert on_tmpfs(tmp_path, remounted, target) == [
        f"{refused.format(disk=tmp_path / 'disk')} cannot be written to: {READ_ONLY_WORDS}",
        "unchanged",
    ]


def test_real_project_on_a_full_disk(tmp_path: Path) -> None:
    """Copier meets the full disk in the middle of a rendering."""
    said = on_tmpfs(tmp_path, "head -c 1024000 /dev/zero > ballast", "demo", REAL_SCRIPT)

    assert said == [
        f"No project can be created at demo: {FULL_WORDS}",
        "unchanged",
    ]
