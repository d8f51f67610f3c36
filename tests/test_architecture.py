"""Imports run one way, each heavy library has one door, and files and functions stay short."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from rendered_projects import FRAMEWORKS, TARGETS, rendered

import fwstart

CHECKOUT = Path(__file__).parents[1]
SOURCES = sorted(Path(fwstart.__file__).parent.glob("*.py"))
HOUSE = [
    *SOURCES,
    *(path for name in ("scripts", "benchmarks", "tests") for path in (CHECKOUT / name).rglob("*.py")),
]
MAX_LINES, MAX_LINES_OF_A_FUNCTION = 300, 40
DOORS = {
    "typer": {"cli"},
    "questionary": {"dialogue"},
    "copier": {"project"},
    "jinja2": {"compiled_once", "project"},
    "rich": set(),
    "plumbum": {"project"},
}
LAZY = {"questionary", "copier", "jinja2"}  # imported where they are needed: --help has no time for them


def imports_of(source: Path, *, top_level: bool = False) -> set[str]:
    """Return the modules that a file imports, fwstart's own by their full name."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    found = set()
    for node in tree.body if top_level else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "fwstart":
            found |= {f"fwstart.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_imports_run_one_way() -> None:
    """No module of fwstart imports, however indirectly, one that imports it."""
    remaining = {source.stem: imports_of(source) for source in SOURCES}
    while remaining:
        names = {f"fwstart.{name}" for name in remaining}
        free = [name for name, imports in remaining.items() if not imports & names]
        assert free, f"these import each other: {sorted(remaining)}"
        remaining = {name: imports for name, imports in remaining.items() if name not in free}


def test_one_door_each() -> None:
    """typer, questionary and copier are imported in one module each."""
    for source in SOURCES:
        for library in {name.partition(".")[0] for name in imports_of(source)} & DOORS.keys():
            assert source.stem in DOORS[library], f"{source.name} imports {library}"


def test_heavy_imports_wait() -> None:
    """No module imports questionary or copier when it is imported itself."""
    for source in SOURCES:
        assert not LAZY & {name.partition(".")[0] for name in imports_of(source, top_level=True)}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the text of every file of Python, our own ones and those of projects with all targets."""
    folder = tmp_path_factory.mktemp("projects")
    projects = [rendered(folder / name, framework=name, deploy=TARGETS) for name in FRAMEWORKS]
    files = [*HOUSE, *(path for project in projects for path in project.rglob("*.py"))]
    return {str(path): path.read_text(encoding="utf-8") for path in files}


def test_files_stay_short(house: dict[str, str]) -> None:
    """No file has more than 300 lines: one that grows beyond has more than one subject."""
    lengths = {path: len(text.splitlines()) for path, text in house.items()}

    assert {} == {path: length for path, length in lengths.items() if length > MAX_LINES}


def test_functions_stay_short(house: dict[str, str]) -> None:
    """No function has more than 40 lines."""
    lengths = {
        f"{path}: {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path, text in house.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert len(lengths) > 1000
    assert {} == {name: length for name, length in lengths.items() if length > MAX_LINES_OF_A_FUNCTION}


def test_every_module_has_its_row() -> None:
    """The table of modules in docs/architecture.md names each module of the tool once."""
    document = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
    first_cells = re.findall(r"^\| (`.*?) \|", document, re.MULTILINE)

    assert Counter(source.name for source in SOURCES if source.stem != "__init__") == Counter(
        name for cell in first_cells for name in re.findall(r"`(\w+\.py)`", cell)
    )
