"""Headless Chromium, and what tests of any page want to know of it."""

from __future__ import annotations

import base64
import json
import tempfile
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from shutil import which
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
]
LEAST_CONTRAST = 4.5  # WCAG 2.2's AA for text (success criterion 1.4.3)
PHONE_PIXELS = 600  # a narrower screen is a phone's
CONTRAST = """
const luminance = (color) => {
  const part = (value) => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const [red, green, blue] = color.match(/[0-9.]+/g).map(Number).map(part);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const behind = (node) => {
  const color = getComputedStyle(node).backgroundColor;
  return color === "rgba(0, 0, 0, 0)" ? behind(node.parentElement) : color;
};
const texts = "p, li, a, b, label, legend, th, h1, h2, h3, code, button";
return [...document.querySelectorAll(texts)].map((node) => {
  const pair = [getComputedStyle(node).color, behind(node)].map(luminance).sort((one, two) => two - one);
  return [(pair[0] + 0.05) / (pair[1] + 0.05), node.outerHTML.slice(0, 80)];
});
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chrome]:
    """Return a browser with a profile of its own."""
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = ChromeOptions()
        options.binary_location = which("chromium") or which("google-chrome") or ""
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = Chrome(options=options, service=Service(which("chromedriver")))
        yield driver
        driver.quit()


@contextmanager
def screen(page: Chrome, width: int, scheme: str) -> Iterator[None]:
    """Show the page on a screen of that many pixels, in the light or the dark scheme."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < PHONE_PIXELS}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        yield
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def illegible(page: Chrome) -> list[str]:
    """Return what sticks out sideways or has too little contrast."""
    overflow = page.execute_script("return document.documentElement.scrollWidth - innerWidth")
    wide = [f"{overflow} pixels stick out"] if overflow > 0 else []
    pairs = page.execute_script(CONTRAST)
    assert pairs
    return wide + [f"contrast {ratio:.1f}: {text}" for ratio, text in pairs if ratio < LEAST_CONTRAST]


def photograph(page: Chrome, file: Path) -> None:
    """Keep a picture of the whole page, for whoever wants to look at it."""
    screenshot = page.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
    file.write_bytes(base64.b64decode(screenshot["data"]))


@contextmanager
def static_server(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the address of Python's plain static server for a folder, and the paths it has been asked for."""
    requested: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            requested.append(self.path)

    handler = partial(Handler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", requested
        server.shutdown()


def requested_hosts(page: Chrome) -> set[str]:
    """Return whom the page has asked for anything over the network since this was last asked."""
    entries: list[dict[str, Any]] = page.get_log("performance")  # type: ignore[no-untyped-call]
    messages = [json.loads(entry["message"])["message"] for entry in entries]
    urls = [
        urlsplit(message["params"]["request"]["url"])
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]
    return {url.netloc for url in urls if url.scheme not in {"blob", "chrome", "data"}}
