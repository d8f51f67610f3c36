"""Where the template is found, and what is said when it is missing, broken or refuses an answer."""

import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import copier
import pytest
from support import CHECKOUT
from support.small_template import ANSWERS, folder, root

from fwstart.errors import FwstartError
from fwstart.template.render import render, template_root

__all__ = ["folder", "root"]  # fixtures

IGNORE_OPEN_SCANS = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def open_scans() -> Iterator[None]:
    """Let copier 9.19 leave its scan of the template open when a file fails; it is closed within the test."""
    yield
    gc.collect()


@IGNORE_OPEN_SCANS
@pytest.mark.usefixtures("open_scans")
@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("templates/pytorch/x.jinja", "[@ if @]", "fwstart's template could not be rendered: "),
        ("templates/pytorch/x.jinja", "# copier: include 'nowhere'", "could not be rendered: "),
        ("copier.yml", "_min_copier_version: '99.0'", "requires Copier version >= 99.0"),
        ("copier.yml", "framework: {type: nonsense}", "could not be rendered: "),
        ("copier.yml", "framework: {choices: [keras]}", "could not be rendered: "),
        ("copier.yml", "_tasks: ['touch x']", "could not be rendered: Template uses potentially unsafe"),
        ("copier.yml", "_envops: {undefined: nonsense}", "could not be rendered: "),
        ("copier.yml", "[", "could not be rendered: "),
    ],
)
def test_broken_template(root: Path, folder: Path, file: str, text: str, words: str) -> None:
    """Copier's and jinja's exceptions become one line each, without a traceback."""
    (root / file).write_text(text, encoding="utf-8")

    with pytest.raises(FwstartError) as caught:
        render(root, folder, ANSWERS, {})

    assert words in caught.value.problem
    assert caught.value.problem.isprintable()


def test_answer_that_the_template_refuses(root: Path, folder: Path) -> None:
    """The questionnaire's own validators hold for us as for `copier copy`."""
    with pytest.raises(FwstartError, match="Use lowercase letters, digits and underscores"):
        render(root, folder, replace(ANSWERS, package="Not-A-Package"), {})


@pytest.mark.parametrize("commit", ["_commit: 769d441\n", ""])
def test_project_of_no_release(root: Path, folder: Path, commit: str) -> None:
    """A project of a checkout between two releases, or of no repository, is rendered again."""
    (folder / ".copier-answers.yml").write_text(
        f"{commit}framework: pytorch\npackage: demo\n", encoding="utf-8"
    )

    copier.run_copy(str(root), folder, settings=copier.Settings(), defaults=True, overwrite=True, quiet=True)


@IGNORE_OPEN_SCANS
@pytest.mark.usefixtures("open_scans")
def test_unreadable_template(root: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken installation is not taken for a broken disk of the user's."""
    read_bytes = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.is_relative_to(root):
            raise PermissionError(13, "Permission denied", str(path))
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)

    with pytest.raises(FwstartError, match=r"template could not be read: .*: Permission denied\.$"):
        render(root, folder, ANSWERS, {})


def test_template_in_an_installation(tmp_path: Path, root: Path) -> None:
    """An installed package carries the template inside."""
    room = tmp_path / "site-packages" / "fwstart" / "template"
    room.parent.mkdir(parents=True)
    root.rename(room)

    assert template_root(room) == room


def test_template_in_a_checkout() -> None:
    """An editable installation uses the checkout's."""
    assert template_root() == CHECKOUT


def test_checkout_without_links(root: Path) -> None:
    """A checkout in which git wrote a text file for the link is refused, instead of half a project made."""
    room = root / "src" / "fwstart" / "template"
    room.mkdir(parents=True)
    (root / "templates/shared").mkdir()
    (root / "templates/pytorch/[= shared =]").write_text("../shared")

    with pytest.raises(
        FwstartError, match=r"must be a link to .*shared, but git did not create one\."
    ) as caught:
        template_root(room)
    assert "without --editable" in caught.value.fix


def test_template_is_missing(tmp_path: Path) -> None:
    """An installation without templates says so."""
    room = tmp_path / "site-packages" / "fwstart" / "template"
    room.mkdir(parents=True)

    with pytest.raises(FwstartError, match="has no templates") as caught:
        template_root(room)
    assert caught.value.fix == "Install fwstart again."
