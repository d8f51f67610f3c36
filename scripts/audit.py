"""Ask PyPI for known vulnerabilities in what fwstart and its projects can install; exit 1 if there are any.

A package that PyPI cannot be asked about counts as a finding. So does PyPI itself if it knows of none in a
release that has some: an index that only stands in for PyPI may answer without advisories. Needs pip-audit
and uv. What is pinned for TorchServe and TensorFlow.js, which get no more releases, is asked about as well,
and for TFX, which needs old releases of others.
"""

import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

from make_listings import ANSWERS, pipelines

from fwstart.template.render import Framework, ProjectAnswers, Target, create

ROOT = Path(__file__).parents[1]
PIP_AUDIT = (sys.executable, "-m", "pip_audit")
# CVE-2016-10745 and others. The hash, which is not looked at, says that this is all that would be installed.
VULNERABLE = f"jinja2==2.4.1 --hash=sha256:{0:064}\n"


def main() -> int:
    """Print what is found in each file of requirements; return 1 if it is anything."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        problems = [*distrust(folder), *(line for file in to_audit(folder) for line in findings(file))]
    print("\n".join(problems) or "PyPI was asked about every package, and knows of no vulnerability.")
    return 1 if problems else 0


def to_audit(folder: Path) -> Iterator[Path]:
    """Yield requirements with hashes: all that fwstart and its projects resolve to, and what they pin."""
    yield lock(ROOT, folder / "fwstart.txt")
    seen: set[bytes] = set()
    for name, answers in projects():
        project = folder / name
        create(project, answers, {})
        yield lock(project, folder / f"{name}.txt")
        for file in sorted(project.rglob("*requirements*.txt")):
            if (content := file.read_bytes()) not in seen:
                seen.add(content)
                yield file


def projects() -> Iterator[tuple[str, ProjectAnswers]]:
    """Yield the answers that together bring all packages, each with a name.

    A GPU brings CUDA from PyPI with Keras; PyTorch for the CPU brings it as well where PyPI is the index.
    """
    for framework in get_args(Framework):
        answers = replace(ANSWERS, framework=framework, deploy=get_args(Target))
        for pipeline in pipelines(framework):
            yield f"{framework}-{pipeline}", replace(answers, pipeline=pipeline)
    yield "keras-gpu", replace(ANSWERS, framework="keras", accelerator="gpu")


def lock(project: Path, file: Path) -> Path:
    """Write down what a project resolves to from PyPI, which does not know other CPU builds.

    All extras are in it, and the groups of dependencies, which `uv sync` installs.
    """
    settings = project / "pyproject.toml"
    groups = tomllib.loads(settings.read_text(encoding="utf-8")).get("dependency-groups", {})
    options = ("--no-sources", "--all-extras", "--generate-hashes", "--quiet", "--output-file", file)
    named = [f"--group={settings}:{group}" for group in groups]
    command: list[str | Path] = ["uv", "pip", "compile", *options, *named, settings]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return file


def distrust(folder: Path, program: Sequence[str] = PIP_AUDIT) -> list[str]:
    """Return why the answers of the service do not count, if they do not."""
    file = folder / "vulnerable.txt"
    file.write_text(VULNERABLE, encoding="utf-8")
    found = findings(file, program)
    if any(line.startswith("jinja2 2.4.1") for line in found):
        return []
    return [
        "The service knows no vulnerability of jinja2 2.4.1, so its answers do not count.",
        *found,
    ]


def findings(file: Path, program: Sequence[str] = PIP_AUDIT, *options: str) -> list[str]:
    """Return what pip-audit says if it finds vulnerabilities in a file or could not ask about a package."""
    always = ("--strict", "--disable-pip", "--progress-spinner=off")
    command = [*program, *always, *options, "--requirement", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return [] if result.returncode == 0 else [f"{file}:", *f"{result.stderr}{result.stdout}".splitlines()]


if __name__ == "__main__":
    sys.exit(main())
