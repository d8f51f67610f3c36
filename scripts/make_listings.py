"""Write down which files a generated project has: review the difference before you commit it.

`tests/templates/listings/always.txt` are those of every project, `pytorch.txt` and `keras.txt` those that
only such a project has, the other listings those that a target adds.
"""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import get_args

from fwstart.settings.questionnaire import project_question, trains_with
from fwstart.template.render import Framework, ProjectAnswers, Target, create

LISTINGS = Path(__file__).parents[1] / "tests" / "templates" / "listings"
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
    backbones="none",
    pipeline="none",
)


def main() -> None:
    """Render a project for each framework and target."""
    plain = {framework: files(replace(ANSWERS, framework=framework)) for framework in get_args(Framework)}
    always = set.intersection(*plain.values())
    write("always", always)
    for framework in get_args(Framework):
        write(framework, plain[framework] - always)
        for target in get_args(Target):
            answers = replace(ANSWERS, framework=framework, deploy=(target,))
            write(f"{framework}-{target}", files(answers) - plain[framework])
        for pipeline in pipelines(framework):
            answers = replace(ANSWERS, framework=framework, pipeline=pipeline)
            write(f"{framework}-{pipeline}", files(answers) - plain[framework])


def pipelines(framework: Framework) -> list[str]:
    """Return the pipelines that a framework's projects can have."""
    question = project_question("pipeline")
    return [each for each in question.choices if each != question.default and trains_with(each, framework)]


def files(answers: ProjectAnswers) -> set[str]:
    """Return the paths of the files that these answers bring."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        create(project, answers, {})
        return files_of(project)


def files_of(project: Path) -> set[str]:
    """Return the paths of all files of a project."""
    return {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}


def write(name: str, paths: set[str]) -> None:
    """Write one listing, sorted."""
    (LISTINGS / f"{name}.txt").write_text("".join(f"{path}\n" for path in sorted(paths)), encoding="utf-8")


if __name__ == "__main__":
    main()
