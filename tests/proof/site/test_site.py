"""The documentation site builds strictly, its addresses exist, and phones and desktops can show it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from support import CHECKOUT
from support.browser import chromium, photograph, requested_hosts, screen, static_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("site")]

__all__ = ["chromium"]  # a fixture

ZENSICAL = Path(sys.executable).with_name("zensical")
SOURCES = ("docs", "zensical.toml", "CHANGELOG.md")
PHONE, DESKTOP = 390, 1280  # pixels
PAGES = (
    "index.html",
    "compare.html",
    "reference/settings.html",
    "reference/errors.html",
    "architecture.html",
)
# What sticks out of the page sideways; what scrolls by itself, such as a table, is as wide as its place.
OVERFLOW = "return document.documentElement.scrollWidth - innerWidth"
# The search's dialog is in a shadow tree.
SEARCH = """
const nodes = [...document.querySelectorAll("body > *")];
return nodes.find((node) => node.shadowRoot?.querySelector("dialog"))?.shadowRoot.querySelector(arguments[0]);
"""


class Links(HTMLParser):
    """The addresses that a page names, and the ids that can be named in it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element names and what it is called."""
        for name, value in attrs:
            if name in {"href", "src"} and value is not None and tag != "base":
                self.addresses.append(value)
            elif name == "id" and value:
                self.ids.add(value)


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of a folder as `.ci/run` and `nox -s docs` do."""
    command: list[str | Path] = [ZENSICAL, "build", "--strict", "--clean"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def sources(folder: Path) -> Path:
    """Copy what the site is made from."""
    for name in SOURCES:
        source = CHECKOUT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the built site."""
    folder = sources(tmp_path_factory.mktemp("site"))
    built = build(folder)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Return where the site is served."""
    with static_server(site) as (address, _):
        yield address


def broken(page: Path, site: Path) -> Iterator[str]:
    """Yield the addresses in a page that lead to no file, or to no heading of one."""
    for address in Links(page).addresses:
        url = urlsplit(address)
        if url.scheme or url.netloc:
            continue
        target = (page.parent / unquote(url.path)).resolve() if url.path else page
        target = target / "index.html" if target.is_dir() else target
        heading = unquote(url.fragment) if target.suffix == ".html" else ""
        is_there = target.is_relative_to(site) and target.is_file()
        if not is_there or (heading and heading not in Links(target).ids):
            yield address


def test_broken_link_fails(tmp_path: Path) -> None:
    """A link to a page that is not there stops the build, and names the page."""
    folder = sources(tmp_path)
    with (folder / "docs" / "updating.md").open("a", encoding="utf-8") as page:
        page.write("\n[More](missing.md)\n")

    built = build(folder)

    assert built.returncode != 0
    assert "page does not exist" in built.stdout + built.stderr


def test_every_address_leads_somewhere(site: Path) -> None:
    """Pages, headings, pictures and scripts that are named are there."""
    pages = [page for page in site.rglob("*.html") if page.name != "404.html"]

    assert len(pages) > 10
    assert {} == {
        page.relative_to(site).as_posix(): found
        for page in pages
        if (found := sorted(set(broken(page, site))))
    }


def test_every_page_is_in_the_navigation() -> None:
    """No document is left out of the menu."""
    config = tomllib.loads((CHECKOUT / "zensical.toml").read_text(encoding="utf-8"))
    docs = CHECKOUT / "docs"

    named = str(config["project"]["nav"])
    pages = {page.relative_to(docs).as_posix() for page in docs.rglob("*.md")}
    assert set() == {page for page in pages if f"'{page}'" not in named}


def test_picture_shows_what_is_printed() -> None:
    """The recording has the words of today's `fwstart new`; the number of files may lag behind."""
    import make_recording

    now = make_recording.drawn(make_recording.shown(make_recording.recorded()))
    kept = make_recording.PICTURE.read_text(encoding="utf-8")

    first, second = (re.sub(r"\d+&#160;files", "files", picture) for picture in (now, kept))
    assert first == second, "Run: python scripts/make_recording.py"


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_page_fits(chromium: Chrome, address: str, tmp_path: Path, name: str, width: int) -> None:
    """Nothing sticks out sideways, and nothing is fetched from elsewhere; pictures are kept."""
    for scheme in ("light", "dark"):
        with screen(chromium, width, scheme):
            chromium.get(address + name)
            photograph(chromium, tmp_path / f"{scheme}.png")

            assert chromium.execute_script(OVERFLOW) <= 0
    assert requested_hosts(chromium) <= {address.split("/")[2]}


def test_search_finds_an_error(chromium: Chrome, address: str) -> None:
    """The search has the words of the error messages."""
    from selenium.webdriver.support.ui import WebDriverWait

    wait = WebDriverWait(chromium, 10)
    chromium.get(f"{address}index.html")
    chromium.execute_script("document.querySelector('.md-search__button').click()")
    box = wait.until(lambda page: page.execute_script(SEARCH, "input"))
    box.send_keys("weights fetched yet")

    results = wait.until(lambda page: page.execute_script(SEARCH, "[role=listbox] a"))
    assert "errors.html" in results.get_attribute("href")
