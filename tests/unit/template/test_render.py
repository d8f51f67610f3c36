"""Projects rendered from a template: a small one of the tests' own, and the real one where it matters."""

import errno
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import NoReturn, get_args, get_type_hints

import pytest
import yaml
from support import CHECKOUT
from support.small_template import ANSWERS, DOCUMENTS, folder, root

from fwstart.errors import FwstartError
from fwstart.template import render as project
from fwstart.template.releases import read_releases
from fwstart.template.render import ProjectAnswers, create, preload, preview, render

__all__ = ["folder", "root"]  # fixtures


def test_answers_are_the_questionnaire(root: Path) -> None:
    """ProjectAnswers has exactly the questions of copier.yml; where a type lists choices, exactly theirs."""
    questions = {
        name: question
        for name, question in yaml.safe_load((root / "copier.yml").read_text()).items()
        if not name.startswith("_") and "when" not in question
    }
    hints = get_type_hints(ProjectAnswers)
    ours = {field.name: _choices(hints[field.name]) for field in fields(ProjectAnswers)}
    theirs = {name: _values(question.get("choices", ())) for name, question in questions.items()}

    assert ours.keys() == theirs.keys()
    assert {"framework", "deploy"} == {name for name, choices in ours.items() if choices}
    assert ours == {name: theirs[name] if choices else set() for name, choices in ours.items()}


def _choices(hint: object) -> set[str]:
    arguments = get_args(hint)
    return set(get_args(arguments[0])) if arguments and arguments[-1] is ... else set(arguments)


def _values(choices: dict[str, str] | list[str]) -> set[str]:
    return set(choices.values()) if isinstance(choices, dict) else set(choices)


def test_rendered_files(root: Path, folder: Path) -> None:
    """The list has every file, sorted; no compiled Python travels along."""
    assert render(root, folder, ANSWERS, DOCUMENTS) == (
        ".copier-answers.yml",
        "README.md",
        "docs/DECISION.md",
        "docs/decision.json",
        "run.sh",
        "src/demo/__init__.py",
    )


def test_answers_are_text(root: Path, folder: Path) -> None:
    """What a user writes is never taken for a template, and arrives as it was written."""
    render(root, folder, ANSWERS, {})

    assert (folder / "README.md").read_text("utf-8") == f"# My Demo\n\n{ANSWERS.description}\n"


def test_answers_file(root: Path, folder: Path) -> None:
    """It records every answer, and an origin that `copier update` finds on any machine."""
    render(root, folder, ANSWERS, {})

    assert yaml.safe_load((folder / ".copier-answers.yml").read_text("utf-8")) == {
        "_commit": read_releases()[-1].tag,
        "_src_path": "git+fwstart::templates",
        "framework": "pytorch",
        "project_name": "My Demo",
        "package": "demo",
        "description": ANSWERS.description,
        "author": "Ada Lovelace",
        "license": "mit",
        "python": "3.12",
        "deploy": ["server", "edge"],
        "accelerator": "gpu",
        "backbones": "hub",
        "pipeline": "none",
    }


def test_documents_are_written_as_given(root: Path, folder: Path) -> None:
    """The documents are no templates, and their line ends are the same everywhere."""
    render(root, folder, ANSWERS, {"docs/x.md": "[= package =]\n"})

    assert (folder / "docs/x.md").read_bytes() == b"[= package =]\n"


def test_template_of_a_read_only_installation(root: Path, folder: Path) -> None:
    """The user's files have the permissions of new ones; programs stay executable."""
    for path in root.rglob("*"):
        if path.is_file():
            path.chmod(0o555 if path.name == "run.sh" else 0o444)
    umask = os.umask(0o022)
    try:
        (folder / "inner").mkdir()
        render(root, folder / "inner", ANSWERS, DOCUMENTS)
    finally:
        os.umask(umask)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder / "inner").iterdir()}

    assert modes == {
        ".copier-answers.yml": 0o644,
        "README.md": 0o644,
        "docs": 0o755,
        "run.sh": 0o755,
        "src": 0o755,
    }


def test_git_is_not_asked(root: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Rendering never runs git, not even in a checkout: this pins how copier finds it."""
    subprocess.run(["git", "init", "--quiet", root], check=True)
    spy = tmp_path / "bin" / "git"
    spy.parent.mkdir()
    spy.write_text(f"#!/bin/sh\necho called >> {tmp_path}/calls\n", encoding="utf-8")
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{spy.parent}{os.pathsep}{os.environ['PATH']}")
    script = (
        "import sys; from pathlib import Path; from support.small_template import ANSWERS; "
        "from fwstart.template.render import render\n"
        "render(Path(sys.argv[1]), Path(sys.argv[2]), ANSWERS, {})"
    )
    command = [sys.executable, "-c", script, str(root), str(folder)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(CHECKOUT), *sys.path])}
    subprocess.run(command, check=True, env=environment)

    assert (folder / "README.md").exists()
    assert not (tmp_path / "calls").exists()


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a home whose settings would spoil a rendering, as HOME, current folder and GIT_DIR."""
    home = tmp_path / "home"
    (home / ".config" / "copier").mkdir(parents=True)
    (home / ".config/copier/settings.yml").write_text("defaults: {license: none, python: '3.13'}\n")
    (home / ".gitconfig").write_text("[broken\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(home / ".config/copier/settings.yml"))
    monkeypatch.setenv("GIT_DIR", str(home))
    monkeypatch.chdir(home)
    yield home
    assert sorted(path.name for path in home.iterdir()) == [".config", ".gitconfig"]


def test_settings_of_the_user(root: Path, folder: Path, hostile: Path) -> None:
    """Neither the user's copier settings nor git's, nor the current folder, change what is rendered."""
    render(root, folder, ANSWERS, {})
    here = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    os.chdir(root)
    calm = folder.parent / "calm"
    calm.mkdir()
    render(root, calm, ANSWERS, {})

    assert hostile.is_dir()
    assert here == {path.relative_to(calm): path.read_bytes() for path in calm.rglob("*") if path.is_file()}


def test_preload_imports_copier() -> None:
    """After preloading, a creation pays nothing for the import."""
    preload()

    assert "copier" in sys.modules


def test_import_is_light() -> None:
    """Importing the module does not import copier, filelock or jinja: `--help` stays quick."""
    script = (
        "import sys, fwstart.template.render\n"
        "print({'copier', 'filelock', 'jinja2', 'plumbum'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", script]

    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "set()\n"


@pytest.mark.parametrize("framework", ["pytorch", "keras"])
@pytest.mark.parametrize("existing", [False, True])
def test_real_project(tmp_path: Path, framework: project.Framework, *, existing: bool) -> None:
    """The real templates render into a new folder as into an empty one; what is returned is what is there."""
    target = tmp_path / "My Demo"
    if existing:
        target.mkdir()
    files = create(target, replace(ANSWERS, framework=framework), DOCUMENTS)
    found = sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())

    assert list(files) == found
    assert {".copier-answers.yml", "pyproject.toml", "src/demo/__init__.py", "docs/DECISION.md"} <= set(files)
    assert os.listdir(tmp_path) == ["My Demo"]  # noqa: PTH208
    assert not list(tmp_path.rglob("*.pyc"))


@pytest.mark.usefixtures("root")
def test_preview_without_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk for temporary files is full, TMPDIR is named, not the project's folder."""

    def full(*_words: object, **_named: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "README.md")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(FwstartError) as caught:
        preview(ANSWERS, DOCUMENTS)

    assert "the folder for temporary files: the disk is full." in caught.value.problem
    assert caught.value.fix.startswith("Set TMPDIR to a folder")


def test_preview_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A preview lists what `create` makes, and leaves nothing behind."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    files = preview(ANSWERS, DOCUMENTS)

    assert os.listdir(tmp_path) == []  # noqa: PTH208
    assert files == create(tmp_path / "demo", ANSWERS, DOCUMENTS)


def test_nobody_is_told_anything(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Creating prints nothing: what is said is the command line's matter."""
    create(tmp_path / "demo", ANSWERS, {})

    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_interrupt_in_the_middle_of_a_rendering(root: Path, tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C leaves nothing; what `kill -9` leaves, the next run removes."""
    os.mkfifo(root / "templates" / "pytorch" / "slow")  # reading it waits for ever
    target = tmp_path / "work" / "demo"
    target.parent.mkdir()
    script = (
        "import sys; from pathlib import Path; from fwstart.template import render as project\n"
        "from support.small_template import ANSWERS\n"
        "project.template_root = lambda: Path(sys.argv[1]); project.create(Path(sys.argv[2]), ANSWERS, {})"
    )
    command = [sys.executable, "-c", script, str(root), str(target)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(CHECKOUT), *sys.path])}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not list(target.parent.glob(".demo.fwstart-*/project/*")):
            time.sleep(0.01)
        process.send_signal(number)
        process.wait(30)
    left = list(target.parent.iterdir())
    create(target, ANSWERS, {})

    assert len(left) == (1 if number == signal.SIGKILL else 0)
    assert os.listdir(target.parent) == ["demo"]  # noqa: PTH208
