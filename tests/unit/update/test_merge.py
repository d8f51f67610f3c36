"""What a merge makes of the user's work: kept, or a conflict, and never lost."""

from pathlib import Path

import pytest
from support.small_releases import commit, git, write

from fwstart.update.merge import Merged, Scratch

LINES = "".join(f"line {number}\n" for number in range(30))
OLD = {
    "a.py": LINES,
    "b.py": LINES.upper(),
    "c.txt": "one\n",
    "image.png": "\x00one",
    "folder/d.txt": "four\n",
}


@pytest.fixture
def project(tmp_path: Path, clean_home: Path) -> Path:  # noqa: ARG001
    """Return a committed project that is what the old release generates."""
    folder = tmp_path / "project"
    write(folder, OLD)
    git(folder, "init", "--quiet")
    commit(folder)
    return folder


def merge(project: Path, new: dict[str, str | None]) -> Merged:
    """Return the merge of what is committed with the step from OLD to OLD changed by `new`."""
    return scratch_and_merge(project, new)[1]


def scratch_and_merge(project: Path, new: dict[str, str | None]) -> tuple[Scratch, Merged]:
    folder = project.parent
    for name in ("old", "new"):
        write(folder / name, OLD)
    write(folder / "new", new)
    scratch = Scratch(folder, project)
    return scratch, scratch.merge(
        scratch.tree_of(folder / "old"), scratch.tree_of(folder / "new"), theirs="v2"
    )


def edit(project: Path, files: dict[str, str | None]) -> None:
    write(project, files)
    commit(project)


def kinds(merged: Merged) -> dict[str, str]:
    return {change.path: change.kind for change in merged.changes}


def content(project: Path, new: dict[str, str | None], path: str) -> str:
    """Return what a file is after the merge."""
    scratch, merged = scratch_and_merge(project, new)
    return scratch.git("cat-file", "blob", f"{merged.tree}:{path}").decode()


def test_unedited_project_becomes_the_new_release(project: Path) -> None:
    """What the user did not touch is added, changed and deleted as the template says."""
    merged = merge(project, {"a.py": "new\n", "c.txt": None, "e.txt": "five\n"})

    assert {"a.py": "changed", "c.txt": "deleted", "e.txt": "added"} == kinds(merged)
    assert ({}, (), ()) == (merged.conflicts, merged.doomed, merged.absent)


def test_edits_far_apart(project: Path) -> None:
    """Both edits of one file are in the result."""
    edit(project, {"a.py": LINES.replace("line 3\n", "mine\n")})

    merged = content(project, {"a.py": LINES.replace("line 25\n", "theirs\n")}, "a.py")
    assert LINES.replace("line 3\n", "mine\n").replace("line 25\n", "theirs\n") == merged


def test_edits_of_the_same_line(project: Path) -> None:
    """Both are there, between markers that say whose they are; git knows all three versions."""
    edit(project, {"a.py": LINES.replace("line 3\n", "mine\n")})
    new: dict[str, str | None] = {"a.py": LINES.replace("line 3\n", "theirs\n")}

    assert "<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> v2\n" in content(project, new, "a.py")
    assert [1, 2, 3] == [stage.number for stage in merge(project, new).conflicts["a.py"]]


def test_edited_image(project: Path) -> None:
    """A binary file is the user's, whether or not the template's changed too: then it is a conflict."""
    edit(project, {"image.png": "\x00mine"})

    assert "\x00mine" == content(project, {}, "image.png")
    assert "\x00mine" == content(project, {"image.png": "\x00two"}, "image.png")
    assert {"image.png"} == merge(project, {"image.png": "\x00two"}).conflicts.keys()


def test_bytes_that_are_no_utf8(project: Path) -> None:
    """Bytes of another encoding stay as they are, in a file that the template changes as well."""
    (project / "a.py").write_bytes(LINES.encode() + b"caf\xe9\n")
    commit(project)
    scratch, merged = scratch_and_merge(project, {"a.py": LINES.replace("line 3\n", "theirs\n")})

    assert scratch.git("cat-file", "blob", f"{merged.tree}:a.py").endswith(b"caf\xe9\n")


def test_file_deleted_by_the_user(project: Path) -> None:
    """It stays deleted, and is named where the template changed it."""
    edit(project, {"c.txt": None})
    merged = merge(project, {"c.txt": "two\n"})

    assert ({}, {}, ("c.txt",)) == (kinds(merged), merged.conflicts, merged.absent)


def test_file_deleted_by_the_template(project: Path) -> None:
    """Where the user edited it, it is named as doomed."""
    edit(project, {"c.txt": "mine\n"})
    merged = merge(project, {"c.txt": None})

    assert ({"c.txt": "deleted"}, {}, ("c.txt",)) == (kinds(merged), merged.conflicts, merged.doomed)


def test_file_renamed_by_the_user(project: Path) -> None:
    """The template's change follows it to its new name."""
    edit(project, {"a.py": None, "network.py": LINES})

    theirs = LINES.replace("line 3\n", "theirs\n")
    assert theirs == content(project, {"a.py": theirs}, "network.py")
    assert {"network.py": "changed"} == kinds(merge(project, {"a.py": theirs}))


def test_renamed_file_deleted_by_the_template(project: Path) -> None:
    """What the user gave a new name to is the user's, and stays."""
    edit(project, {"a.py": None, "network.py": LINES + "mine\n"})
    merged = merge(project, {"a.py": None})

    assert ({}, {}, ()) == (kinds(merged), merged.conflicts, merged.doomed)


def test_file_renamed_by_the_template(project: Path) -> None:
    """The user's edit follows it to its new name."""
    edit(project, {"a.py": LINES.replace("line 3\n", "mine\n")})

    assert "mine\n" in content(project, {"a.py": None, "moved.py": LINES}, "moved.py")


def test_folder_renamed_by_the_user(project: Path) -> None:
    """A new file of the template lands in the folder's new place."""
    edit(project, {"folder/d.txt": None, "place/d.txt": "four\n"})

    assert {"place/e.txt": "added"} == kinds(merge(project, {"folder/e.txt": "five\n"}))


def test_same_file_added_on_both_sides(project: Path) -> None:
    """Different contents are a conflict, equal ones are not."""
    edit(project, {"new.txt": "mine\n"})

    assert {"new.txt"} == merge(project, {"new.txt": "theirs\n"}).conflicts.keys()
    assert {} == merge(project, {"new.txt": "mine\n"}).conflicts


def test_permissions_and_links(project: Path) -> None:
    """A mode or a link that the user made stays."""
    (project / "a.py").chmod(0o755)
    (project / "c.txt").unlink()
    (project / "c.txt").symlink_to("a.py")
    commit(project)

    assert {"a.py": "changed"} == kinds(merge(project, {"a.py": LINES + "theirs\n"}))
    assert ["100755"] == [change.new_mode for change in merge(project, {"a.py": LINES + "t\n"}).changes]


def test_project_in_a_subfolder(project: Path) -> None:
    """Only the project's folder is merged, and paths are relative to it."""
    inner = project / "packages/inner"
    write(inner, {**OLD, "a.py": LINES + "mine\n"})
    commit(project)

    assert {"c.txt": "changed"} == kinds(merge(inner, {"c.txt": "two\n"}))


def test_names_that_git_quotes(project: Path) -> None:
    """Spaces, quotes, line breaks and other alphabets pass through."""
    name = 'na ïve "x"\n.txt'
    edit(project, {name: "mine\n"})

    assert {f"b{name}": "added"} == kinds(merge(project, {f"b{name}": "theirs\n"}))


def test_repository_with_other_hashes(tmp_path: Path, clean_home: Path) -> None:  # noqa: ARG001
    """A project in a SHA-256 repository merges as well."""
    folder = tmp_path / "project"
    write(folder, OLD)
    git(folder, "init", "--quiet", "--object-format=sha256")
    commit(folder)

    assert {"c.txt": "changed"} == kinds(merge(folder, {"c.txt": "two\n"}))


@pytest.mark.parametrize(
    "setting", ["core.autocrlf=true", "merge.renames=false", "core.attributesFile=x", "diff.noprefix=true"]
)
def test_settings_of_the_user(project: Path, clean_home: Path, setting: str) -> None:
    """What git is told elsewhere changes nothing."""
    git(project, "config", "--file", str(clean_home / ".gitconfig"), *setting.split("="))
    edit(project, {"a.py": None, "network.py": LINES})

    theirs = LINES.replace("line 3\n", "theirs\n")
    assert theirs == content(project, {"a.py": theirs}, "network.py")
