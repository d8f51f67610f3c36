"""Models in headless Chromium: exported by the verb, served by `serve --with browser` and a static host."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from support import CHECKOUT
from support.browser import illegible, photograph, requested_hosts, screen, static_server
from support.deploy.deployed import FRAMEWORKS
from support.deploy.servers import TOLERANCE, Samples, browser_page, wait_until
from support.figures import tell
from support.smoke.documents import project_document
from support.smoke.project import Project, quoted
from support.smoke.reading import reading
from test_draw_page import DRAWN, answer, check_result_in_words, draw, drop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from _pytest.tmpdir import TempPathFactory
    from selenium.webdriver import Chrome
    from support.deploy.prepared import Prepared

pytestmark = pytest.mark.deploy

HELPERS = CHECKOUT / "tests" / "support" / "deploy"
README = "deploy/browser/README.md"
NUM_SAMPLES = 64
EXAMPLES = CHECKOUT / "templates" / "shared" / "examples"
# What each framework's export holds, and how far its logits may be off: those of float32 by another order of
# additions, those of smaller weights by their rounding, where the labels decide.
ARTIFACTS = {
    "pytorch": {"model.onnx": TOLERANCE, "model-int8.onnx": 1.0},
    "keras": {
        "model.tflite": TOLERANCE,
        "model-float16.tflite": 0.1,
        "model-int8.tflite": 1.0,
        "model.tfjs": TOLERANCE,
    },
}
PREDICT = (HELPERS / "predict.js").read_text(encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class BrowserExport:
    """An export for browsers, and the address under which its project's own server shows it."""

    framework: str
    folder: Path
    url: str
    samples: Samples

    @property
    def manifest(self) -> dict[str, Any]:
        """What the export says of itself."""
        values: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        return values


@pytest.fixture(scope="module", params=FRAMEWORKS)
def export(
    request: pytest.FixtureRequest, tmp_path_factory: TempPathFactory, deployed: Callable[[str], Prepared]
) -> Iterator[BrowserExport]:
    """Return the export of one framework after the other; its table is told."""
    of = deployed(request.param)
    tell(f"{request.param}, files for browsers:", *of.exports["browser"].table)
    with browser_page(of.project, tmp_path_factory.mktemp("browser")) as url:
        yield BrowserExport(
            framework=request.param,
            folder=of.project.path / "exports" / "browser",
            url=url,
            samples=of.samples,
        )


def program(project: Project) -> str:
    """Return the project's own command, relative to its folder."""
    return f".venv/bin/{project.package}"


@pytest.fixture
def page(chromium: Chrome, export: BrowserExport) -> Iterator[Chrome]:
    """Return the page with its first model loaded; afterwards it has asked nobody but its server."""
    for log in ("performance", "browser"):
        chromium.get_log(log)  # type: ignore[no-untyped-call]
    chromium.get(export.url)
    wait_until(lambda: status(chromium) == "Nothing to see yet.")
    yield chromium
    assert {urlsplit(export.url).netloc} == requested_hosts(chromium)


@pytest.fixture
def static_host(tmp_path: Path, export: BrowserExport) -> Iterator[tuple[Path, str]]:
    """Return a copy of the export and its address on Python's plain static server, under a longer path."""
    copy = tmp_path / "some" / "path"
    shutil.copytree(export.folder, copy)
    with static_server(tmp_path) as (url, _):
        yield copy, f"{url}some/path/"


def status(page: Chrome) -> str:
    """Return what stands where the answer goes."""
    return page.find_element("id", "answer").text


def problem(page: Chrome) -> str:
    """Return the error that is shown."""
    element = page.find_element("id", "problem")
    return element.text if element.is_displayed() else ""


def test_export_holds_every_artifact(export: BrowserExport) -> None:
    """Each was measured in its own runtime, and agrees with the trained model on nearly every label."""
    variants = export.manifest["variants"]

    assert set(ARTIFACTS[export.framework]) == {variant["path"] for variant in variants}
    assert all(variant["agreement"] >= 0.99 for variant in variants)


def test_readme_command_opens_the_page(
    export: BrowserExport, deployed: Callable[[str], Prepared], tmp_path: Path
) -> None:
    """The README's first command has made the export, the second one serves the page and opens it."""
    project = deployed(export.framework).project
    document = project_document(project.path, README, export.framework)
    first, _ = document.commands()
    assert first in project.passed
    with reading(project, tmp_path, done=[first]) as reader:
        reader.read(document)

    tell(f"{README} of a {project.framework} project: {reader.summary}")
    assert ["http://127.0.0.1:8080"] == reader.pages


def test_every_artifact_answers_like_the_trained_model(page: Chrome, export: BrowserExport) -> None:
    """On 64 test images: the same labels, and logits within the tolerance of the precision."""
    page.set_script_timeout(120)
    images, expected = export.samples.images[:NUM_SAMPLES], export.samples.logits[:NUM_SAMPLES]
    for path, tolerance in ARTIFACTS[export.framework].items():
        logits = page.execute_async_script(PREDICT, path, export.manifest["input_spec"]["shape"], images)
        assert isinstance(logits, list), logits
        differences = [
            abs(one - other)
            for pair in zip(expected, logits, strict=True)
            for one, other in zip(*pair, strict=True)
        ]
        tell(f"{export.framework} {path} in Chromium: largest logit difference {max(differences):.2g}")

        assert max(differences) <= tolerance
        assert labels(expected) == labels(logits)


def labels(logits: Any) -> list[int]:
    """Return the number of the likeliest class of each sample."""
    return [max(range(len(row)), key=row.__getitem__) for row in logits]


def test_every_choice_answers(page: Chrome, export: BrowserExport) -> None:
    """Whatever runtime and variant is chosen, the image is answered again; no runtime reports an error."""
    drop(page, "3.png", (EXAMPLES / "3.png").read_bytes())
    options = page.find_elements("css selector", "#model option")
    for option in options:
        option.click()
        wait_until(lambda: answer(page) == "3")
        time = page.find_element("id", "time").text
        tell(f"{export.framework} {option.text}: {time}")
        assert time.endswith("ms for a prediction.")
        assert 10 == len(page.find_elements("css selector", "#bars li"))
    console = page.get_log("browser")  # type: ignore[no-untyped-call]
    assert len(ARTIFACTS[export.framework]) == len(options)
    assert [] == [entry["message"] for entry in console if entry["level"] == "SEVERE"]


def test_drawn_digits_are_recognized(page: Chrome) -> None:
    """Of ten drawn digits nearly all are told right."""
    told = []
    for label, strokes in DRAWN.items():
        draw(page, strokes)
        wait_until(lambda: page.find_element("id", "time").text)
        told.append((label, answer(page)))
        page.find_element("id", "clear").click()
        wait_until(lambda: not answer(page))

    wrong = [pair for pair in told if pair[0] != pair[1]]
    assert len(wrong) <= 1, wrong


def test_result_is_told_in_words(page: Chrome) -> None:
    """As on the server's page."""
    check_result_in_words(page)


def test_keyboard_draws(page: Chrome) -> None:
    """Arrow keys and space draw a line, which is answered."""
    from selenium.webdriver.common.keys import Keys

    board = page.find_element("id", "board")
    board.send_keys(Keys.ARROW_UP * 10, Keys.SPACE, Keys.ARROW_DOWN * 20, Keys.SPACE)

    wait_until(lambda: answer(page) == "1")


def test_any_static_host_will_do(chromium: Chrome, static_host: tuple[Path, str]) -> None:
    """Copied to a folder of a plain static server it works, and asks nobody else."""
    chromium.get_log("performance")  # type: ignore[no-untyped-call]
    chromium.get(static_host[1])
    wait_until(lambda: status(chromium) == "Nothing to see yet.")
    drop(chromium, "5.png", (EXAMPLES / "5.png").read_bytes())

    wait_until(lambda: answer(chromium) == "5")
    assert {urlsplit(static_host[1]).netloc} == requested_hosts(chromium)


def test_missing_model_is_an_error(
    chromium: Chrome, static_host: tuple[Path, str], export: BrowserExport
) -> None:
    """The page names the file, and another model still answers."""
    folder, url = static_host
    missing = export.manifest["variants"][0]["path"]
    (folder / missing).unlink()
    chromium.get(url)

    wait_until(lambda: problem(chromium))
    assert f"{missing} does not run" in problem(chromium)
    assert "404" in problem(chromium)
    chromium.find_elements("css selector", "#model option")[1].click()
    drop(chromium, "5.png", (EXAMPLES / "5.png").read_bytes())
    wait_until(lambda: answer(chromium) == "5")


def test_missing_manifest_is_an_error(chromium: Chrome, static_host: tuple[Path, str]) -> None:
    """Part of an export says that the whole is needed."""
    folder, url = static_host
    (folder / "manifest.json").unlink()
    chromium.get(url)

    wait_until(lambda: problem(chromium))
    assert "manifest.json is not there" in problem(chromium)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_page_is_legible(page: Chrome, tmp_path: Path, scheme: str, width: int) -> None:
    """On a phone and a desktop, light and dark: nothing is cut off, and text has the contrast of WCAG AA."""
    with screen(page, width, scheme):
        draw(page, DRAWN["3"])
        wait_until(lambda: answer(page))
        complaints = illegible(page)
        photograph(page, tmp_path / f"browser-page-{scheme}-{width}.png")

    assert [] == complaints


def test_second_export_needs_no_network(export: BrowserExport, deployed: Callable[[str], Prepared]) -> None:
    """What npm and uv have fetched is kept: the same artifacts come out again."""
    project = deployed(export.framework).project
    project.run(quoted(program(project), "export", "--to", "browser", "--output", "exports/again"))

    again = json.loads((project.path / "exports" / "again" / "manifest.json").read_text(encoding="utf-8"))
    assert set(ARTIFACTS[export.framework]) == {variant["path"] for variant in again["variants"]}
