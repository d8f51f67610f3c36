"""The sets of answers whose projects are really made: together they hold every pair of choices.

A pair of choices can break what each of them leaves whole; that more than two are needed is rare. A new
choice in copier.yml makes tests/templates/test_rows.py fail until a row here has it beside every other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from fwstart.template.render import Framework, Target

# The only Python for which there is a build of the tested torch. No torchvision loads with that build. Both
# are facts of wheels, not of the template.
PYTHON_OF_TORCH = "3.11"
WHOLE_SUITE = "uv run pytest"
# Of the modules that look for targets; all else is the same whatever they find.
SUITE_OF_SEARCHES = (
    f"{WHOLE_SUITE} tests/test_main.py tests/export/test_export.py tests/export/test_targets.py"
    " tests/serving/test_serve.py tests/serving/test_server.py"
)
SUITE_OF_TARGETS = f"{SUITE_OF_SEARCHES} tests/serving/test_child_server.py tests/targets"
# By another Python: training is what takes long, and the row itself trains.
SUITE_BUT_TRAINING = f"{WHOLE_SUITE} --ignore=tests/training"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One set of the answers that have choices."""

    framework: Framework
    license: str
    accelerator: str
    python: str
    deploy: tuple[Target, ...] = ()
    backbones: str = "none"
    pipeline: str = "none"

    @property
    def name(self) -> str:
        """All of them, as the name of a test."""
        targets = "-".join(self.deploy) or "nowhere"
        backbones = "" if self.backbones == "none" else f"-{self.backbones}"
        pipeline = "" if self.pipeline == "none" else f"-{self.pipeline}"
        return (
            f"{self.framework}-{targets}-{self.license}-{self.accelerator}-{self.python}{backbones}{pipeline}"
        )

    @property
    def is_run(self) -> bool:
        """Whether its project can be trained here, and not only rendered and resolved."""
        return self.framework != "pytorch" or (self.python, self.backbones) == (PYTHON_OF_TORCH, "none")

    @property
    def has_all_targets(self) -> bool:
        """Whether it has every target that there is."""
        return set(self.deploy) == set(get_args(Target))

    @property
    def suite(self) -> str:
        """The command for those of its tests that no other row of its framework runs.

        No license, accelerator or Python packaging changes what a project's tests see. All of them are run
        without targets; with all targets those of each target, and nearly all where that row has another
        Python; with some targets, those of what looks for them; those of a pipeline wherever it is.
        """
        if not self.deploy:
            return WHOLE_SUITE
        if self.has_all_targets and self.python != DEFAULT[self.framework].python:
            return SUITE_BUT_TRAINING
        suite = SUITE_OF_TARGETS if self.has_all_targets else SUITE_OF_SEARCHES
        return suite if self.pipeline == "none" else f"{suite} tests/pipelines"


DEFAULT = {
    "pytorch": Row(framework="pytorch", license="mit", accelerator="cpu", python="3.11"),
    "keras": Row(framework="keras", license="mit", accelerator="cpu", python="3.11"),
}
DEPLOYED = {
    "pytorch": Row(
        framework="pytorch", license="none", accelerator="cpu", python="3.11", deploy=("server", "browser")
    ),
    "keras": Row(
        framework="keras",
        license="bsd-3-clause",
        accelerator="cpu",
        python="3.12",
        deploy=("server", "browser"),
    ),
}
EDGE = {
    "pytorch": Row(
        framework="pytorch", license="bsd-3-clause", accelerator="gpu", python="3.11", deploy=("edge",)
    ),
    "keras": Row(framework="keras", license="none", accelerator="gpu", python="3.12", deploy=("edge",)),
}
# Run by `nox -s weekly`: pairs that have yet to show a fault. They alone have a server without a browser and
# the other way round, the newest Python with some targets only, and Keras with one of the licenses.
EVERY_WEEK = (
    Row(framework="keras", license="apache-2.0", accelerator="gpu", python="3.13", deploy=("server",)),
    Row(
        framework="keras",
        license="apache-2.0",
        accelerator="cpu",
        python="3.13",
        deploy=("edge", "browser"),
    ),
)
# Rendered and resolved. They have the Pythons that a license, which is one file, meets nowhere else, and the
# choices that pretrained backbones, which are a few dependencies and lines of documents, meet nowhere else.
RESOLVED = (
    Row(
        framework="pytorch",
        license="apache-2.0",
        accelerator="gpu",
        python="3.12",
        deploy=("server",),
        backbones="hub",
        pipeline="kfp",
    ),
    Row(
        framework="pytorch",
        license="mit",
        accelerator="cpu",
        python="3.12",
        deploy=("server", "edge"),
        backbones="hub",
        pipeline="kfp",
    ),
    Row(
        framework="pytorch",
        license="none",
        accelerator="cpu",
        python="3.13",
        deploy=("edge", "browser"),
        backbones="hub",
        pipeline="kfp",
    ),
    Row(
        framework="pytorch",
        license="bsd-3-clause",
        accelerator="gpu",
        python="3.13",
        backbones="hub",
        pipeline="kfp",
    ),
    Row(
        framework="pytorch",
        license="mit",
        accelerator="cpu",
        python="3.11",
        deploy=("server", "edge", "browser"),
        backbones="hub",
    ),
)
# Rows of one test come first: pytest-xdist gives a process three tests in advance, which are minutes here.
ROWS = (
    *DEFAULT.values(),
    Row(
        framework="pytorch",
        license="apache-2.0",
        accelerator="cpu",
        python="3.11",
        deploy=("server", "edge", "browser"),
        pipeline="kfp",
    ),
    Row(
        framework="keras",
        license="mit",
        accelerator="gpu",
        python="3.13",
        deploy=("server", "edge", "browser"),
        backbones="hub",
        pipeline="kfp",
    ),
    *DEPLOYED.values(),
    *EDGE.values(),
    *EVERY_WEEK,
    *RESOLVED,
)
