"""The templates are real, clean projects, which say what was answered."""

from __future__ import annotations

from support import CHECKOUT
import filecmp
import importlib
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest
import yaml
import make_config
import make_listings
from make_config import CONFIG, config_toml
from support.rendered_projects import FRAMEWORKS, TARGETS, projects, rendered
from support.trees import ANSWERS, files_of, listed

from fwstart.template.releases import read_releases
from fwstart.settings.questionnaire import project_question
from fwstart.template.render import Framework, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATES = CHECKOUT / "templates"
__all__ = ["projects"]  # a fixture


def text_files(project: Path) -> Iterator[Path]:
    """Yield every file of a project but the pictures."""
    return (path for path in project.rglob("*") if path.is_file() and path.suffix != ".png")


def assert_clean(project: Path, *sources: Path) -> None:
    """Check and format-check `sources` by the project's settings, and show what ruff says if it objects."""
    # N999: a template's folder is called [= package =], which is no module name yet.
    for arguments in (["check", "--ignore=N999"], ["format", "--check"]):
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "ruff",
            *arguments,
            "--no-cache",
            "--config",
            "pyproject.toml",
            *sources,
        ]
        result = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_tree_equals_its_listing(projects: dict[Framework, Path], framework: Framework) -> None:
    """Without a target a project has exactly the files in `always.txt` and in its framework's listing."""
    assert listed("always") | listed(framework) == files_of(projects[framework])


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("target", TARGETS)
def test_target_adds_the_files_of_its_listing(tmp_path: Path, framework: Framework, target: Target) -> None:
    """Each target adds exactly the files in its own listing."""
    project = rendered(tmp_path / "project", framework=framework, deploy=(target,))

    assert listed(f"{framework}-{target}") == files_of(project) - listed("always") - listed(framework)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_targets_add_up(tmp_path: Path, framework: Framework) -> None:
    """All targets together bring what each of them brings, and nothing more."""
    project = rendered(tmp_path / "project", framework=framework, deploy=TARGETS)

    listings = (listed(f"{framework}-{target}") for target in TARGETS)
    assert listed("always").union(listed(framework), *listings) == files_of(project)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_sources_lint_and_format_as_they_lie(projects: dict[Framework, Path], framework: Framework) -> None:
    """Template Python is real Python: clean by the generated project's own rules, before it is rendered."""
    sources = list(TEMPLATES.glob("**/src"))  # of each layer

    assert len(sources) > 5
    assert_clean(projects[framework], *sources)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("package", ["demo", "a", "a_rather_long_name_of_forty_characters_x"])
def test_rendered_project_is_clean(tmp_path: Path, framework: Framework, package: str) -> None:
    """A project with all targets passes its own linter and formatter, whatever its package is called."""
    for pipeline in ("none", *make_listings.pipelines(framework)):
        project = rendered(
            tmp_path / pipeline, framework=framework, package=package, deploy=TARGETS, pipeline=pipeline
        )

        assert_clean(project, project)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_nothing_of_the_template_language_is_left(
    projects: dict[Framework, Path], framework: Framework
) -> None:
    """No delimiter, no statement, no undefined value; text ends with one newline and has no stray blanks."""
    for path in text_files(projects[framework]):
        text = path.read_text(encoding="utf-8")

        assert not re.search(r"\[=|=\]|\[@|@\]|# copier:|templates/partials|Undefined", text), path
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        assert not re.search(r"[ \t]\n|\n\n\n\n", text), path


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("license_", project_question("license").choices)
@pytest.mark.parametrize("python", project_question("python").choices)
def test_metadata_says_what_was_answered(
    tmp_path: Path, framework: Framework, license_: str, python: str
) -> None:
    """License, Python, author and description arrive in pyproject.toml, quotes and all."""
    texts = {"author": 'Ann O\'Neil "AO"', "description": 'Back\\slash, "quotes" & <tags>, ümlaut.'}
    project = rendered(tmp_path / "p", framework=framework, license=license_, python=python, **texts)

    metadata = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (texts["description"], [{"name": texts["author"]}]) == (
        metadata["description"],
        metadata["authors"],
    )
    assert metadata["requires-python"].startswith(f">={python}")
    assert (license_ != "none") == ("license" in metadata) == (project / "LICENSE").exists()


def test_license_names_its_holder(tmp_path: Path) -> None:
    """The license is the author's; where nobody is named it is the authors' of the project."""
    named = rendered(tmp_path / "named", license="bsd-3-clause")
    unnamed = rendered(tmp_path / "unnamed", author="")

    assert "Copyright (c) Ann\n" in (named / "LICENSE").read_text()
    assert "Copyright (c) the authors of Demo\n" in (unnamed / "LICENSE").read_text()
    assert "authors" not in tomllib.loads((unnamed / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize(
    ("accelerator", "index", "platforms"),
    [
        ("cpu", "cpu", "sys_platform == 'linux'"),
        ("gpu", "cu130", "sys_platform == 'linux' or sys_platform == 'win32'"),
    ],
)
def test_build_of_torch_comes_from_its_index(
    tmp_path: Path, accelerator: str, index: str, platforms: str
) -> None:
    """Torch, and torchvision, which loads with no other, come from PyTorch's index where the plain wheel differs."""
    project = rendered(tmp_path / "project", accelerator=accelerator)

    settings = tomllib.loads((project / "pyproject.toml").read_text())["tool"]["uv"]
    assert {
        "sources": {
            name: [{"index": f"pytorch-{index}", "marker": platforms}] for name in ("torch", "torchvision")
        },
        "index": [
            {
                "name": f"pytorch-{index}",
                "url": f"https://download.pytorch.org/whl/{index}",
                "explicit": True,
            }
        ],
    } == settings


@pytest.mark.parametrize(
    ("accelerator", "expected"),
    [("cpu", []), ("gpu", ["tensorflow[and-cuda]>=2.21,<2.22; sys_platform == 'linux'"])],
)
def test_tensorflow_brings_cuda_where_asked(tmp_path: Path, accelerator: str, expected: list[str]) -> None:
    """`accelerator: gpu` adds the CUDA packages, which exist for Linux alone."""
    project = rendered(tmp_path / "project", framework="keras", accelerator=accelerator)

    dependencies = tomllib.loads((project / "pyproject.toml").read_text())["project"]["dependencies"]
    assert "tensorflow>=2.21,<2.22" in dependencies
    assert expected == [each for each in dependencies if "and-cuda" in each]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_pretrained_is_an_extra_and_a_dependency_where_asked(tmp_path: Path, framework: Framework) -> None:
    """`backbones: hub` installs for everyone what is otherwise the extra `pretrained`, which stays."""
    metadata = [
        tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        for project in (
            rendered(tmp_path / backbones, framework=framework, backbones=backbones)
            for backbones in project_question("backbones").choices
        )
    ]

    without, having = (set(each["dependencies"]) for each in metadata)
    extra, same = (each["optional-dependencies"]["pretrained"] for each in metadata)
    assert extra == same
    assert len(extra) == 4
    assert set(extra) == having - without
    assert without < having


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_workflow_is_valid_and_modest(projects: dict[Framework, Path], framework: Framework) -> None:
    """The workflow reads the repository, writes nothing, and pins what it uses to a commit."""
    workflow = yaml.safe_load((projects[framework] / ".github" / "workflows" / "ci.yml").read_text())

    steps = workflow["jobs"]["check"]["steps"]
    assert {"contents": "read"} == workflow["permissions"]
    assert all(re.search(r"@[0-9a-f]{40}$", step["uses"]) for step in steps if "uses" in step)
    assert "uv run demo train" in [step.get("run") for step in steps]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_settings_file_states_the_defaults(
    projects: dict[Framework, Path], framework: Framework, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`config.toml` lists every key with its default: without the file nothing would change."""
    monkeypatch.syspath_prepend(str(projects[framework] / "src"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    try:
        config = importlib.import_module("demo.config.settings")
        read = importlib.import_module("demo.config.read")
        loaded = read.load_config(projects[framework] / "config.toml")
        written = tomllib.loads((projects[framework] / "config.toml").read_text())
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "demo"]:
            del sys.modules[name]

    assert config.Config() == loaded
    assert config.Config().model_dump() == written


def test_settings_file_repeats_the_fields() -> None:
    """`config.toml` is what `python scripts/make_config.py` would write: each comment is its field's."""
    assert config_toml() == CONFIG.read_text(encoding="utf-8")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_direct_copy_equals_new(tmp_path: Path, framework: Framework) -> None:
    """`copier copy` gives what `fwstart new` gives, but for the recorded origin: no trust is asked for."""
    project = rendered(tmp_path / "new", framework=framework)
    data = [f"--data={name}={value}" for name, value in vars(replace(ANSWERS, framework=framework)).items()]
    data = [item for item in data if not item.startswith("--data=deploy")]
    template = tmp_path / "template"
    template.mkdir()
    shutil.copy(
        CHECKOUT / "copier.yml", template
    )  # a plain folder: in a checkout copier takes the newest tag
    shutil.copytree(TEMPLATES, template / "templates", symlinks=True)
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "copier",
        "copy",
        "--quiet",
        "--defaults",
        *data,
        template,
        tmp_path / "copy",
    ]
    subprocess.run(command, check=True, capture_output=True)

    answers = ".copier-answers.yml"
    names = [path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()]
    _, different, missing = filecmp.cmpfiles(project, tmp_path / "copy", names, shallow=False)
    assert ([answers], []) == (different, missing)
    first, second = (yaml.safe_load((tmp_path / name / answers).read_text()) for name in ("new", "copy"))
    assert {"_commit": read_releases()[-1].tag, "_src_path": "git+fwstart::templates"} == {
        key: value for key, value in first.items() if key not in second or key == "_src_path"
    }
    assert {key for key in first if not key.startswith("_")} == {key for key in second if key[0] != "_"}


def test_guide_says_what_augmentation_does(projects: dict[Framework, Path]) -> None:
    """Every setting of [augment] has its limits there, and a preset its values."""
    augment = make_config.module("config.augment")
    for project in projects.values():
        text = (project / "docs/data.md").read_text(encoding="utf-8")
        (section,) = re.findall(r"^## Vary training samples\n(.*)", text, re.MULTILINE | re.DOTALL)
        rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
        limits = {name: limit for names, limit in rows for name in re.findall(r"`(\w+)`", names)}
        given = dict(re.findall(r"`(\w+) = ([\w.]+)`", section.partition('"none"')[0]))
        fields = augment.AugmentConfig.model_fields
        preset = augment.PRESETS["photos"].model_dump()

        assert fields.keys() - {"preset"} == limits.keys()
        for name, limit in limits.items():
            for bound in fields[name].metadata:
                value = getattr(bound, "ge", getattr(bound, "le", getattr(bound, "lt", None)))
                assert value is None or f"{value:g}" in limit, name
        assert {
            name: str(value).lower() for name, value in preset.items() if value != fields[name].default
        } == given
