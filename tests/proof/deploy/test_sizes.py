"""Shapes and resize modes through every export, and through every program that resizes a file.

8x8 pixels, stretched, are those of the digits, with which every export, server and page is proved elsewhere.
Here three runs (tests/support/deploy/sizes.py) add the rest: 24x40 cut, 61x33 padded, 8x512 stretched; gray
and color; the other three sizes of the network. Each goes through each export of its project, whose gates
compare it with the trained model on its real runtime. What an export makes of 512x512 differs from that of
8x512 in nothing but numbers; that clients send fewer such images at once, the generated projects' tests say.

The mode is no part of a model, but of its record and manifest. Six programs follow it, and each meets each
mode: `predict`, `client`, the server for a file in base64, the example for devices and both pages.
TorchServe's handler reads files by the same class as the server, and TF Serving's clients send pixels.
"""

from __future__ import annotations

import base64
import json
import re
import urllib.request
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from support import CHECKOUT
from support.browser import static_server
from support.deploy.prepared import EXPORTS
from support.deploy.servers import announced, serving, wait_until
from support.figures import tell
from support.smoke.project import Project, quoted
from support.smoke.projects import with_row
from support.smoke.rows import DEPLOYED, EDGE, Row
from test_draw_page import drop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from selenium.webdriver import Chrome
    from support.deploy.prepared import Prepare

    Size = Callable[[Row], "Sized"]

pytestmark = pytest.mark.weekly

SCRIPT = CHECKOUT / "tests" / "support" / "deploy" / "sizes.py"
MODES = {"wide": "crop", "tall": "pad", "extreme": "stretch"}  # of the runs
SHAPES = {"wide": [24, 40, 3], "tall": [61, 33, 1], "extreme": [8, 512, 3]}
WITH_SERVER = [pytest.param(row, marks=with_row(row), id=name) for name, row in DEPLOYED.items()]
WITH_EDGE = [pytest.param(row, marks=with_row(row), id=f"{name}-edge") for name, row in EDGE.items()]
TOLERANCE = 2e-3  # of a probability: runtimes add in another order, and pages and the example round
APART = 5 * TOLERANCE  # that the modes must be, so that a wrong one is noticed
SEEN = """
const canvas = document.getElementById("pixels");
const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
return Array.from(data);
"""
ANSWER = 'return document.getElementById("answer").textContent'


@dataclass(frozen=True, kw_only=True)
class Sized:
    """What sizes.py told, and the project in whose environment it ran."""

    project: Project
    folder: Path
    told: dict[str, Any]
    digits: dict[str, set[str]]  # the variants of each export of the digits

    @property
    def photo(self) -> Path:
        """A photo that each mode makes something else of."""
        return self.folder / "photo.png"

    def at(self, name: str) -> Project:
        """Return the project where it has the runs and exports of that name."""
        return replace(self.project, path=self.folder / name / self.project.path.name)

    def red(self, name: str) -> float:
        """Return the probability that the run's own mode gives; what ignores the mode gives another one."""
        seen, own = self.told[name]["seen"], MODES[name]
        expected: float = seen[own]["red"]
        others = ("crop", "pad") if own == "stretch" else ("stretch",)
        assert all(abs(seen[mode]["red"] - expected) > APART for mode in others)
        return expected

    def check_page(self, page: Chrome, name: str) -> None:
        """Drop the photo on a page: its pixels are Pillow's to the last bit, the answer the model's."""
        drop(page, "photo.png", self.photo.read_bytes())
        wait_until(lambda: " with " in page.execute_script(ANSWER))
        channels, rgba = SHAPES[name][2], page.execute_script(SEEN)
        pixels = [value for place, value in enumerate(rgba) if place % 4 < channels]
        label, _, share = page.execute_script(ANSWER).partition(" with ")
        red = float(share.removesuffix("%")) / 100

        assert self.told[name]["seen"][MODES[name]]["pixels"] == pixels
        assert self.red(name) == pytest.approx(red if label == "red" else 1 - red, abs=TOLERANCE)


@pytest.fixture(scope="session")
def sized(tmp_path_factory: pytest.TempPathFactory, prepared: Prepare) -> Size:
    """Return a function that returns the runs and exports of a row's project, made when first asked for."""
    made: dict[Row, Sized] = {}

    def of(row: Row) -> Sized:
        if row not in made:
            made[row] = size(row, prepared(row).project, tmp_path_factory.mktemp("sizes"))
        return made[row]

    return of


def size(row: Row, project: Project, folder: Path) -> Sized:
    """Make the runs and their exports for all targets of a row."""
    targets = ["onnx", *(EXPORTS[target][row.framework] for target in row.deploy)]
    project.run(quoted(".venv/bin/python", SCRIPT, project.package, folder, *targets))
    digits = {}
    for target in targets:
        (manifest,) = (project.path / "exports" / target).rglob("manifest.json")
        variants = json.loads(manifest.read_text(encoding="utf-8"))["variants"]
        digits[target] = {_unnumbered(variant["path"]) for variant in variants}
    told = json.loads((folder / "sizes.json").read_text(encoding="utf-8"))
    sized = Sized(project=project, folder=folder, told=told, digits=digits)
    for name in MODES:
        (sized.at(name).path / ".venv").symlink_to(project.path / ".venv")
    return sized


def _unnumbered(path: str) -> str:
    """Return the path of a variant without the number of a version, which rises with each export."""
    return re.sub(r"/\d+$", "", path)


@pytest.mark.parametrize("row", [*WITH_SERVER, *WITH_EDGE])
@pytest.mark.parametrize("name", MODES)
def test_every_export_passes_its_gates(sized: Size, row: Row, name: str) -> None:
    """Each has the variants that the digits have: none was refused. Its manifest says what is resized how."""
    exports = sized(row).told[name]["exports"]
    differences = {path: value for each in exports.values() for path, value in each["variants"].items()}
    tell(f"{row.framework}, {SHAPES[name]}: largest logit differences {differences}")

    found = {target: set(map(_unnumbered, each["variants"])) for target, each in exports.items()}
    assert sized(row).digits == found
    assert all(SHAPES[name] == each["shape"] for each in exports.values())
    assert all(MODES[name] == each["resize"] for each in exports.values())


@pytest.mark.parametrize("row", WITH_SERVER)
@pytest.mark.parametrize("name", MODES)
def test_commands_server_and_its_page_resize_alike(
    sized: Size, row: Row, name: str, chromium: Chrome, tmp_path: Path
) -> None:
    """`predict`, `client`, and the server, which is sent the file itself, answer what the model does."""
    of = sized(row)
    project, photo = of.at(name), of.photo
    program = f".venv/bin/{project.package}"
    with serving(project, tmp_path / "log") as process:
        url = announced(process, r"(http\S+) answers")
        client = replace(project, offline=())
        answers = [
            project.run(quoted(program, "predict", "--json", photo)),
            client.run(quoted(program, "client", "--json", "--url", url, photo)),
        ]
        found = [json.loads(answer)[0]["probabilities"]["red"] for answer in answers]
        found.append(sent(f"{url}/v1/models/{project.package}:predict", photo)["probabilities"][1])
        chromium.get(url)
        wait_until(lambda: chromium.find_element("id", "about").text)
        of.check_page(chromium, name)

    assert [of.red(name)] * 3 == pytest.approx(found, abs=TOLERANCE)


def sent(url: str, photo: Path) -> dict[str, Any]:
    """Return a server's prediction for a file in base64."""
    body = json.dumps({"instances": [{"b64": base64.b64encode(photo.read_bytes()).decode()}]}).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body), timeout=60) as answer:  # noqa: S310
        prediction: dict[str, Any] = json.load(answer)["predictions"][0]
    return prediction


@pytest.mark.parametrize("row", WITH_SERVER)
@pytest.mark.parametrize("name", MODES)
def test_page_without_a_server_resizes_alike(sized: Size, row: Row, name: str, chromium: Chrome) -> None:
    """The export for browsers, on a static host."""
    of = sized(row)
    with static_server(of.at(name).path / "exports" / "browser") as (url, _):
        chromium.get(url)
        wait_until(lambda: "Nothing to see yet." == chromium.execute_script(ANSWER))
        of.check_page(chromium, name)


@pytest.mark.parametrize("row", WITH_EDGE)
@pytest.mark.parametrize("name", MODES)
def test_example_for_devices_resizes_alike(sized: Size, row: Row, name: str) -> None:
    """The device's runtime alone, without a training framework."""
    of = sized(row)
    python = "build/edge-environment/bin/python"
    if not (of.project.path / python).exists():  # else test_edge.py has made it
        for command in of.project.commands("examples/edge/README.md"):
            of.project.run(command, network="pip install" in command)
    export = of.at(name).path / "exports" / "edge"

    printed = of.project.run(quoted(python, "examples/edge/run.py", "--export", export, of.photo))

    _, label, share = printed.split()
    assert of.red(name) == pytest.approx(float(share) if label == "red" else 1 - float(share), abs=TOLERANCE)
