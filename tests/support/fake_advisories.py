"""A fake of PyPI's advisories for pip-audit, which can ask no other service: run this in its place.

It knows jinja2, in which it finds a vulnerability, and numpy, in which it finds none. `--without-advisories`
makes it an index that stands in for PyPI and knows every package, but nothing of vulnerabilities.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pip_audit import _cli
from pip_audit._service import pypi
from requests import Response

FOUND = {"id": "FAKE-1", "aliases": [], "fixed_in": ["3"], "summary": "made up"}
KNOWN = {"jinja2": [FOUND], "numpy": []}
BLIND = "--without-advisories"


class FakePyPI:
    """Answers as PyPI does, in pip-audit's session."""

    def __init__(self, *, blind: bool) -> None:
        self.blind = blind

    def get(self, url: str, **_: Any) -> Response:
        """Return a package's JSON, or 404 where it is not known."""
        name = url.split("/")[-3]
        answer = Response()
        answer.status_code = 200 if self.blind or name in KNOWN else 404
        listed = {} if self.blind else {"vulnerabilities": KNOWN.get(name)}
        answer._content = json.dumps(listed).encode()  # noqa: SLF001
        return answer


if __name__ == "__main__":
    blind = BLIND in sys.argv
    sys.argv = [word for word in sys.argv if word != BLIND]
    pypi.caching_session = lambda *_, **__: FakePyPI(blind=blind)
    _cli.audit()
