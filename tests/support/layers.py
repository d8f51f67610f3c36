"""Which files the templates make, by their paths alone: written by hand, apart from copier.yml and Copier."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from plain_templates import LINK, plain_files

from support import CHECKOUT
from support.owned import OWNED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from fwstart.template.render import Framework, Target

TEMPLATES = CHECKOUT / "templates"
# A layer, and one of the paths that only projects with that layer have.
LAYERS = {
    "server": "deploy/server/",
    "edge": "deploy/edge/",
    "browser": "deploy/browser/",
    "litert": "src/demo/targets/litert/",
    "targets": "src/demo/targets/__init__.py",
    "kfp": "pipelines/steps.py",
    "tfx": "pipelines/trainer.py",
}
NAMES = {"package": "demo", "_copier_conf.answers_file": ".copier-answers.yml"}

_EXPRESSION = re.compile(r"\[= (.+?) =\]")


def layers_of(source: str) -> list[str]:
    """Return the layers that a template file lies in, the outermost first."""
    return [name for name in _EXPRESSION.findall(source) if name in LAYERS]


def unknown_names(source: str) -> set[str]:
    """Return the expressions in a path that nobody defines: Copier would silently leave the file out."""
    return {*_EXPRESSION.findall(source)} - {*LAYERS, *NAMES, "shared", "license_file"}


def destination(source: str) -> str:
    """Return where a template file arrives in the project `demo`, if it does."""
    parts = (part for part in source.split("/") if part != LINK and not layers_of(part))
    named = _EXPRESSION.sub(lambda found: NAMES.get(found[1], "LICENSE"), "/".join(parts))
    return named.removesuffix(".jinja")


def template_files(framework: Framework) -> dict[str, Path]:
    """Return the template files that a framework's projects are made from, by path below its folder."""
    top = f"templates/{framework}/"
    return {
        name.removeprefix(top): path for name, path in plain_files(CHECKOUT).items() if name.startswith(top)
    }


def has_layer(layer: str, framework: Framework, deploy: Iterable[Target], pipeline: str = "none") -> bool:
    """Return whether a project has a layer: what `owned.py` says of the layer's path."""
    (owned,) = (owned for owned in OWNED if LAYERS[layer] in owned.paths)
    return owned.belongs_to(framework, deploy, pipeline)


def made_from(
    framework: Framework, deploy: Iterable[Target], license_: str, pipeline: str = "none"
) -> dict[str, list[str]]:
    """Return the template files that make each file of a project: more than one would be a mistake."""
    targets = tuple(deploy)
    made: dict[str, list[str]] = {}
    for source in template_files(framework):
        layers = all(has_layer(layer, framework, targets, pipeline) for layer in layers_of(source))
        if layers and not (license_ == "none" and "license_file" in source):
            made.setdefault(destination(source), []).append(source)
    return made
