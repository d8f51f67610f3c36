"""What `fwstart update` says of files that leave a project and that a further target would keep."""

import json
import shlex
from pathlib import Path

import pytest
from support.small_releases import FIRST, commit, cut, snapshot

from fwstart.cli.app import main

MODEL, TRAIN = "src/[= package =]/model.py", "src/[= package =]/train.py"


@pytest.fixture
def newer(checkout: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of a project from which the next release takes a file into the server layer."""
    cut(checkout, "0.2.0", {"old.txt": None, "[= server =]/old.txt": FIRST["old.txt"]})
    monkeypatch.chdir(project.parent)
    return Path("demo")


def test_words(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file, what its absence means, and the command that keeps it are said before the outcome."""
    assert 0 == main(["update", "demo"])
    out = capsys.readouterr().out
    assert "\n1 file leaves this project, because it is now part of the target server:\n  old.txt\n" in out
    assert "Without the target `server`, `serve` answers this machine only" in out
    assert (
        "To keep them, or to get them back later (commit first):\n"
        "  fwstart update demo --deploy server\n\nFiles: 1 changed, 1 deleted.\n"
    ) in out
    assert not (newer / "old.txt").exists()


def test_command_keeps_them(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command works instead of the update, and says nothing of what it keeps."""
    assert 0 == main(["update", "demo", "--deploy", "server"])
    assert "leaves this project" not in capsys.readouterr().out
    assert (newer / "old.txt").exists()


def test_command_brings_them_back(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command works after the update, too."""
    main(["update", "demo"])
    commit(newer)
    (command,) = [
        line for line in capsys.readouterr().out.splitlines() if line.endswith("update demo --deploy server")
    ]

    assert 0 == main(shlex.split(command)[1:])
    assert FIRST["old.txt"] == (newer / "old.txt").read_text()


def test_json(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--diff --json` says the same, and touches nothing."""
    before = snapshot(newer)

    assert 0 == main(["update", "demo", "--diff", "--json"])
    assert [
        {"target": "server", "files": ["old.txt"], "command": "fwstart update demo --deploy server"}
    ] == json.loads(capsys.readouterr().out)["leaving"]
    assert before == snapshot(newer)


def test_targets_are_repeated(checkout: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command names the targets that the project has, because --deploy names all of them."""
    main(["update", str(project), "--deploy", "edge"])
    commit(project)
    cut(checkout, "0.2.0", {"old.txt": None, "[= server =]/old.txt": FIRST["old.txt"]})
    capsys.readouterr()

    assert 0 == main(["update", str(project)])
    assert f"\n  fwstart update {project} --deploy edge --deploy server\n" in capsys.readouterr().out


def test_file_moves_into_a_target(checkout: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file is kept by a target that has it under another path."""
    moved = "[= browser =]/src/[= package =]/targets/browser/model.py"
    cut(checkout, "0.2.0", {MODEL: None, moved: f"{FIRST[MODEL]}more = True\n"})

    assert 0 == main(["update", str(project)])
    out = capsys.readouterr().out
    assert "part of the target browser:\n  src/demo/model.py\n" in out
    assert "no web page that runs the model in the browser" in out.replace("\n", " ")


def test_moved_file(checkout: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is elsewhere now has not left, even if a target has one like it."""
    files = {TRAIN: None, "src/[= package =]/training/loop.py": FIRST[TRAIN]}
    cut(checkout, "0.2.0", files | {"[= server =]/like_it.py": FIRST[TRAIN]})

    assert 0 == main(["update", str(project)])
    assert "leaves this project" not in capsys.readouterr().out
    assert (project / "src/demo/training/loop.py").exists()


def test_file_that_is_gone(checkout: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What no target keeps is not spoken of: no command would bring it back."""
    cut(checkout, "0.2.0", {"old.txt": None})

    assert 0 == main(["update", str(project)])
    assert "leaves this project" not in capsys.readouterr().out


def test_target_that_is_given_up(checkout: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What goes with a target that --deploy no longer names was asked for."""
    main(["update", str(project), "--deploy", "edge"])
    commit(project)
    cut(checkout, "0.2.0", {"[= server =]/edge/edge.txt": FIRST["[= edge =]/edge/edge.txt"]})
    capsys.readouterr()

    assert 0 == main(["update", str(project), "--deploy", "none"])
    assert "leaves this project" not in capsys.readouterr().out
    assert not (project / "edge").exists()


def test_several_files_and_targets(checkout: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each target is named once, the one that keeps the most first, and a file only with that one."""
    files = {MODEL: None, TRAIN: None, "old.txt": None}
    in_edge = {f"[= edge =]/{name}": FIRST[name] for name in (MODEL, "old.txt")}
    in_browser = {f"[= browser =]/{name}": FIRST[name] for name in (TRAIN,)}
    cut(checkout, "0.2.0", files | in_edge | in_browser | {"[= server =]/old.txt": FIRST["old.txt"]})

    assert 0 == main(["update", str(project), "--json"])
    assert [("edge", ["old.txt", "src/demo/model.py"]), ("browser", ["src/demo/train.py"])] == [
        (one["target"], one["files"]) for one in json.loads(capsys.readouterr().out)["leaving"]
    ]


def test_file_that_the_user_deleted(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there cannot leave."""
    (newer / "old.txt").unlink()
    commit(newer)

    assert 0 == main(["update", "demo"])
    assert "leaves this project" not in capsys.readouterr().out


def test_long_list(checkout: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ten files are listed, the others counted; `--json` has all of them."""
    names = [f"part_{number:02}.txt" for number in range(12)]
    cut(checkout, "0.2.0", dict.fromkeys(names, "A part of the server.\n"))
    main(["update", str(project)])
    commit(project)
    cut(
        checkout,
        "0.3.0",
        dict.fromkeys(names) | {f"[= server =]/{name}": "A part of the server.\n" for name in names},
    )
    capsys.readouterr()

    assert 0 == main(["update", str(project)])
    out = capsys.readouterr().out
    assert "12 files leave this project, because they are now part of the target server:\n" in out
    assert "  part_09.txt\n  and 2 more\nWithout the target" in out


def test_edited_file(newer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An edited file is asked about as always: the update is refused, and both ways are said."""
    (newer / "old.txt").write_text("Mine.\n")
    commit(newer)

    assert 1 == main(["update", "demo"])
    output = capsys.readouterr()
    assert "\n  fwstart update demo --deploy server\n" in output.out
    assert output.err == (
        "error: The update deletes files that you edited: old.txt.\n"
        "To delete them (git keeps what is committed): fwstart update demo --yes. "
        "To keep those of server: fwstart update demo --deploy server. Nothing was touched.\n"
    )
