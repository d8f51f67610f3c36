"""The server's page in headless Chromium: draw, drop, what goes wrong; nobody else is asked for anything."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from support import CHECKOUT
from support.browser import illegible, photograph, requested_hosts, screen
from support.deploy.servers import TOKEN, RunningServer, wait_until
from support.figures import tell
from support.smoke.project import Project, quoted
from support.smoke.projects import with_row
from support.smoke.rows import DEPLOYED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome
    from support.deploy.prepared import Prepared

    Deployed = Callable[[str], Prepared]

# TorchServe has no page.
EMBEDDED = [pytest.param(f"{name}-embedded", marks=with_row(row)) for name, row in DEPLOYED.items()]
pytestmark = [
    pytest.mark.deploy,
    pytest.mark.parametrize("server", EMBEDDED, indirect=True, scope="session"),
]

NOT_AN_IMAGE = "notes.png is not an image. These image files are accepted: .avif, .bmp, .gif,"
# Digits as a person draws them, as lines between points of a board of 100 x 100.
DRAWN = {
    "0": [[(50, 15), (33, 22), (26, 50), (33, 78), (50, 85), (67, 78), (74, 50), (67, 22), (50, 15)]],
    "1": [[(38, 30), (52, 15), (52, 85)]],
    "2": [[(30, 30), (40, 17), (58, 16), (68, 30), (60, 48), (30, 84), (72, 84)]],
    "3": [[(30, 20), (55, 15), (67, 30), (50, 47), (68, 65), (58, 83), (30, 80)]],
    "4": [[(55, 15), (28, 60), (75, 60)], [(58, 38), (58, 88)]],
    "5": [[(68, 15), (36, 15), (34, 45), (58, 44), (68, 62), (58, 82), (30, 82)]],
    "6": [[(60, 14), (40, 35), (32, 65), (45, 85), (64, 78), (65, 60), (48, 54), (34, 66)]],
    "7": [[(28, 17), (72, 17), (45, 85)]],
    "8": [
        [(50, 48), (34, 34), (40, 17), (60, 17), (66, 34), (50, 48)],
        [(50, 48), (34, 66), (42, 85), (60, 85), (67, 67), (50, 48)],
    ],
    "9": [[(66, 34), (50, 45), (35, 34), (42, 18), (60, 17), (66, 34), (62, 60), (52, 86)]],
}


@pytest.fixture
def page(chromium: Chrome, server: RunningServer) -> Iterator[Chrome]:
    """Return the page, with the token given; afterwards it has asked nobody but its server."""
    chromium.get_log("performance")  # type: ignore[no-untyped-call]
    chromium.get(server.url)
    wait_until(lambda: chromium.find_element("id", "about").text)
    draw(chromium, DRAWN["1"])
    wait_until(chromium.find_element("id", "token").is_displayed)
    chromium.find_element("id", "secret").send_keys(TOKEN)
    chromium.find_element("css selector", "#token button").click()
    wait_until(lambda: answer(chromium))
    chromium.find_element("id", "clear").click()
    yield chromium
    assert {urlsplit(server.url).netloc} == requested_hosts(chromium)


def draw(page: Chrome, strokes: list[list[tuple[int, int]]], *, size: float = 1.0, dx: float = 0) -> None:
    """Draw on the board with the pointer; points are percents of its size."""
    from selenium.webdriver.common.action_chains import ActionChains

    board = page.find_element("id", "board")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", board)
    side = board.size["width"]

    def place(point: tuple[int, int]) -> tuple[int, int]:
        x, y = ((value - 50) * size / 100 * side for value in point)
        return round(x + dx * side), round(y)

    for first, *others in strokes:
        actions = ActionChains(page, duration=5)
        actions.move_to_element_with_offset(board, *place(first)).click_and_hold()
        for point in others:
            actions.move_to_element_with_offset(board, *place(point))
        actions.release().perform()


def answer(page: Chrome) -> str:
    """Return the label that is shown; read at once, as the next stroke's answer may replace it."""
    script = 'return document.querySelector("#answer b")?.textContent ?? ""'
    return str(page.execute_script(script))


def texts(page: Chrome) -> dict[str, str]:
    """Return what is read aloud or copied of the result: its text, whatever the layout."""
    script = """
        const text = (choice) => document.querySelector(choice)?.textContent ?? "";
        const seen = document.getElementById("seen");
        const pixels = seen.hidden ? "" : seen.textContent.trim();
        return { answer: text("#answer"), bar: text("#bars .best"), seen: pixels };
    """
    return dict(page.execute_script(script))


def check_result_in_words(page: Chrome) -> None:
    """Draw a 7 and take it back: label and share stay apart, the pixels are shown; then the hint is back."""
    draw(page, DRAWN["7"])
    wait_until(lambda: answer(page) == "7")
    shown = texts(page)
    page.find_element("id", "clear").click()
    wait_until(lambda: not answer(page))

    assert re.fullmatch(r"7 with \d+\.\d%", shown["answer"])
    assert re.fullmatch(r"7 \d+\.\d%", shown["bar"])
    assert "What the model sees." == shown["seen"]
    assert {"answer": "Nothing to see yet.", "bar": "", "seen": ""} == texts(page)


def drop(page: Chrome, name: str, data: bytes) -> None:
    """Drop a file on the page."""
    script = """
        const [name, text] = arguments;
        const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([bytes], name));
        document.getElementById("drop").dispatchEvent(
          new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    """
    page.execute_script(script, name, base64.b64encode(data).decode())


def as_tiff(project: Project, name: str) -> bytes:
    """Return an image of a project as the content of a TIFF file."""
    script = "import sys; from PIL import Image; Image.open(sys.argv[1]).save('scan.tif')"
    project.run(quoted(".venv/bin/python", "-c", script, name))
    return (project.path / "scan.tif").read_bytes()


def test_drawn_digits_are_recognized(page: Chrome) -> None:
    """Of ten digits drawn large in the middle, and again small at the side, nearly all are told right."""
    told = []
    for options in ({}, {"size": 0.5, "dx": 0.2}):
        for label, strokes in DRAWN.items():
            draw(page, strokes, **options)
            wait_until(lambda: page.find_element("id", "time").text)
            told.append((label, answer(page)))
            page.find_element("id", "clear").click()
            wait_until(lambda: not answer(page))

    wrong = [pair for pair in told if pair[0] != pair[1]]
    tell(f"drawn digits told wrong: {wrong} of {len(told)}")
    assert len(wrong) <= 2


def test_result_is_told_in_words(page: Chrome) -> None:
    """A screen reader says which class and how sure, and after Clear what the page said at first."""
    check_result_in_words(page)


def test_undo_takes_back_a_stroke(page: Chrome) -> None:
    """The prediction follows what is left; with nothing left there is none."""
    draw(page, DRAWN["7"])
    wait_until(lambda: answer(page) == "7")
    page.find_element("id", "undo").click()

    wait_until(lambda: not answer(page))
    assert not page.find_element("id", "undo").is_enabled()
    assert [] == page.find_elements("css selector", "#bars li")


def test_keyboard_draws(page: Chrome) -> None:
    """Arrow keys and space draw a line, which is answered."""
    from selenium.webdriver.common.keys import Keys

    board = page.find_element("id", "board")
    board.send_keys(Keys.ARROW_UP * 10, Keys.SPACE, Keys.ARROW_DOWN * 20, Keys.SPACE)

    wait_until(lambda: answer(page) == "1")


def test_dropped_image_is_recognized(page: Chrome) -> None:
    """An example of the project is shown and told right, with a bar for every class that add up to 1."""
    examples = CHECKOUT / "templates" / "shared" / "examples"
    drop(page, "7.png", (examples / "7.png").read_bytes())

    wait_until(lambda: answer(page) == "7")
    shares = [float(bar.text.removesuffix("%")) for bar in page.find_elements("css selector", "#bars .share")]
    assert 10 == len(shares)
    assert 99 < sum(shares) < 101
    assert page.find_element("id", "preview").is_displayed()


def test_chosen_file_is_recognized(page: Chrome) -> None:
    """The file dialogue does what dropping does."""
    examples = CHECKOUT / "templates" / "shared" / "examples"
    page.find_element("id", "file").send_keys(str(examples / "3.png"))

    wait_until(lambda: answer(page) == "3")


def test_file_that_is_no_image_is_an_error(page: Chrome) -> None:
    """A bad file is named, with what the server accepts instead."""
    drop(page, "notes.png", b"not an image")

    wait_until(page.find_element("id", "problem").is_displayed)
    assert page.find_element("id", "problem").text.startswith(NOT_AN_IMAGE)
    assert not answer(page)
    page.get_log("browser")  # type: ignore[no-untyped-call]


def test_file_that_only_the_server_reads_is_labeled(
    page: Chrome, deployed: Deployed, server: RunningServer
) -> None:
    """A TIFF file, which Chromium cannot show, is offered by the dialogue and labeled."""
    project = deployed(server.name.split()[-1]).project
    drop(page, "scan.tif", as_tiff(project, "examples/7.png"))

    wait_until(lambda: answer(page) == "7")
    assert not page.find_element("id", "preview").is_displayed()
    assert ".tif," in f"{page.find_element('id', 'file').get_attribute('accept')},"


def test_huge_file_is_an_error(page: Chrome) -> None:
    """A file that the server would refuse is not sent."""
    page.execute_script("""
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([new Uint8Array(12 * 2 ** 20)], "large.png"));
        document.dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
    """)

    wait_until(page.find_element("id", "problem").is_displayed)
    assert page.find_element("id", "problem").text.startswith("large.png is too large: 12 MB.")


def test_server_that_is_gone_is_an_error(page: Chrome) -> None:
    """Without an answer the page says so, and goes on when the server is back."""
    page.execute_cdp_cmd("Network.enable", {})
    page.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*:predict"]})
    draw(page, DRAWN["1"])
    wait_until(page.find_element("id", "problem").is_displayed)
    problem = page.find_element("id", "problem").text
    page.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    page.find_element("id", "clear").click()
    draw(page, DRAWN["1"])

    wait_until(lambda: answer(page) == "1")
    assert "The server does not answer" in problem


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_page_is_legible(page: Chrome, tmp_path: Path, scheme: str, width: int) -> None:
    """On a phone and a desktop, light and dark: nothing is cut off, and text has the contrast of WCAG AA."""
    with screen(page, width, scheme):
        draw(page, DRAWN["3"])
        wait_until(lambda: answer(page))
        complaints = illegible(page)
        photograph(page, tmp_path / f"draw-page-{scheme}-{width}.png")

    assert [] == complaints


def test_docs_show_every_route(page: Chrome, server: RunningServer) -> None:
    """The OpenAPI page lists the routes and how to ask, without a script from elsewhere."""
    page.get(f"{server.url}/docs")
    wait_until(lambda: page.find_elements("css selector", "#routes li"))

    headings = [heading.text for heading in page.find_elements("css selector", "#routes h2")]
    assert f"POST {server.predict_path}" in headings
    assert {"GET /healthz", "GET /metrics", f"GET /v1/models/{server.model}"} <= set(headings)
