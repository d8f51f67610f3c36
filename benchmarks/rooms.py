"""Print how a checkout is laid out: files, rooms, imports, and what one epoch on digits runs through.

    .venv/bin/python benchmarks/rooms.py before=<checkout> after=.
    ... --run pytorch=<python> --run keras=<python>     # what an epoch runs through, too
    ... --write                                         # into docs/benchmarks.md

Each checkout is a column; where the frameworks differ, PyTorch's figure comes first. A module is a file of
Python other than `__init__.py`; an arrow is one module that imports another, wherever the import stands; the
floors are the modules of the longest chain of imports. A Python given with `--run` has coverage.py and what a
plain project of that framework needs; the package is read from the rendered project. Only lines within
functions count as run: what an import executes does not.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

CHECKOUT = Path(__file__).parents[1]
sys.path.append(str(CHECKOUT / "scripts"))

from make_listings import ANSWERS  # noqa: E402
from report import paragraph, table, write_section  # noqa: E402

from fwstart.template.render import Framework, Target, regenerate  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STUB = re.compile(r"# copier: include .*\n?")
WORDS = """An arrow is one module that imports another; the floors are the modules of the longest chain of
    imports. An epoch on digits runs through a module if a line of one of its functions runs, by coverage.py.
    Where the frameworks differ, PyTorch's figure comes first."""
# Only these rooms may know that samples are images. Settings and functions of others keep their
# names, and a container has an image.
ROOMS_OF_IMAGES = ("data", "model")
OTHER_IMAGES = re.compile(
    'image_size|image_channels|TF_SERVING_IMAGE|container[_ ]image|"image", "inspect"|limit_max_image_pixels'
    r"|tf\.image\.|transform_images"
)
UNCOUNTED = {"__init__.py", "__main__.py", "__pycache__", "py.typed"}
Imports = dict[str, set[str]]


def files_below(folder: Path, pattern: str = "*") -> list[Path]:
    """Return the files below a folder, sorted: no link, no folder behind one, nothing compiled."""
    return sorted(
        path
        for path in folder.rglob(pattern)
        if path.is_file()
        and "__pycache__" not in path.parts
        and not any(
            part.is_symlink() for part in (path, *path.parents[: len(path.relative_to(folder).parts)])
        )
    )


def modules(package: Path) -> dict[str, Path]:
    """Return the modules of a package by their dotted name below it."""
    return {
        ".".join(path.relative_to(package).with_suffix("").parts): path
        for path in files_below(package, "*.py")
        if path.name != "__init__.py"
    }


def imports(package: Path) -> Imports:
    """Return for each module of a package the ones that it imports, relatively or by the package's name."""
    known = modules(package)
    return {
        name: {found for found in _imported(package.name, name, path) if found in known} - {name}
        for name, path in known.items()
    }


def _imported(package: str, name: str, path: Path) -> Iterator[str]:
    """Yield what may be a module: what is imported from, and each imported name below it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        parts = node.module.split(".") if node.module else []
        if node.level:
            base = [*name.split(".")[: -node.level], *parts]
        elif parts[0] == package:
            base = parts[1:]
        else:
            continue
        yield ".".join(base)
        yield from (".".join([*base, alias.name]) for alias in node.names)


def floors(graph: Imports) -> int:
    """Return how many modules the longest chain of imports has.

    Raises:
        ValueError: modules import each other.
    """
    height: dict[str, int] = {}
    while len(height) < len(graph):
        free = [name for name in graph if name not in height and graph[name] <= height.keys()]
        if not free:
            raise ValueError(f"these import each other: {sorted(graph.keys() - height.keys())}")
        height |= {name: 1 + max((height[one] for one in graph[name]), default=0) for name in free}
    return max(height.values(), default=0)


def function_lines(source: str) -> set[int]:
    """Return the lines of the bodies of all functions: what runs when one is called."""
    return {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for line in range(node.body[0].lineno, (node.end_lineno or 0) + 1)
    }


def entered(package: Path, executed: Mapping[str, set[int]]) -> list[str]:
    """Return the modules in which a line of a function ran, of the lines that ran by file."""
    return [
        name
        for name, path in modules(package).items()
        if executed.get(str(path), set()) & function_lines(path.read_text(encoding="utf-8"))
    ]


def run_an_epoch(project: Path, python: str) -> dict[str, set[int]]:
    """Train one epoch on digits under coverage and return the lines that ran, by file."""
    package = project / "src" / "demo"
    variables = os.environ | {"PYTHONPATH": f"{package.parent}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    training = ("-m", "demo", "train", "--set", "train.epochs=1", "--set", "train.warmup_epochs=0")
    for arguments in (
        ("-m", "coverage", "run", f"--source={package}", *training),
        ("-m", "coverage", "json", "-q", "-o", "lines.json"),
    ):
        subprocess.run([python, *arguments], cwd=project, env=variables, check=True, stdout=sys.stderr)
    report = json.loads((project / "lines.json").read_text(encoding="utf-8"))
    return {str(project / name): set(file["executed_lines"]) for name, file in report["files"].items()}


def of_templates(checkout: Path) -> dict[str, str]:
    """Return the figures of a checkout's templates."""
    texts = [path.read_bytes().decode("utf-8", "replace") for path in files_below(checkout / "templates")]
    return {
        "files below `templates/`": f"{len(texts)}",
        "of these, one line that includes another": f"{sum(bool(STUB.fullmatch(text)) for text in texts)}",
    }


def of_package(package: Path) -> dict[str, str]:
    """Return the figures of a package: what lies at its top, modules, lines, rooms, imports."""
    graph = imports(package)
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files_below(package, "*.py"))
    return {
        "entries at the top": f"{len({path.name for path in package.iterdir()} - UNCOUNTED)}",
        "modules": f"{len(graph)}",
        "files of Python": f"{len(files_below(package, '*.py'))}",
        "lines of Python": f"{lines:,}",
        "rooms": f"{len({path.parent for path in files_below(package, '*.py')} - {package})}",
        "floors": f"{floors(graph)}",
        "arrows": f"{sum(map(len, graph.values()))}",
    }


def that_say_image(package: Path) -> list[str]:
    """Return the modules outside `data/` and `model/` that say image, in whatever they are written of."""
    return [
        name
        for name, path in modules(package).items()
        if name.split(".")[0] not in ROOMS_OF_IMAGES
        and "image" in OTHER_IMAGES.sub("", path.read_text(encoding="utf-8")).lower()
    ]


def project_of(checkout: Path, folder: Path, framework: Framework, deploy: tuple[Target, ...]) -> Path:
    """Return a project rendered from the templates of a checkout, whatever git knows of them."""
    template, project = folder / "template", folder / "-".join([framework, *deploy])
    if not template.exists():
        shutil.copytree(checkout / "templates", template / "templates", symlinks=True)
        shutil.copy(checkout / "copier.yml", template)
    project.mkdir()
    answers = asdict(replace(ANSWERS, framework=framework)) | {"deploy": list(deploy)}
    regenerate(template, project, answers, "template", "v0")
    return project


def figures(checkout: Path, runs: Mapping[str, str]) -> dict[str, str]:
    """Return all figures of a checkout by what they count; `runs` has the Python of a framework."""
    found = of_templates(checkout)
    found |= {f"the tool: {name}": value for name, value in of_package(checkout / "src" / "fwstart").items()}
    of_frameworks = []
    with tempfile.TemporaryDirectory() as name:
        for framework in get_args(Framework):
            of_frameworks.append(of_projects(checkout, Path(name).resolve(), framework))
            if python := runs.get(framework):
                plain = Path(name).resolve() / framework
                ran = entered(plain / "src" / "demo", run_an_epoch(plain, python))
                of_frameworks[-1]["plain, package: modules that an epoch runs through"] = f"{len(ran)}"
                print(f"{checkout}, {framework}:", *ran, file=sys.stderr)
    return found | joined(*of_frameworks)


def of_projects(checkout: Path, folder: Path, framework: Framework) -> dict[str, str]:
    """Return the figures of a framework's projects, without targets and with all of them."""
    found: dict[str, str] = {}
    for kind, deploy in (("plain", ()), ("all targets", get_args(Target))):
        project = project_of(checkout, folder, framework, deploy)
        found |= {f"{kind} project: {name}": value for name, value in small(project).items()}
        package = project / "src" / "demo"
        figures = of_package(package) | {
            "modules that say image outside `data/` and `model/`": f"{len(that_say_image(package))}"
        }
        found |= {f"{kind}, package: {name}": value for name, value in figures.items()}
    return found


def small(project: Path) -> dict[str, str]:
    """Return the figures by which a project is small: its files, without what only explains them."""
    explaining = {"docs", "examples"}
    counted = [path for path in files_below(project) if path.relative_to(project).parts[0] not in explaining]
    tests = [path.read_text(encoding="utf-8") for path in files_below(project / "tests", "*.py")]
    return {
        "files outside docs/ and examples/": f"{len(counted)}",
        "lines of its tests": f"{sum(len(text.splitlines()) for text in tests):,}",
    }


def joined(*columns: Mapping[str, str]) -> dict[str, str]:
    """Return the figures of several columns in one, each value once."""
    names = dict.fromkeys(name for column in columns for name in column)
    return {
        name: " and ".join(dict.fromkeys(column[name] for column in columns if name in column))
        for name in names
    }


def pair(text: str) -> tuple[str, str]:
    """Return NAME and VALUE of an argument `NAME=VALUE`."""
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise argparse.ArgumentTypeError(f"{text!r} must be NAME=VALUE")
    return name, value


def main() -> None:
    """Print the table, or write it into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description="Count files, rooms and imports of checkouts of fwstart.")
    parser.add_argument("checkouts", nargs="*", type=pair, metavar="NAME=FOLDER", help="default: today=.")
    parser.add_argument("--run", action="append", default=[], type=pair, metavar="FRAMEWORK=PYTHON")
    parser.add_argument("--write", action="store_true", help="write the section of docs/benchmarks.md")
    options = parser.parse_args()
    checkouts = options.checkouts or [("today", str(CHECKOUT))]
    columns = [figures(Path(folder).resolve(), dict(options.run)) for _, folder in checkouts]
    text = table(
        ["", *(name for name, _ in checkouts)],
        [[row, *(column.get(row, "") for column in columns)] for row in columns[-1]],
    )
    if not options.write:
        print(text)
        return
    words = f"""`python benchmarks/rooms.py {" ".join(f"{name}=<checkout>" for name, _ in checkouts)}
        {" ".join(f"--run {framework}=<python>" for framework, _ in options.run)} --write`. {WORDS}"""
    write_section("rooms", f"## Rooms\n\n{paragraph(words)}\n\n{text}")


if __name__ == "__main__":
    main()
