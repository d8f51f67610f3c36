"""Which files a generated project has to have."""

from __future__ import annotations

from pathlib import Path

from fwstart.project import ProjectAnswers

LISTINGS = Path(__file__).parent / "listings"

ANSWERS = ProjectAnswers(
    framework="pytorch",
    project_name="Demo",
    package="demo",
    description="A demo.",
    author="Ann",
    license="mit",
    python="3.11",
    deploy=(),
    accelerator="cpu",
)


def files_of(project: Path) -> set[str]:
    """Return the paths of all files of a project."""
    return {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}


def listed(name: str) -> set[str]:
    """Return the paths in a listing below `tests/listings/`."""
    return set((LISTINGS / f"{name}.txt").read_text(encoding="utf-8").split())
