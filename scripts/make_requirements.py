"""Write the versions and hashes in the templates' requirements files: run it after a change to a `.in` file.

Each file names at its top the command that makes it, which is run here as a user would: in a project. What is
pinned stays unless `--upgrade` is given. Needs uv and the package index.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

from make_listings import ANSWERS

from fwstart.template.render import Framework, Target, create

TEMPLATES = Path(__file__).parents[1] / "templates"
COMMAND = re.compile(r"^# {4}(uv pip compile .+ -o (\S+))$", flags=re.MULTILINE)


def main(options: list[str]) -> None:
    """Run the command of every file in a project of each framework, and keep what it writes."""
    with tempfile.TemporaryDirectory() as folder:
        for framework in get_args(Framework):
            project = with_all(framework, Path(folder))
            for path, command in commands(project):
                compile_requirements(project, command, options)
                source(framework, path).write_bytes((project / path).read_bytes())


def with_all(framework: Framework, folder: Path) -> Path:
    """Return a new project with all that pins packages."""
    project = folder / framework
    pipeline = "tfx" if framework == "keras" else "kfp"
    create(project, replace(ANSWERS, framework=framework, deploy=get_args(Target), pipeline=pipeline), {})
    return project


def commands(project: Path) -> Iterator[tuple[str, str]]:
    """Yield the path in the project, and the command, of each requirements file that names one."""
    for path in sorted(project.rglob("requirements*.txt")):
        if found := COMMAND.search(path.read_text(encoding="utf-8")):
            command, written = found.groups()
            if written != path.relative_to(project).as_posix():
                raise ValueError(f"{path}: its command writes {written}")
            yield written, command


def compile_requirements(project: Path, command: str, options: list[str]) -> None:
    """Run a file's command in the project, without this machine's settings, which could change hashes."""
    left = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_"))}
    words = [*command.split(), "--quiet", "--custom-compile-command", command, *options]
    subprocess.run(words, cwd=project, env=left, check=True)


def source(framework: str, path: str) -> Path:
    """Return the template's file for a path in a project: that of the framework, or of both."""
    (found,) = [file for room in (framework, "shared") for file in TEMPLATES.glob(f"{room}/*/{path}")]
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
