"""Names that a package cannot have: everything that a project imports is among them."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from support import CHECKOUT

from fwstart.settings import reserved

TEMPLATES = CHECKOUT / "templates"
PACKAGE = "[= package =]"
# A script's own neighbor, which Python finds before any package.
IN_EXAMPLES = {"runtime"}


def modules() -> Iterator[Path]:
    """Yield the Python files of the templates, each once: not by the links to templates/shared."""
    for folder in ("shared", "pytorch", "keras"):
        for pattern in ("*.py", "*.py.jinja"):
            yield from (TEMPLATES / folder).rglob(pattern)


def imported() -> set[str]:
    """Return the top-level modules that a project imports by absolute names, but for its own package."""
    names = set()
    for file in modules():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8").replace(PACKAGE, "_package"))):
            if isinstance(node, ast.Import):
                names |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names - {"_package"}


def test_imports() -> None:
    """No package shadows a module of others that a project imports, nor one of its tests' own."""
    names = {name.lower() for name in imported()} - IN_EXAMPLES - sys.stdlib_module_names

    assert set() == names - reserved.INSTALLED - reserved.RELATED - reserved.PROJECT_FOLDERS
