"""A project's README is read in two minutes, the guides in docs/ have the rest, and all links lead somewhere."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

import pytest
import yaml
from jinja2 import Environment, FileSystemLoader
from support import CHECKOUT
from support.rendered_projects import FRAMEWORKS, SUBSETS, TARGETS, rendered
from support.trees import ANSWERS

from fwstart.settings.questionnaire import project_question
from fwstart.template.render import Framework, Target, create

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_LINES = 120  # of a page
PAGES = (
    "README.md",
    *sorted(f"docs/{path.stem}" for path in (CHECKOUT / "templates/shared/docs").glob("*.md.jinja")),
)
LINK = re.compile(r"\[[^\]]*\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)")  # but for addresses of other sites
OTHERS = {"docs/scaling.md", "docs/configuration.md"}  # fwstart's, TorchServe's
NAMED = re.compile(r"docs/[a-z]+\.md")
GAP = re.compile(r"\n\n\n|[^\n]\n#+ |\A\s*\Z")  # too many blank lines, or none before a heading
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


@cache
def templates() -> Environment:
    """Return the Jinja that copier.yml describes."""
    options = yaml.safe_load((CHECKOUT / "copier.yml").read_text(encoding="utf-8"))["_envops"]
    return Environment(loader=FileSystemLoader(CHECKOUT), **options)  # noqa: S701  # Markdown


def page(name: str, **answers: Any) -> str:
    """Return a page of a project with some other answers than the usual ones."""
    template = templates().get_template(f"templates/shared/{name}.jinja")
    return template.render({**vars(replace(ANSWERS, **answers)), "project_name": "demo"})


def combinations() -> Iterator[dict[str, object]]:
    """Yield every combination of the answers that change a page."""
    names = ("accelerator", "backbones", "pipeline")
    choices = [project_question(name).choices for name in names]
    for framework, deploy, *values in itertools.product(FRAMEWORKS, SUBSETS, *choices):
        yield {"framework": framework, "deploy": deploy, **dict(zip(names, values, strict=True))}


@pytest.mark.parametrize("name", PAGES)
def test_page_is_short(name: str) -> None:
    """Whatever was answered, a page has at most 120 lines, and no gap where a part is missing."""
    texts = {str(answers): page(name, **answers) for answers in combinations()}

    assert len(texts) >= 128
    assert {} == {
        answers: lines for answers, text in texts.items() if (lines := len(text.splitlines())) > MOST_LINES
    }
    assert [] == [answers for answers, text in texts.items() if GAP.search(FENCED.sub("(code)", text))]


@pytest.mark.parametrize("backbones", project_question("backbones").choices)
@pytest.mark.parametrize("deploy", [(), TARGETS], ids=["plain", "all targets"])
@pytest.mark.parametrize("framework", get_args(Framework))
def test_links_lead_somewhere(
    framework: Framework, deploy: tuple[Target, ...], backbones: str, tmp_path: Path
) -> None:
    """Each relative link names a file of the project, its #part a heading there."""
    project = rendered(tmp_path / "project", framework=framework, deploy=deploy, backbones=backbones)
    pages = {path: path.read_text(encoding="utf-8") for path in project.rglob("*.md")}
    links = [(path, *link) for path, text in pages.items() for link in LINK.findall(FENCED.sub("", text))]

    assert len(links) >= 15
    for path, file, anchor in links:
        target = (path.parent / file).resolve() if file else path
        assert target.is_file(), f"{path.relative_to(project)}: {file}"
        assert not anchor or anchor in anchors(pages[target]), f"{path.relative_to(project)}: {file}#{anchor}"
    for path in (path for path in project.rglob("*") if path.suffix in {".md", ".toml", ".py", ".yml"}):
        named = {*NAMED.findall(path.read_text(encoding="utf-8"))} - OTHERS
        assert [] == [name for name in sorted(named) if not (project / name).is_file()], path


def anchors(text: str) -> list[str]:
    """Return what a code host calls the headings of a document in links."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_guide_is_named(framework: Framework, tmp_path: Path) -> None:
    """README.md has a link to every guide, and AGENTS.md names each of them."""
    project = rendered(tmp_path / "project", framework=framework)
    guides = {path.relative_to(project).as_posix() for path in project.glob("docs/*.md")}

    assert {*PAGES[1:]} == guides
    assert guides <= {file for file, _ in LINK.findall((project / "README.md").read_text(encoding="utf-8"))}
    assert guides <= {*NAMED.findall((project / "AGENTS.md").read_text(encoding="utf-8"))}


@pytest.mark.parametrize("deploy", [(), TARGETS], ids=["no target", "all targets"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_module_is_named(framework: Framework, deploy: tuple[Target, ...], tmp_path: Path) -> None:
    """docs/code.md has each file of Python in the package, those of libraries of backbones as `from_*.py`."""
    text = page("docs/code.md", framework=framework, deploy=deploy)
    create(tmp_path / "demo", replace(ANSWERS, framework=framework, deploy=deploy), {})
    modules = {
        "from_*.py" if path.name.startswith("from_") else path.name
        for path in (tmp_path / "demo" / "src").rglob("*.py")
        if path.name != "__init__.py"
    }

    assert "session.py" in modules
    assert set() == modules - set(re.findall(r"[\w*]+\.py\b", text))
