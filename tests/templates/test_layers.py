"""The layers of the templates: a file lies where it is true, and arrives once or not at all."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any, get_args

import pytest
from jinja2 import Environment, FileSystemLoader
from make_listings import pipelines
from support.layers import LAYERS, TEMPLATES, destination, layers_of, made_from, template_files, unknown_names
from support.owned import OWNED
from plain_templates import LINK
from support.rendered_projects import FRAMEWORKS, SUBSETS, TARGETS, rendered
from support.trees import files_of

from fwstart.settings.questionnaire import project_question
from fwstart.template.render import Framework, Target

if TYPE_CHECKING:
    from pathlib import Path

ANSWERS_FILE = (
    "[= _copier_conf.answers_file =].jinja"  # Copier wants it at the top of each framework's folder
)
PIPELINES = {"kfp", "tfx"}
STUB = re.compile(r"# copier: include .*\n?")
OF_A_LAYER = re.compile(r"partials/(pytorch|keras|kfp|tfx)[/.]")
SET = re.compile(r"^# copier: set (\w+)$", re.MULTILINE)  # of a block of lines
ASKED_FOR = re.compile(r'\bparts\("(\w+)"')
TAKEN_IN = re.compile(r'(?:# copier:|\[@-?) *(?:include|import|from) "([^"]+)"')


def texts() -> dict[str, str]:
    """Return the text of every file below templates/ but the pictures, by its path."""
    paths = (path for path in TEMPLATES.rglob("*") if path.is_file() and path.suffix != ".png")
    return {path.relative_to(TEMPLATES).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("deploy", SUBSETS, ids="+".join)
def test_no_path_twice(framework: Framework, deploy: tuple[Target, ...]) -> None:
    """No two template files make the same file: the second would silently overwrite the first."""
    for license_ in project_question("license").choices:
        made = made_from(framework, deploy, license_)

        assert {} == {path: sources for path, sources in made.items() if len(sources) > 1}


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("deploy", SUBSETS, ids="+".join)
def test_project_has_the_files_of_its_layers(
    tmp_path: Path, framework: Framework, deploy: tuple[Target, ...]
) -> None:
    """Every file of a layer is in the projects with that layer and in no other; no partial is in any."""
    project = rendered(tmp_path / "project", framework=framework, deploy=deploy)

    assert files_of(project) == made_from(framework, deploy, "mit").keys()
    assert not any("partials" in path for path in files_of(project))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_project_has_the_files_of_its_pipeline(tmp_path: Path, framework: Framework) -> None:
    """With and without targets, a pipeline brings the files of its layer, none of them twice."""
    for pipeline, deploy in itertools.product(pipelines(framework), ((), TARGETS)):
        made = made_from(framework, deploy, "mit", pipeline)
        project = rendered(
            tmp_path / f"{pipeline}-{len(deploy)}", framework=framework, deploy=deploy, pipeline=pipeline
        )

        assert files_of(project) == made.keys()
        assert {} == {path: sources for path, sources in made.items() if len(sources) > 1}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_names_in_paths_are_known(framework: Framework) -> None:
    """A name that nobody defines renders empty, and silently drops what lies below it."""
    assert {} == {source: names for source in template_files(framework) if (names := unknown_names(source))}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_layer_owns_its_files(framework: Framework) -> None:
    """What a target owns lies in its layer, and a layer holds nothing else."""
    for source in template_files(framework):
        own = layers_of(source)[-1:]
        layers = [name for name, path in LAYERS.items() if destination(source).startswith(owned_with(path))]
        if own and own[0] in PIPELINES:  # which have files of the same names, and never meet
            layers = [name for name in layers if name not in PIPELINES - {*own}]

        assert layers == own, source


def owned_with(path: str) -> tuple[str, ...]:
    """Return the paths that belong to the same targets or pipelines as one of them."""
    (brought_by,) = (owned.targets or owned.pipelines for owned in OWNED if path in owned.paths)
    return tuple(
        one for owned in OWNED if (owned.targets or owned.pipelines) == brought_by for one in owned.paths
    )


def test_what_is_alike_is_shared() -> None:
    """No file is written twice, once for each framework, where one would do."""
    first, second = (template_files(framework) for framework in FRAMEWORKS)
    twice = {source for source in first.keys() & second.keys() if not source.startswith(f"{LINK}/")}

    assert {ANSWERS_FILE} == {
        source for source in twice if first[source].read_bytes() == second[source].read_bytes()
    }


def test_no_file_is_a_stub() -> None:
    """No template consists of one line that includes another file: that file would lie in its place."""
    assert [] == [path for path, text in texts().items() if STUB.fullmatch(text)]


def test_every_part_is_asked_for() -> None:
    """Each part that a layer brings is asked for by its name, and no other name is asked for."""
    brought = {name for path, text in texts().items() if OF_A_LAYER.match(path) for name in SET.findall(text)}
    asked = {name for text in texts().values() for name in ASKED_FOR.findall(text)}

    assert brought
    assert asked == brought


def test_every_partial_is_taken_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A partial that no project takes in is dead."""
    taken_in = set()
    get_source = FileSystemLoader.get_source

    def watch(self: FileSystemLoader, environment: Environment, template: str) -> Any:
        taken_in.add(template)
        return get_source(self, environment, template)

    monkeypatch.setattr(FileSystemLoader, "get_source", watch)
    for framework in FRAMEWORKS:
        licenses = project_question("license").choices
        for license_ in licenses if framework == "pytorch" else licenses[:1]:  # the same in both
            answers = {"framework": framework, "license": license_, "deploy": TARGETS, "backbones": "hub"}
            rendered(tmp_path / f"{framework}-{license_}", **answers)
        for pipeline in pipelines(framework):
            rendered(tmp_path / f"{framework}-{pipeline}", framework=framework, pipeline=pipeline)

    partials = {f"templates/{path}" for path in texts() if path.startswith("partials/")}
    assert partials == {name for name in taken_in if name.startswith("templates/partials/")}


def test_only_partials_are_taken_in() -> None:
    """What is included lies below templates/partials/, which no project is made from."""
    taken_in = {name for text in texts().values() for name in TAKEN_IN.findall(text)}

    assert taken_in
    assert [] == [name for name in sorted(taken_in) if not name.startswith("templates/partials/")]
