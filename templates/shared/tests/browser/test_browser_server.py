"""The static server gives out the export, and nothing else."""

import http.client
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from [= package =].browser.browser_server import (
    CONTENT_SECURITY_POLICY,
    page_server,
    serve,
)
from [= package =].errors import ProjectError
from [= package =].serving.options import ServeOptions
from [= package =].serving.server import listening

Ask = Callable[[str, str], tuple[int, dict[str, str], bytes]]


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Ask]:
    """Return a function that sends a request to a server of an export, and returns the answer."""
    export = tmp_path / "export"
    (export / "runtime").mkdir(parents=True)
    (export / "index.html").write_text("<p>page</p>")
    (export / "runtime" / "a b.wasm").write_bytes(b"\0asm")
    (export / "page.js").write_text("export {};")
    (tmp_path / "secret.txt").write_text("secret")
    with listening("127.0.0.1", 0) as listener, page_server(export, listener) as server:
        port = listener.getsockname()[1]
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()

        def ask(method: str, path: str) -> tuple[int, dict[str, str], bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request(method, path)
            response = connection.getresponse()
            answer = response.status, dict(response.headers), response.read()
            connection.close()
            return answer

        yield ask
        server.shutdown()


def test_page_is_at_the_root(ask: Ask) -> None:
    """With the policy, and with what keeps browsers from guessing types."""
    status, headers, body = ask("GET", "/?query")

    assert (200, b"<p>page</p>") == (status, body)
    assert headers["Content-Security-Policy"].startswith(CONTENT_SECURITY_POLICY)
    assert "nosniff" == headers["X-Content-Type-Options"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/index.html", "text/html; charset=utf-8"),
        ("/page.js", "text/javascript; charset=utf-8"),
        ("/runtime/a%20b.wasm", "application/wasm"),
    ],
)
def test_types_are_what_browsers_ask_for(ask: Ask, path: str, kind: str) -> None:
    """Modules and WebAssembly are refused under other types."""
    status, headers, _ = ask("GET", path)

    assert (200, kind) == (status, headers["Content-Type"])


def test_head_has_no_body(ask: Ask) -> None:
    """The length is that of the file."""
    status, headers, body = ask("HEAD", "/page.js")

    assert (200, "10", b"") == (status, headers["Content-Length"], body)


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/runtime/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/runtime/..%5c..%5csecret.txt",
        "//secret.txt",
        "/runtime",
        "/runtime/",
        "/index.html/",
        "/index.html%00.js",
    ],
)
def test_paths_lead_nowhere_else(ask: Ask, path: str) -> None:
    """Neither out of the export nor to the listing of a folder."""
    status, _, body = ask("GET", path)

    assert (404, b"There is no such file in this export.\n") == (status, body)


def test_other_methods_are_refused(ask: Ask) -> None:
    """There is nothing to post to."""
    assert 501 == ask("POST", "/")[0]


def test_open_host_is_refused(tmp_path: Path) -> None:
    """The fix is a static web host."""
    with pytest.raises(ProjectError, match=r"0\.0\.0\.0 is open to the network.*any static web host"):
        serve(tmp_path, ServeOptions(host="0.0.0.0", token="secret"))  # noqa: S104, S106
