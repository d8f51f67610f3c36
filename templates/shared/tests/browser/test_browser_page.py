"""The page is whole, and asks nobody but its own host."""

import re
from pathlib import Path

import pytest

from [= package =].browser.browser_export import write_page
from [= package =].browser.browser_server import CONTENT_SECURITY_POLICY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the page as an export has it, without models and runtimes."""
    write_page(tmp_path)
    return tmp_path


def test_every_file_that_is_named_is_there(folder: Path) -> None:
    """What the HTML and the modules load, but for the runtimes, which npm brings."""
    html = (folder / "index.html").read_text(encoding="utf-8")
    named = [folder / name for name in re.findall(r'(?:src|href)="(?!data:)([^"]+)"', html)]
    for script in (folder / "page").glob("*.js"):
        imports = re.findall(r'from "([^"]+)"', script.read_text(encoding="utf-8"))
        named += [script.parent / name for name in imports if not name.startswith("../runtime/")]

    assert len(named) > 8
    assert [] == [path for path in named if not path.is_file()]


def test_no_address_of_another_host_is_in_it(folder: Path) -> None:
    """No script, style, font or picture from elsewhere."""
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()]

    assert [] == [text for text in texts if re.search(r"https?:|//[a-z0-9-]+\.[a-z]", text)]


def test_elements_that_scripts_use_are_there(folder: Path) -> None:
    """Every `element("id")` has its id in the HTML."""
    script = (folder / "page" / "page.js").read_text(encoding="utf-8")
    html = (folder / "index.html").read_text(encoding="utf-8")
    wanted = set(re.findall(r'element\("([^"]+)"\)', script))

    assert len(wanted) > 10
    assert set() == wanted - set(re.findall(r'id="([^"]+)"', html))


def test_policy_allows_the_page_alone(folder: Path) -> None:
    """Static hosts send no header: the page carries the policy itself, the same that the server sends."""
    html = (folder / "index.html").read_text(encoding="utf-8")

    assert f'http-equiv="Content-Security-Policy" content="{CONTENT_SECURITY_POLICY}"' in html
    assert "unsafe-inline" not in CONTENT_SECURITY_POLICY
    assert [] == re.findall(r"<script>|<style|\son[a-z]+=|\sstyle=", html)
