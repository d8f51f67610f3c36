"""The exported page on this machine: a static server for trying it out."""

import signal
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from urllib.parse import unquote, urlsplit

from ...errors import EXIT_DONE, ProjectError
from ...export.manifest import check_files, read_manifest
from ...processes import listening
from ...serving.serve import ServeOptions, is_loopback, open_in_browser, url_of

TYPES = {
    ".bin": "application/octet-stream",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".onnx": "application/octet-stream",
    ".tflite": "application/octet-stream",
    ".wasm": "application/wasm",  # anything else, and browsers compile it only once it is there as a whole
}
IMPORT_MAP = "sha256-qrIXU+eVcL/VmYpJkPxRrm4fPF87w7VZ4Wd3Kfn7cNQ="  # the hash of the one in index.html
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; script-src 'self' '{IMPORT_MAP}' 'wasm-unsafe-eval'; connect-src 'self';"
    " style-src 'self'; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'"
)
HEADERS = {
    "Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
SECONDS_TO_ASK = 30  # a connection that says nothing for so long is closed


def serve(export: Path, options: ServeOptions) -> int:
    """Serve the page in the folder of an export until Ctrl-C or SIGTERM, and return the exit code.

    Raises:
        ProjectError: the export is not whole, the port is in use, or the host is not this machine alone.
    """
    if not is_loopback(options.host):
        raise ProjectError(
            f"--host {options.host} is open to the network; this server is for this machine.",
            fix=f"Copy {export} to any static web host: it is all that the page needs.",
        )
    check_files(export, read_manifest(export))
    with listening(options.host, options.port) as listener, page_server(export, listener) as server:
        url = url_of(options.host, listener.getsockname()[1])
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it as Ctrl-C does
        with suppress(KeyboardInterrupt):
            print(f"{url} shows the page; Ctrl-C ends it.", flush=True)
            if options.open_page:
                open_in_browser(url)
            server.serve_forever()
    return EXIT_DONE


def page_server(export: Path, listener: socket) -> ThreadingHTTPServer:
    """Return a server of the files in `export`, as they are listed now, on a socket that listens."""
    files = {path.relative_to(export).as_posix(): path for path in export.rglob("*") if path.is_file()}

    class Handler(_Handler):
        pass

    Handler.files = files | {"": files["index.html"]}
    server = ThreadingHTTPServer(listener.getsockname()[:2], Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.daemon_threads = True
    return server


class _Handler(BaseHTTPRequestHandler):
    """Answers with a file of a fixed list: no path leads out of the folder, and no folder is listed."""

    files: dict[str, Path]
    protocol_version = "HTTP/1.1"
    server_version = "page"
    sys_version = ""
    timeout = SECONDS_TO_ASK

    def do_GET(self) -> None:
        """Send a file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Send the headers of a file."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that is overridden
        """Say nothing about what went well."""

    def _answer(self, *, with_body: bool) -> None:
        path = self.files.get(unquote(urlsplit(self.path).path).removeprefix("/"))
        try:
            content = path.read_bytes() if path else None
        except OSError:  # the export was removed meanwhile
            content = None
        status = HTTPStatus.NOT_FOUND if content is None else HTTPStatus.OK
        kind = (
            TYPES.get(path.suffix.lower(), "application/octet-stream") if path and content is not None else ""
        )
        content = b"There is no such file in this export.\n" if content is None else content
        self.send_response(status)
        self.send_header("Content-Type", kind or "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(content)
