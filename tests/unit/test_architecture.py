"""Imports run one way, each heavy library has one door, and files and functions stay short."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from support import CHECKOUT
from support.rendered_projects import FRAMEWORKS, TARGETS, rendered

import fwstart

PACKAGE = Path(fwstart.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
# The rooms: each imports from those before it and from itself.
ROOMS = (
    "errors", "advice", "terminal", "git", "settings", "disk", "report", "template", "doctor", "update",
    "change", "options", "new", "cli", "__main__",
)  # fmt: skip
FILES_OF_A_ROOM = 12
HOUSE = [
    *SOURCES,
    *(path for name in ("scripts", "benchmarks", "tests") for path in (CHECKOUT / name).rglob("*.py")),
]
MAX_LINES, MAX_LINES_OF_A_FUNCTION = 300, 40
DOORS = {
    "typer": {"cli/app", "cli/flags"},
    "questionary": {"settings/dialogue"},
    "copier": {"template/compiled_once", "template/render"},
    "jinja2": {"template/compiled_once", "template/render"},
    "rich": set(),
    "plumbum": {"template/render"},
}
LAZY = {"questionary", "copier", "jinja2"}  # imported where they are needed: --help has no time for them


def place(source: Path) -> str:
    """Return a module's path below the package, such as `update/merge`."""
    return source.relative_to(PACKAGE).with_suffix("").as_posix()


def imports_of(source: Path, *, top_level: bool = False) -> set[str]:
    """Return the modules that a file imports; of a room's names, those that are modules."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    found = set()
    for node in tree.body if top_level else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_imports_run_one_way() -> None:
    """No module of fwstart imports, however indirectly, one that imports it."""
    names = {f"fwstart.{place(source)}".replace("/", "."): source for source in SOURCES}
    remaining = {name: imports_of(source) & names.keys() for name, source in names.items()}
    while remaining:
        free = [name for name, imports in remaining.items() if not imports & remaining.keys()]
        assert free, f"these import each other: {sorted(remaining)}"
        remaining = {name: imports for name, imports in remaining.items() if name not in free}


def test_rooms_import_one_way() -> None:
    """No room imports from one after it."""
    order = {name: number for number, name in enumerate(ROOMS)}
    found = [
        (place(source), name.split(".")[1])
        for source in SOURCES
        for name in imports_of(source)
        if name.startswith("fwstart.") and name.split(".")[1] in order
    ]

    assert len(found) > 200
    assert [] == [(one, room) for one, room in found if order.get(one.split("/")[0], -1) < order[room]]


def test_rooms_are_small() -> None:
    """Nothing lies flat in a crowd, and nothing within a room is hidden deeper."""
    files = Counter(place(source).rpartition("/")[0] for source in SOURCES if source.stem != "__init__")

    assert {*files} - {""} == {*ROOMS} - {"errors", "__main__"}
    assert files.pop("") == len({"errors", "__main__"})
    assert max(files.values()) <= FILES_OF_A_ROOM


def test_rooms_import_nothing() -> None:
    """The `__init__.py` of a room is a sentence: importing one module brings in no other."""
    for source in PACKAGE.glob("*/__init__.py"):
        (sentence,) = ast.parse(source.read_text(encoding="utf-8")).body

        assert isinstance(sentence, ast.Expr), source


def test_one_door_each() -> None:
    """typer, questionary and copier are imported where they belong."""
    for source in SOURCES:
        for library in {name.partition(".")[0] for name in imports_of(source)} & DOORS.keys():
            assert place(source) in DOORS[library], f"{place(source)} imports {library}"


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
    """The tables of docs/architecture.md name each module of the tool once, in its room and in order."""
    document = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = re.findall(r"^### (\w+): .*\n((?:.*\n)*?)(?=###)", document, re.MULTILINE)
    listed = [
        f"{'' if room == 'Top' else f'{room}/'}{name}"
        for room, table in rooms
        for cell in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)\.py`", cell)
    ]

    assert [name for name in ROOMS if name not in {"errors", "__main__"}] == [room for room, _ in rooms][1:]
    assert sorted(place(source) for source in SOURCES if source.stem != "__init__") == sorted(listed)
