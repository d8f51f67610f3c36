"""What belongs to a target alone, written by hand: a listing is made from what is found, mistakes included.

Paths end with a slash where all below them is owned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fwstart.template.render import Framework, Target

FRAMEWORKS: tuple[Framework, ...] = ("pytorch", "keras")


@dataclass(frozen=True, kw_only=True)
class Owned:
    """Paths that a project has with one of `targets` or `pipelines` and of `frameworks`, never otherwise."""

    paths: tuple[str, ...]
    targets: tuple[Target, ...] = ()
    pipelines: tuple[str, ...] = ()
    frameworks: tuple[Framework, ...] = FRAMEWORKS

    def belongs_to(self, framework: Framework, deploy: Iterable[Target], pipeline: str = "none") -> bool:
        """Return whether a project with these answers has the paths."""
        brought = pipeline in self.pipelines or not set(deploy).isdisjoint(self.targets)
        return framework in self.frameworks and brought

    def has(self, path: str) -> bool:
        """Return whether a file is one of the paths, or lies below one."""
        return any(path.startswith(own) if own.endswith("/") else path == own for own in self.paths)


KFP = (  # file by file: another pipeline has a folder of that name, too
    "pipelines/Dockerfile",
    "pipelines/Dockerfile.dockerignore",
    "pipelines/README.md",
    "pipelines/__init__.py",
    "pipelines/__main__.py",
    "pipelines/local_run.py",
    "pipelines/pipeline.py",
    "pipelines/steps.py",
    "tests/pipelines/test_local_run.py",
    "tests/pipelines/test_pipeline.py",
    "tests/pipelines/test_steps.py",
)
TFX = (
    *(
        "pipelines/Dockerfile",
        "pipelines/Dockerfile.dockerignore",
        "pipelines/README.md",
        "pipelines/__init__.py",
        "pipelines/__main__.py",
    ),
    *("pipelines/command.py", "pipelines/components.py", "pipelines/environment.py", "pipelines/examples.py"),
    *("pipelines/gate.py", "pipelines/outcome.py", "pipelines/pipeline.py", "pipelines/requirements.in"),
    *("pipelines/requirements.txt", "pipelines/serving.py", "pipelines/trainer.py"),
    *("tests/pipelines/test_environment.py", "tests/pipelines/test_examples.py"),
    *("tests/pipelines/test_gate.py", "tests/pipelines/test_pushed_model.py"),
)
OWNED = (
    Owned(
        targets=("server", "edge", "browser"),
        pipelines=("tfx",),  # which pushes to the folder of the target server
        paths=("src/demo/targets/__init__.py", "src/demo/targets/quiet.py", "tests/targets/test_quiet.py"),
    ),
    Owned(
        targets=("server",),
        pipelines=("tfx",),
        paths=(
            "deploy/server/",
            "src/demo/serving/child_server.py",
            "src/demo/targets/hardened/",
            "tests/serving/test_child_server.py",
            "tests/targets/hardened/",
        ),
    ),
    Owned(
        targets=("server",),
        frameworks=("pytorch",),
        paths=("src/demo/targets/torchserve/", "tests/targets/torchserve/"),
    ),
    Owned(
        targets=("server",),
        pipelines=("tfx",),
        frameworks=("keras",),
        paths=("src/demo/targets/tf_serving/", "tests/targets/tf_serving/"),
    ),
    Owned(
        targets=("edge",),
        paths=("deploy/edge/", "examples/edge/", "src/demo/targets/edge/", "tests/targets/edge/"),
    ),
    Owned(
        targets=("browser",),
        paths=("deploy/browser/", "src/demo/targets/browser/", "tests/targets/browser/"),
    ),
    Owned(targets=("edge", "browser"), frameworks=("keras",), paths=("src/demo/targets/litert/",)),
    Owned(pipelines=("kfp",), paths=KFP),
    Owned(pipelines=("tfx",), frameworks=("keras",), paths=TFX),
)


def strays(
    files: Iterable[str], framework: Framework, deploy: Iterable[Target], pipeline: str = "none"
) -> list[str]:
    """Return the files that belong to targets and pipelines which a project does not have."""
    present = [owned for owned in OWNED if owned.belongs_to(framework, deploy, pipeline)]
    absent = [owned for owned in OWNED if owned not in present]
    elsewhere = (path for path in files if not any(owned.has(path) for owned in present))
    return sorted(path for path in elsewhere if any(owned.has(path) for owned in absent))
